// Holds a stack in the background: `npm run stack -- up` starts it and `down` ends it with SIGTERM.
import { untilAsked } from '../arguments.ts'
import { explain } from '../bootstrap/progress.mjs'
import { startStack, type StackOptions } from './stack.ts'

const asked = untilAsked()
try {
  const stack = await startStack(JSON.parse(process.argv[2] ?? '{}') as StackOptions)
  await asked
  await stack.stop()
  process.exit(0)
} catch (error) {
  explain(error as Error)
  process.exit(1)
}

// Runs on the project's own Node 24, with everything installed: one command, one module, one exit code.
import path from 'node:path'
import { commands } from './bootstrap/commands.mjs'
import { explain } from './bootstrap/progress.mjs'

const [name = '', ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  process.stderr.write(`unknown command "${name}"; npm run shows them\n`)
  process.exit(2)
}

try {
  const script = (await import(path.join(import.meta.dirname, command.script))) as {
    run(args: readonly string[]): Promise<number>
  }
  process.exitCode = await script.run(args)
} catch (error) {
  explain(error instanceof Error ? error : new Error(String(error)))
  process.exitCode = 1
}

import { parse, parseReplicas, untilAsked } from './arguments.ts'
import { say, step } from './bootstrap/progress.mjs'
import { prepare } from './prepare.ts'
import { describe, stackDir } from './stack/command.ts'
import { startStack } from './stack/stack.ts'

/** Brings the whole system up and keeps it up until Ctrl-C. */
export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, { replicas: { type: 'string' } })
  const asked = untilAsked()
  await prepare({ build: true })
  const replicas = parseReplicas(values.replicas)
  const stack = await startStack({ dir: stackDir, services: true, durable: true, keep: true, replicas })
  say(describe(stack.info))
  say('\neverything is up; Ctrl-C takes it down')
  await asked
  await step('taking the stack down', () => stack.stop())
  return 0
}

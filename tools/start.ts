import { parse, parseReplicas, untilAsked } from './arguments.ts'
import { say, step } from './bootstrap/progress.mjs'
import { prepare } from './prepare.ts'
import { describe, stackDir } from './stack/command.ts'
import { declaredModels, describeModels, modelFlags } from './stack/models.ts'
import { startStack } from './stack/stack.ts'

/** Brings the whole system up and keeps it up until Ctrl-C. */
export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, { replicas: { type: 'string' }, ...modelFlags })
  const cwd = process.env['INIT_CWD'] ?? process.cwd()
  const models = await declaredModels(values, { environment: process.env, cwd })
  const asked = untilAsked()
  await prepare({ build: true })
  const replicas = parseReplicas(values.replicas)
  const stack = await startStack({
    dir: stackDir,
    services: true,
    durable: true,
    keep: true,
    replicas,
    ...(models && { modelsFile: models.file(stackDir) }),
  })
  say(describe(stack.info))
  if (models) say(describeModels(models))
  say('\neverything is up; Ctrl-C takes it down')
  await asked
  await step('taking the stack down', () => stack.stop())
  return 0
}

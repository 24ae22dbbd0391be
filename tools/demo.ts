import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parse, untilAsked } from './arguments.ts'
import { say, seconds, step } from './bootstrap/progress.mjs'
import { Client } from './demo/client.ts'
import { fetchPackage } from './demo/fetch-package.ts'
import { runOwnTests } from './demo/own-tests.ts'
import { copyTree, differences, readTree } from './demo/trees.ts'
import { prepare } from './prepare.ts'
import { declaredModels, describeModels, modelFlags } from './stack/models.ts'
import { startStack } from './stack/stack.ts'
import { root } from './workspace.ts'

const demoDir = path.join(root, '.iama/demo')

/** One refactoring job, end to end, on code that somebody else wrote. */
export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, {
    package: { type: 'string', default: 'minimist' },
    dir: { type: 'string' },
    goal: { type: 'string', default: 'modernize' },
    target: { type: 'string', default: 'node20' },
    ...modelFlags,
  })
  const cwd = process.env['INIT_CWD'] ?? process.cwd()
  const models = await declaredModels(values, { environment: process.env, cwd })
  const dir = path.join(demoDir, 'stack')
  const started = Date.now()
  const interrupted = untilAsked().then(() => 130)
  await prepare({ build: true })
  const stack = await startStack({
    dir,
    services: true,
    durable: false,
    keep: true,
    ...(models && { modelsFile: models.file(dir) }),
  })
  if (models) say(describeModels(models))
  try {
    const code = await Promise.race([interrupted, demonstrate(values, dir, stack.info.gatewayUrl!)])
    say(`\nthe demo took ${seconds(Date.now() - started)}`)
    return code
  } finally {
    await step('taking everything down', () => stack.stop())
  }
}

interface Choice {
  readonly package?: string | undefined
  readonly dir?: string | undefined
  readonly goal?: string | undefined
  readonly target?: string | undefined
}

const demonstrate = async (choice: Choice, stackDir: string, gatewayUrl: string): Promise<number> => {
  const work = path.join(demoDir, 'work')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const subject = path.join(work, 'subject')
  if (choice.dir) await copyTree(path.resolve(process.env['INIT_CWD'] ?? '.', choice.dir), subject)
  else await fetchPackage(choice.package!, subject)
  const before = await readTree(subject)

  heading('Refactor')
  say(
    `goal: ${choice.goal}; the language floor may be raised to ${choice.target}: code that ran on older versions of ` +
      `Node no longer will, so the result is a semver-major change (--target '' keeps the floor)`,
  )
  const client = new Client(stackDir, gatewayUrl, path.join(work, 'state'))
  const refactored = await client.run([
    'refactor',
    subject,
    '--goal',
    choice.goal!,
    '--target',
    choice.target!,
    '--yes',
  ])
  if (refactored.code !== 0) return refactored.code
  const job = refactored.jobId!

  heading('The patch')
  await client.run(['diff', job])

  heading('Accept it')
  const accepted = await client.run(['accept', job])
  if (accepted.code !== 0) return accepted.code
  say(`${differences(before, await readTree(subject)).length} files changed in ${path.relative(root, subject)}`)

  heading("The package's own tests, once more, outside IAMA")
  if (!(await runOwnTests(subject, path.join(demoDir, 'outside')))) return 5

  heading('Take it back')
  const reverted = await client.run(['revert', job])
  if (reverted.code !== 0) return reverted.code
  const left = differences(before, await readTree(subject))
  if (left.length > 0) {
    say(`not as before: ${left.join(', ')}`)
    return 1
  }
  say(`byte for byte as before: ${before.size} files compared`)
  return 0
}

const heading = (text: string): void => say(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}\n`)

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, untilAsked } from './arguments.ts'
import { say, seconds, step } from './bootstrap/progress.mjs'
import { Client } from './demo/client.ts'
import { fetchPackage } from './demo/fetch-package.ts'
import { runOwnTests } from './demo/own-tests.ts'
import { spansOf, traceLines, traceOfJob } from './demo/trace.ts'
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
    trace: { type: 'boolean', default: false },
    ...modelFlags,
  })
  const cwd = process.env['INIT_CWD'] ?? process.cwd()
  const models = await declaredModels(values, { environment: process.env, cwd })
  const dir = path.join(demoDir, 'stack')
  const started = Date.now()
  const interrupted = untilAsked().then(() => 130)
  await prepare({ build: true })
  rmSync(spansFile(dir), { force: true })
  const stack = await startStack({
    dir,
    services: true,
    durable: false,
    keep: true,
    spans: values.trace,
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
  /** Shows where the time went. */
  readonly trace?: boolean | undefined
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

  if (choice.trace) await showTrace(spansFile(stackDir), job)

  heading('The patch')
  await client.run(['diff', job])

  heading('Accept it')
  const accepted = await client.run(['accept', job])
  if (accepted.code !== 0) return accepted.code
  say(`${differences(before, await readTree(subject)).length} files changed in ${path.relative(root, subject)}`)

  heading("The package's own tests, once more, outside IAMA")
  if (!(await runOwnTests(subject, path.join(demoDir, 'outside'))).passed) return 5

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

const spansFile = (stackDir: string): string => path.join(stackDir, 'spans.jsonl')

/** Spans are written twice a second. */
const SPANS_MS = 1_500
/** Shorter spans are summed up. */
const LEAST_MS = 100

const showTrace = async (file: string, job: string): Promise<void> => {
  await sleep(SPANS_MS)
  heading('Where the time went')
  for (const line of traceLines(traceOfJob(spansOf(readFileSync(file, 'utf8')), job), LEAST_MS)) say(line)
}

const heading = (text: string): void => say(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}\n`)

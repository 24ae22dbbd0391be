import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StepFailed } from '../bootstrap/progress.mjs'
import { Client } from '../demo/client.ts'
import { fetchPackage } from '../demo/fetch-package.ts'
import { runOwnTests } from '../demo/own-tests.ts'
import { spansOf, traceOfJob } from '../demo/trace.ts'
import { prepare } from '../prepare.ts'
import { startStack } from '../stack/stack.ts'
import type { Figures, Row, Suite } from './suite.ts'

/** Pinned: another version has other code and other tests. */
const packed = 'minimist@1.2.8'
const goal = ['--goal', 'modernize', '--target', 'node20', '--yes']
/** What IAMA cannot do without: the tests before, the recording, the tests after, and once more. */
const testRuns = 4
/** Spans are written twice a second. */
const spansMs = 1_500

/** Activities of the worker, in the order of a job. */
const parts: Readonly<Record<string, string>> = {
  provisionSandbox: 'making the sandbox',
  installDependencies: 'dependencies',
  analyzeScope: 'analysis and first tests',
  generateProposals: 'proposals',
  draftSpec: 'spec',
  generateTests: 'recording sessions',
  runTests: 'baseline',
  generatePatch: 'patch',
  applyPatch: 'laying the patch',
  verifyPatch: 'verdict: gates and commits',
}

const rows: readonly Row[] = [
  {
    key: 'whole',
    case: 'the second job',
    metric: 'time to delivery',
    unit: 's',
    name: 'the first job',
    target: { atMost: 0.5 },
  },
  {
    key: 'overhead',
    case: 'the second job',
    metric: `beyond ${testRuns} runs of the tests`,
    unit: 's',
    name: `${testRuns} runs`,
    limit: { below: 8 },
  },
  ...Object.entries(parts).map(([key, metric]) => ({
    ...{ key, case: 'the second job', metric, unit: 's', name: 'the first job' },
  })),
]

const open: Suite['open'] = async () => {
  await prepare({ build: true })
  const home = mkdtempSync(path.join(tmpdir(), 'iama-bench-job-'))
  const [dir, subject] = [path.join(home, 'stack'), path.join(home, 'subject')]
  const remove = (): void => rmSync(home, { recursive: true, force: true })
  const stack = await startStack({ dir, services: true, durable: false, keep: false, spans: true }).catch((error) => {
    remove()
    throw error
  })
  const close = async (): Promise<void> => {
    await stack.stop()
    remove()
  }
  const client = new Client(dir, stack.info.gatewayUrl!, path.join(home, 'state'))
  const job = async (): Promise<Figures> => {
    const started = performance.now()
    const { code, jobId } = await client.run(['refactor', subject, ...goal])
    const whole = (performance.now() - started) / 1_000
    if (code !== 0) throw new StepFailed(`the job ended with exit code ${code}`)
    await sleep(spansMs)
    const spans = traceOfJob(spansOf(readFileSync(path.join(dir, 'spans.jsonl'), 'utf8')), jobId!)
    const timeOf = (name: string): number =>
      spans
        .filter((span) => span.service === 'worker' && span.name === name)
        .reduce((s, { duration_ms: ms }) => s + ms, 0)
    return { whole, ...Object.fromEntries(Object.keys(parts).map((name) => [name, timeOf(name) / 1_000])) }
  }
  try {
    await fetchPackage(packed, subject)
    const first = await job()
    const runs = testRuns * (await runOwnTests(subject, path.join(home, 'outside'))).seconds.tests
    return {
      ours: async () => {
        const second = await job()
        return { ...second, overhead: second['whole']! - runs }
      },
      other: async () => ({ ...first, overhead: runs }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A job on a package whose dependencies are there already, against the first one on it and against its own tests. */
export const job: Suite = {
  name: 'job',
  summary: `${packed} refactored by a fresh system, and again: dependencies are shared by their lock file`,
  rounds: 3,
  rows,
  open,
}

import { spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, existsSync } from 'node:fs'
import path from 'node:path'
import { StepFailed, say, step, tailOf, track } from './bootstrap/progress.mjs'
import { nodeBinary, root } from './workspace.ts'

/** What Jest counted, in its own words. */
export interface JestCounts {
  readonly passed: number
  /** Failed tests, and suites that could not even be read. */
  readonly failed: number
  /** Skipped or todo: a run that hides tests is not green. */
  readonly skipped: number
  readonly suites: number
}

interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numRuntimeErrorTestSuites: number
  readonly numTotalTestSuites: number
  /** Suites with failures, in Jest's words. */
  readonly failures: readonly { readonly name: string; readonly message: string }[]
}

export interface JestOptions {
  readonly name: string
  readonly title: string
  readonly projects: readonly string[]
  /** Suites at once. */
  readonly workers: number
  readonly deadlineMs: number
  readonly env: Readonly<Record<string, string>>
}

const jestArguments = ({ projects, workers }: JestOptions): string[] => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  path.join(root, 'node_modules/jest/bin/jest.js'),
  '--projects',
  ...projects,
  '--reporters=default',
  `--reporters=${path.join(root, 'tools/jest-report.mjs')}`,
  '--passWithNoTests=false',
  `--maxWorkers=${workers}`,
]

/** Runs Jest; how it ended in words, or nothing when it ended by itself. */
const runJest = async (
  options: JestOptions,
  report: string,
  logFile: string,
  note: (text: string) => void,
): Promise<{ code: number; ended?: string }> => {
  const log = openSync(logFile, 'w')
  const child = track(
    spawn(nodeBinary, jestArguments(options), {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: '0', JEST_REPORT_FILE: report, ...options.env },
      stdio: ['ignore', log, log],
    }),
  )
  closeSync(log)
  const watch = setInterval(() => note(tailOf(logFile, 1)), 500)
  let late = false
  const deadline = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, options.deadlineMs)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => {
        if (late) resolve({ code: 1, ended: `was not done after ${options.deadlineMs / 60_000} min` })
        else resolve(signal === null ? { code: code ?? 1 } : { code: 1, ended: `was ended by ${signal}` })
      })
    })
  } finally {
    clearInterval(watch)
    clearTimeout(deadline)
  }
}

/** Runs the test suites of some projects and prints every failure in full. Never hides one: counts come from Jest. */
export const jest = (options: JestOptions): Promise<JestCounts> =>
  step(options.title, async (note) => {
    const logFile = path.join(root, '.iama/logs', `${options.name}.log`)
    const report = path.join(root, '.iama/logs', `${options.name}.json`)
    mkdirSync(path.dirname(logFile), { recursive: true })
    rmSync(report, { force: true })
    const { code, ended } = await runJest(options, report, logFile, note)
    if (ended !== undefined || !existsSync(report)) {
      throw new StepFailed(`Jest ${ended ?? `ended with ${code} and no report`}`, {
        tail: tailOf(logFile, 40),
        logFile,
      })
    }
    const result = JSON.parse(readFileSync(report, 'utf8')) as JestReport
    for (const { name, message } of result.failures) say(`\n${path.relative(root, name)}\n${message}`)
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
    return {
      passed: result.numPassedTests,
      // A run that says it failed without naming a test (a leaked worker, a crash at the end) has still failed.
      failed: Math.max(failed, code === 0 ? 0 : 1),
      skipped: result.numPendingTests + result.numTodoTests,
      suites: result.numTotalTestSuites,
    }
  })

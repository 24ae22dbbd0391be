import { availableParallelism } from 'node:os'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { StepFailed, endChildren, explain, say, seconds } from './bootstrap/progress.mjs'
import { ensureBuilt } from './build-all.ts'
import { runChecks } from './check.ts'
import { ensureGenerated } from './generate.ts'
import { jest, type JestCounts } from './jest.ts'
import { untilAsked } from './arguments.ts'
import { startOwnSystem, testEnvironment } from './stack/for-tests.ts'
import { infoFile } from './stack/info.ts'
import { ensurePrograms } from './stack/programs.ts'
import { runsDir, sweepRuns } from './stack/runs.ts'
import { startStack } from './stack/stack.ts'
import { root, testProjects } from './workspace.ts'

interface Line {
  readonly what: string
  readonly ms: number
  readonly result: string
}

/** Tests wait for servers and processes as much as they compute; a suite of e2e has a whole system at work. */
const cores = availableParallelism()

const minutes = (count: number): number => count * 60_000

/** Everything but `e2e` runs against one set of servers; `e2e` against the whole system, or one of a suite's own. */
const runSuites = async (projects: readonly { name: string; dir: string }[], lines: Line[]): Promise<JestCounts[]> => {
  const counts: JestCounts[] = []
  const time = async (what: string, work: () => Promise<JestCounts>): Promise<void> => {
    const from = Date.now()
    const found = await work()
    counts.push(found)
    lines.push({
      what,
      ms: Date.now() - from,
      result: `${found.passed} passed, ${found.failed} failed, ${found.suites} suites`,
    })
  }
  const shared = projects.filter(({ name }) => name !== 'e2e')
  if (shared.length > 0) {
    const dir = path.join(runsDir, `${process.pid}-${randomBytes(3).toString('hex')}`)
    const stack = await startStack({ dir, services: false, durable: false, keep: false, own: true })
    try {
      const env = testEnvironment(stack.info)
      const dirs = shared.map((project) => project.dir)
      const title = `tests of ${shared.length === 1 ? shared[0]!.name : `${shared.length} projects`}`
      await time('tests', () =>
        jest({ name: 'jest', title, projects: dirs, workers: cores + 1, deadlineMs: minutes(20), env }),
      )
    } finally {
      await stack.stop()
    }
  }
  for (const { dir } of projects.filter(({ name }) => name === 'e2e')) {
    const system = await startOwnSystem()
    try {
      const title = 'end-to-end tests of the whole system'
      const env = { IAMA_E2E_STACK: infoFile(system.info.dir) }
      await time('e2e', () =>
        jest({ name: 'jest-e2e', title, projects: [dir], workers: cores, deadlineMs: minutes(30), env }),
      )
    } finally {
      await system.stop()
    }
  }
  return counts
}

const chosen = (names: readonly string[]): { name: string; dir: string }[] => {
  const all = testProjects()
  const unknown = names.filter((name) => !all.some((project) => project.name === name))
  if (unknown.length > 0) {
    const hint = `the projects are: ${all.map(({ name }) => name).join(' ')}`
    throw new StepFailed(`no tests in "${unknown.join('", "')}"`, { hint })
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

const summary = (lines: readonly Line[]): string =>
  lines.map(({ what, ms, result }) => `  ${what.padEnd(14)}${seconds(ms).padStart(12)}   ${result}`).join('\n')

const timed = async (what: string, lines: Line[], work: () => Promise<string>): Promise<void> => {
  const from = Date.now()
  const result = await work()
  lines.push({ what, ms: Date.now() - from, result })
}

/** Runs everything, or the tests of the projects named. The last line tells how many tests passed and failed. */
const testAll = async (names: readonly string[]): Promise<number> => {
  const lines: Line[] = []
  const projects = chosen(names)
  let failedChecks: string[] = []
  await sweepRuns()
  await timed('generate', lines, async () => ((await ensureGenerated()) ? 'generated' : 'up to date'))
  if (names.length === 0) {
    await timed('checks', lines, async () => {
      failedChecks = await runChecks()
      return failedChecks.length === 0 ? 'all passed' : `failed: ${failedChecks.join(', ')}`
    })
  }
  if (projects.some(({ dir }) => dir.startsWith(path.join(root, 'apps')))) {
    await timed('build', lines, async () => ((await ensureBuilt()) ? 'built' : 'up to date'))
  }
  await timed('servers', lines, async () => {
    await ensurePrograms({ own: true, testsOf: projects.map(({ name }) => name) })
    return 'found'
  })
  const counts = await runSuites(projects, lines)
  const sum = (of: (one: JestCounts) => number): number => counts.reduce((total, one) => total + of(one), 0)
  const [passed, failed, skipped] = [sum((one) => one.passed), sum((one) => one.failed), sum((one) => one.skipped)]
  say(`\n${summary(lines)}\n`)
  if (skipped > 0) say(`${skipped} tests did not run: a skipped test is a failure here`)
  if (failedChecks.length > 0) say(`checks that failed: ${failedChecks.join(', ')}`)
  if (passed + failed === 0) say('no test ran at all')
  const broken = failed + failedChecks.length
  process.stdout.write(`${passed} passed, ${broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  return broken + skipped === 0 && passed > 0 ? 0 : 1
}

export const run = async (args: readonly string[]): Promise<number> => {
  const flags = args.filter((arg) => arg.startsWith('-'))
  if (flags.length > 0) throw new StepFailed(`unknown flag ${flags.join(' ')}`, { hint: 'npm test [-- <project>...]' })
  const asked = untilAsked()
  const finished = testAll(args).catch((error: Error) => {
    explain(error)
    process.stdout.write('0 passed, 1 failed\n')
    return 1
  })
  const first = await Promise.race([asked, finished])
  if (typeof first === 'number') return first
  say(`\n${first}: taking everything down`)
  endChildren()
  // The servers go down as the run unwinds; should that take too long, the reaper ends them with this process.
  await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 15_000).unref())])
  process.exit(130)
}

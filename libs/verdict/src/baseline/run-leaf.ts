import type { Leaf, LeafLimits, LeafReport, TestResult } from '../types.ts'
import type { RunResult, Workbench } from '../workbench.ts'
import { inFolder, placeOf } from '../checks/in-folder.ts'
import { parseJest, parseMocha, parseNodeEvents, type JsonReport } from '../tests-output/json-reports.ts'
import { parseTap } from '../tests-output/tap.ts'
import { plainMessage } from '../tests-output/plain-message.ts'
import { withIds } from '../tests-output/test-ids.ts'
import { reportingOf, type Reporting } from './reporters.ts'

/** Five minutes and 16 MiB of output: the bounds of `discoverTests`. */
export const defaultLimits: LeafLimits = { timeoutMs: 300_000, maxOutputBytes: 16 * 1024 * 1024 }

export interface RunLeafOptions {
  /** Snapshots may not be written, as on a build server. */
  readonly ci?: boolean
  readonly signal?: AbortSignal
}

interface Read {
  readonly tests: readonly TestResult[]
  readonly wroteSnapshots: readonly string[]
  readonly incomplete?: string
}

const tail = (text: string, lines = 40): string => text.trimEnd().split('\n').slice(-lines).join('\n').slice(-4_000)

const toolVersion = async (workbench: Workbench, dir: string, leaf: Leaf): Promise<string | undefined> => {
  if (leaf.runner !== 'tap') return undefined
  const manifest = await workbench.read(dir, 'node_modules/tap/package.json')
  return manifest === undefined ? undefined : String(JSON.parse(Buffer.from(manifest).toString('utf8')).version)
}

const fromJson = (report: JsonReport | undefined, files: ReadonlySet<string>): Read | undefined =>
  report === undefined ? undefined : { tests: withIds(report.tests, files), wroteSnapshots: report.wroteSnapshots }

const fromTap = (stdout: string, files: ReadonlySet<string>): Read | undefined => {
  const document = parseTap(stdout)
  if (!document.recognised || document.points.length === 0) return undefined
  const read = { tests: withIds(document.points, files), wroteSnapshots: [] }
  if (document.bailedOut !== undefined) return { ...read, incomplete: `bailed out: ${document.bailedOut}` }
  return document.incomplete ? { ...read, incomplete: 'fewer test points than planned' } : read
}

const readTests = (reporting: Reporting, result: RunResult, report: string | undefined, files: ReadonlySet<string>) => {
  if (reporting.format === 'mocha') return fromJson(parseMocha(result.stdout), files)
  if (reporting.format === 'jest') return fromJson(report === undefined ? undefined : parseJest(report), files)
  if (reporting.format === 'node') return fromJson(report === undefined ? undefined : parseNodeEvents(report), files)
  return fromTap(result.stdout, files)
}

const notesOf = (result: RunResult, read: Read | undefined, limits: LeafLimits): string[] => {
  const notes: string[] = []
  if (result.timedOut) notes.push(`killed after ${limits.timeoutMs / 1_000} s, the limit of one command`)
  if (result.stopped !== undefined) notes.push(result.stopped)
  if (result.refusedNetwork === true) notes.push('it tried to open a network connection, which the sandbox refuses')
  if (result.outputTruncated) notes.push(`it printed more than ${limits.maxOutputBytes} bytes; the rest was cut`)
  if (read?.incomplete !== undefined) notes.push(read.incomplete)
  return notes
}

/** The exit code as one more test, where the tests by themselves do not tell the outcome. */
const exitTest = (leaf: Leaf, result: RunResult, notes: readonly string[], failed: boolean): TestResult => {
  const { stopped = '', timedOut } = result
  const killed = timedOut || stopped !== ''
  const printed = result.stderr.replace(stopped, '').trim() || result.stdout
  const ended = result.signal === null ? `exit code ${result.exitCode}` : `killed by ${result.signal}`
  const message = plainMessage([...(killed ? notes : [ended]), tail(printed, 20)].join('\n'))
  return { id: `${leaf.id} ends well`, status: failed ? 'fail' : 'pass', ...(failed ? { message } : {}) }
}

/**
 * Runs one leaf and tells its tests one by one; where the runner does not tell them, one id stands for the leaf.
 * A red run is a result, not an error.
 */
export const runLeaf = async (
  workbench: Workbench,
  dir: string,
  leaf: Leaf,
  limits: LeafLimits = defaultLimits,
  options: RunLeafOptions = {},
): Promise<LeafReport> => {
  const files = new Set(await workbench.list(dir))
  const reporting = reportingOf(leaf, options.ci === true, await toolVersion(workbench, dir, leaf))
  const reportFile = reporting.reportFile && placeOf(leaf, reporting.reportFile)
  const helper = reporting.helper && { ...reporting.helper, path: placeOf(leaf, reporting.helper.path) }
  // a report that was there before is nobody's word about this run
  if (reportFile !== undefined) await workbench.write(dir, new Map([[reportFile, null]]))
  if (helper !== undefined) await workbench.write(dir, new Map([[helper.path, Buffer.from(helper.text)]]))
  const result = await workbench.run({
    dir,
    argv: inFolder(leaf, reporting.argv),
    env: {
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      npm_lifecycle_event: 'test',
      ...(options.ci ? { CI: 'true' } : {}),
      ...reporting.env,
      ...leaf.env,
    },
    ...limits,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const report = reportFile === undefined ? undefined : await workbench.read(dir, reportFile)
  const leftovers = [reportFile, helper?.path].filter((path) => path !== undefined)
  if (leftovers.length > 0) await workbench.write(dir, new Map(leftovers.map((path) => [path, null])))
  const read =
    leaf.kind === 'test'
      ? readTests(reporting, result, report && Buffer.from(report).toString('utf8'), files)
      : undefined
  const notes = notesOf(result, read, limits)
  const killed = result.timedOut || result.stopped !== undefined
  const ended = result.exitCode === 0 && !killed && read?.incomplete === undefined
  const failing = read?.tests.some((test) => test.status === 'fail') ?? false
  // a run that ends badly though no test says so (a crash after the last test) is red all the same
  const needsExit = read === undefined || read.tests.length === 0 || (!ended && !failing) || killed
  const tests = [...(read?.tests ?? []), ...(needsExit ? [exitTest(leaf, result, notes, !ended)] : [])]
  if (read !== undefined) notes.push(...read.wroteSnapshots.map((what) => `wrote ${what}`))
  return {
    leaf: leaf.id,
    kind: leaf.kind,
    runner: leaf.runner,
    status: result.timedOut ? 'timed-out' : ended && !failing ? 'pass' : 'fail',
    exitCode: result.exitCode,
    tests,
    durationMs: Math.round(result.durationMs),
    outputTail: tail([result.stdout, result.stderr].filter((part) => part !== '').join('\n')),
    notes,
  }
}

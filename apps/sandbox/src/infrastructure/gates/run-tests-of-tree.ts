import { treeHash } from '@iama/patch'
import { replaySessions, runBaseline, type LeafReport, type ReplayReport, type SessionSet } from '@iama/verdict'
import type { TestFailure } from '../../application/findings.ts'
import type { TestsRan } from '../../application/ports.ts'
import {
  BASE_DIR,
  checksOf,
  leafLimits,
  readBaseline,
  readSessions,
  readTree,
  toBaselineSummary,
  toBytes,
  type BaselineDocument,
} from './documents.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, leafProgress, timed, type Telling } from './telling.ts'

/**
 * The project's own tests and the recorded sessions together, on the untouched code. A second run that was green while
 * sessions were recorded on the same code is this run.
 */
export const runTestsOfTree = async (
  workbench: RemoteWorkbench,
  { work, sessions, judgedOn, second, limits }: Extract<Order, { type: 'runTests' }>,
  telling: Telling,
): Promise<TestsRan> => {
  const tree = await readTree(workbench, BASE_DIR)
  const checks = checksOf(tree, work)
  const known = second?.tree === treeHash(tree) ? readBaseline(second.document).baseline : undefined
  const baseline = await timed(
    telling,
    'baseline',
    `running ${counted(checks.leaves.length, 'check')} of the project on the untouched code`,
    async () => {
      const told = (report: LeafReport) => telling.progress(leafProgress(report))
      known?.leaves.forEach(told)
      return known ?? (await runBaseline(workbench, BASE_DIR, checks, { limits: leafLimits(limits), onLeaf: told }))
    },
    ({ status, failures }) => {
      if (known) return 'green, run beside the recording of sessions'
      return status === 'green' ? 'green' : `red: ${counted(failures.length, 'failing test')}`
    },
  )
  const replay = sessions && (await replayed(workbench, readSessions(sessions), judgedOn === treeHash(tree), telling))
  const summary = toBaselineSummary(baseline)
  const differing = differencesOf(replay)
  const document: BaselineDocument = { version: 1, checks, baseline }
  return {
    baseline: {
      ...summary,
      passed: summary.passed + (replay ? replay.replayed - replay.differences.length : 0),
      failed: summary.failed + differing.length,
      failures: [...summary.failures, ...differing],
    },
    document: toBytes(document),
  }
}

/** Sessions that were just kept have given the same three times on this tree; a fourth time says no more. */
const replayed = async (
  workbench: RemoteWorkbench,
  set: SessionSet,
  judged: boolean,
  telling: Telling,
): Promise<ReplayReport> => {
  const { length } = set.sessions
  if (judged) {
    const text = `${counted(length, 'session')} gave the same in three replays on this code`
    telling.progress({ step: 'replay', phase: 'done', text, milliseconds: 0n })
    return { replayed: length, differences: [], notes: [] }
  }
  return await timed(
    telling,
    'replay',
    'replaying the recorded sessions on the untouched code',
    () => replaySessions(workbench, BASE_DIR, set),
    (report) => `${counted(report.replayed, 'session')} replayed, ${report.differences.length} differ`,
  )
}

/** A session that differs on untouched code is not stable after all. */
const differencesOf = (replay: ReplayReport | undefined): TestFailure[] =>
  (replay?.differences ?? []).map(({ session, label, before, after }) => ({
    testId: `session ${session}`,
    message: `${label}: was ${before}, is ${after}`.slice(0, 2_000),
  }))

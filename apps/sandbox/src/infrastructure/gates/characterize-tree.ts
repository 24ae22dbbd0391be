import { treeHash, type Tree } from '@iama/patch'
import { findWeakness, isLargeTree, recordSessions, runBaseline, toWeakPlace, type Checks } from '@iama/verdict'
import { BASE_DIR, checksOf, leafLimits, readBaseline, readTree, toBytes, type BaselineDocument } from './documents.ts'
import { toPinned } from './pinned.ts'
import type { Answers, Order, OrderLimits, SecondRun } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, timed, type Telling } from './telling.ts'

/**
 * Recording keeps one core busy at first; on the other one the project's checks run for the second time. Tests may lean
 * on time: what is red beside other commands says nothing, and they are run again when it is their turn.
 */
const runBeside = async (
  workbench: RemoteWorkbench,
  tree: Tree,
  checks: Checks,
  limits: OrderLimits,
): Promise<SecondRun | undefined> => {
  try {
    const baseline = await runBaseline(workbench, BASE_DIR, checks, { limits: leafLimits(limits) })
    if (baseline.status !== 'green') return undefined
    const document: BaselineDocument = { version: 1, checks, baseline }
    return { tree: treeHash(tree), document: toBytes(document) }
  } catch {
    return undefined
  }
}

/** Records how the project's own tests use the files, or calls them where there are none, and keeps what three replays repeat. */
export const characterizeTree = async (
  workbench: RemoteWorkbench,
  { order: { work, files, findWeakPlaces }, baseline, limits }: Extract<Order, { type: 'characterize' }>,
  telling: Telling,
): Promise<Answers['characterize']> => {
  const tree = await readTree(workbench, BASE_DIR)
  const checks = checksOf(tree, work)
  const first = baseline && readBaseline(baseline).baseline
  const goesBeside = first?.status === 'green' && !isLargeTree(tree)
  const beside = goesBeside ? runBeside(workbench, tree, checks, limits) : Promise.resolve(undefined)
  const sessions = await timed(
    telling,
    'record',
    checks.leaves.some(({ kind }) => kind === 'test')
      ? `recording how the tests use ${counted(files.length, 'file')}`
      : `there are no tests: calling what ${counted(files.length, 'file')} export`,
    () =>
      recordSessions(
        workbench,
        BASE_DIR,
        checks,
        { files },
        {
          limits: leafLimits(limits),
          ...(first ? { baseline: first } : {}),
          onProgress: (text) => telling.progress({ step: 'record', phase: 'running', text, milliseconds: 0n }),
        },
      ),
    ({ sessions: kept, counts }) =>
      `${counted(kept.length, 'session')} kept: ${counts.recorded} recorded, ${counts.mutated} mutated, ${counts.unstable} not stable`,
  )
  const second = await beside
  if (!findWeakPlaces) return { ...toPinned(sessions, tree, checks), second }
  const { unseen } = await timed(
    telling,
    'weak-places',
    `planting small faults in ${counted(files.length, 'file')}`,
    () => findWeakness(workbench, BASE_DIR, sessions, { files }),
    ({ planted, unseen }) => `${unseen.length} of ${planted} planted faults would not be noticed`,
  )
  return { ...toPinned(sessions, tree, checks, { weakPlaces: unseen.map(toWeakPlace) }), second }
}

import { findWeakness, recordSessions, toWeakPlace } from '@iama/verdict'
import type { Characterized } from '../../application/ports.ts'
import { BASE_DIR, checksOf, leafLimits, readBaseline, readTree } from './documents.ts'
import { toPinned } from './pinned.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, timed, type Telling } from './telling.ts'

/** Records how the project's own tests use the files, or calls them where there are none, and keeps what three replays repeat. */
export const characterizeTree = async (
  workbench: RemoteWorkbench,
  { order: { work, files, findWeakPlaces }, baseline, limits }: Extract<Order, { type: 'characterize' }>,
  telling: Telling,
): Promise<Characterized> => {
  const tree = await readTree(workbench, BASE_DIR)
  const checks = checksOf(tree, work)
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
          ...(baseline ? { baseline: readBaseline(baseline).baseline } : {}),
          onProgress: (text) => telling.progress({ step: 'record', phase: 'running', text, milliseconds: 0n }),
        },
      ),
    ({ sessions: kept, counts }) =>
      `${counted(kept.length, 'session')} kept: ${counts.recorded} recorded, ${counts.mutated} mutated, ${counts.unstable} not stable`,
  )
  if (!findWeakPlaces) return toPinned(sessions, tree, checks)
  const { unseen } = await timed(
    telling,
    'weak-places',
    `planting small faults in ${counted(files.length, 'file')}`,
    () => findWeakness(workbench, BASE_DIR, sessions, { files }),
    ({ planted, unseen }) => `${unseen.length} of ${planted} planted faults would not be noticed`,
  )
  return toPinned(sessions, tree, checks, { weakPlaces: unseen.map(toWeakPlace) })
}

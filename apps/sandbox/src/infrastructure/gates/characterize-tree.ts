import type { Tree } from '@iama/patch'
import { recordSessions, writeCharacterizationTests, type Checks, type SessionSet } from '@iama/verdict'
import type { TestsSummary } from '../../application/findings.ts'
import type { Characterized } from '../../application/ports.ts'
import { BASE_DIR, checksOf, leafLimits, readBaseline, readPackageJson, readTree, toBytes } from './documents.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, timed, type Telling } from './telling.ts'

/** Records how the project's own tests use the files, and keeps what three replays repeat. */
export const characterizeTree = async (
  workbench: RemoteWorkbench,
  { work, files, baseline, limits }: Extract<Order, { type: 'characterize' }>,
  telling: Telling,
): Promise<Characterized> => {
  const tree = await readTree(workbench, BASE_DIR)
  const checks = checksOf(tree, work)
  const sessions = await timed(
    telling,
    'record',
    `recording how the tests use ${counted(files.length, 'file')}`,
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
  return {
    tests: toSummary(sessions),
    sessions: toBytes(sessions),
    written: toBytes(writtenTests(sessions, tree, checks)),
  }
}

/** The sessions as tests in the project's own runner, by path; what cannot be written as plain code stays evidence. */
const writtenTests = (sessions: SessionSet, tree: Tree, checks: Checks): Record<string, string> =>
  Object.fromEntries(
    writeCharacterizationTests(sessions, {
      runner: checks.leaves.find(({ kind }) => kind === 'test')?.runner ?? 'unknown',
      moduleType: readPackageJson(tree)['type'] === 'module' ? 'module' : 'commonjs',
      files: [...tree.keys()],
    }),
  )

const toSummary = ({ sessions, counts, covered, notCovered }: SessionSet): TestsSummary => ({
  sessions: sessions.length,
  steps: sessions.reduce((sum, session) => sum + session.steps.length, 0),
  unstable: counts.unstable + counts.notReproduced,
  coveredExports: covered.filter((each) => each.sessions > 0).length,
  notCovered: notCovered.map(({ module, reason }) => `${module}: ${reason}`),
})

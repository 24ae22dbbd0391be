import { deepenSessions, type Exercise, type ExerciseReport } from '@iama/verdict'
import type { Characterized } from '../../application/ports.ts'
import { BASE_DIR, checksOf, readExercises, readSessions, readTree } from './documents.ts'
import { toPinned } from './pinned.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, timed, type Telling } from './telling.ts'

/** Runs exercises on the untouched code, and pins what they show where no session looked. */
export const exerciseTree = async (
  workbench: RemoteWorkbench,
  { order }: Extract<Order, { type: 'exercise' }>,
  telling: Telling,
): Promise<Characterized> => {
  const { files } = order
  const tree = await readTree(workbench, BASE_DIR)
  const exercises: readonly Exercise[] = readExercises(order.exercises)
  const { set, report, weakPlaces } = await timed(
    telling,
    'exercise',
    `running ${counted(exercises.length, 'exercise')} on the untouched code`,
    () => deepenSessions(workbench, BASE_DIR, readSessions(order.sessions), { files }, exercises),
    ({ report }) =>
      `${counted(report.kept, 'session')} kept of ${report.recorded}: ` +
      `${report.weakBefore - report.weakAfter} of ${report.weakBefore} planted faults are noticed now`,
  )
  return toPinned(set, tree, checksOf(tree, order.work), { weakPlaces, exerciseNotes: notesOf(report) })
}

const notesOf = ({ failed, recorded, stable, kept }: ExerciseReport): string[] => [
  ...failed.map(({ purpose, reason }) => `${purpose}: ${reason}`),
  ...(recorded > stable ? [`${counted(recorded - stable, 'session')} of exercises were not the same every time`] : []),
  ...(stable > kept
    ? [`${counted(stable - kept, 'session')} of exercises showed no fault that was not seen before`]
    : []),
]

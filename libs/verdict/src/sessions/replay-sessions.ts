import type { ReplayReport, Session, SessionDifference, SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { outcomeText } from './outcome-text.ts'
import { sessionCode } from './session-code.ts'
import { defaultReplayLimits, replayBatch, type ReplayedSession, type ReplayLimits } from './replay-batch.ts'

const shorten = (text: string): string => (text.length > 400 ? `${text.slice(0, 397)}...` : text)

const firstDifference = (session: Session, replayed: ReplayedSession): number => {
  const length = Math.max(session.expected.length, replayed.steps.length)
  for (let i = 0; i < length; i++) if (session.expected[i] !== replayed.steps[i]?.out) return i
  return -1
}

const describe = (session: Session, replayed: ReplayedSession): SessionDifference => {
  const step = firstDifference(session, replayed)
  return {
    session: session.id,
    step,
    label: session.steps[step]?.label ?? 'afterwards',
    before: shorten(outcomeText(session.expected[step] ?? 'nothing more')),
    after: shorten(outcomeText(replayed.steps[step]?.out ?? 'nothing more')),
    code: sessionCode(session, step),
  }
}

/**
 * Replays sessions on `dir`, which stays untouched, against what the untouched code did. Every difference is run again
 * in a fresh process and only counts when it comes back.
 */
export const replaySessions = async (
  workbench: Workbench,
  dir: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  limits: ReplayLimits = defaultReplayLimits,
): Promise<ReplayReport> => {
  if (set.sessions.length === 0) return { replayed: 0, differences: [], notes: [] }
  const fork = 'verdict-sessions'
  await workbench.fork(dir, fork)
  try {
    const first = await replayBatch(workbench, fork, set.modules, set.sessions, limits)
    const suspects = set.sessions.filter((session, i) => firstDifference(session, first[i]!) >= 0)
    if (suspects.length === 0) return { replayed: set.sessions.length, differences: [], notes: [] }
    // what the first run left in its files must not help the second
    await workbench.fork(dir, fork)
    const again = await replayBatch(workbench, fork, set.modules, set.sessions, limits)
    const differences: SessionDifference[] = []
    const notes: string[] = []
    set.sessions.forEach((session, i) => {
      if (!suspects.includes(session)) return
      if (firstDifference(session, again[i]!) >= 0) differences.push(describe(session, again[i]!))
      else notes.push(`session ${session.id} differed once and not again`)
    })
    return { replayed: set.sessions.length, differences, notes }
  } finally {
    await workbench.remove(fork)
  }
}

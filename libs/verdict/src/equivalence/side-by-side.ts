import { allEnded } from '../all-ended.ts'
import type { RawSession } from '../sessions/records.ts'
import {
  ReplayBroken,
  replayBatch,
  type ReplayedSession,
  type ReplayedStep,
  type ReplayLimits,
} from '../sessions/replay-batch.ts'
import type { Workbench } from '../workbench.ts'

/** Two versions of the code, each in a directory that may be written to. */
export interface Versions {
  readonly workbench: Workbench
  readonly before: string
  readonly after: string
  readonly modules: readonly string[]
  readonly limits: ReplayLimits
  /** Makes both directories what they were. */
  refresh(): Promise<void>
}

/** The patched version cannot be replayed, and the untouched one can. */
export class PatchedBroken extends ReplayBroken {}

export interface Compared {
  readonly session: RawSession
  /** The first step that differs. */
  readonly step: number
  /** Canonical texts of that step. */
  readonly before: string
  readonly after: string
}

/** Outcomes that say nothing about the code when the old version gives them. */
const isMute = ({ out }: ReplayedStep): boolean =>
  /^(hangs|ends the process|never settled|not replayed|undriven|"exit")/.test(out)

const isEngineError = ({ out, engine }: ReplayedStep): boolean =>
  out.startsWith('throw ') && engine !== undefined && engine.length > 0

/** The first look need not be patient: what it takes for a difference is looked at again with all patience. */
const patience = { pendingMs: 100, lateMs: 30 }

/** Given up, for others before it hung or ended the process too often. */
const isGivenUp = ({ steps }: ReplayedSession): boolean => steps[0]?.out === 'not replayed'

const nothing: ReplayedStep = { out: 'nothing more' }

/** The first step that differs; -1 for none, and where the old version says nothing that could be compared. */
export const firstDifference = (before: ReplayedSession, after: ReplayedSession): number => {
  const length = Math.max(before.steps.length, after.steps.length)
  for (let i = 0; i < length; i++) {
    const [old, now] = [before.steps[i] ?? nothing, after.steps[i] ?? nothing]
    // a call that makes the engine throw was never meant: nobody leans on it, nor on what follows
    if (isMute(old) || isEngineError(old) || now.out.startsWith('not replayed')) return -1
    if (old.out !== now.out) return i
  }
  return -1
}

const replayBoth = async (
  { workbench, before, after, modules }: Versions,
  sessions: readonly RawSession[],
  limits: ReplayLimits,
): Promise<readonly [ReplayedSession[], ReplayedSession[]]> =>
  await allEnded([
    replayBatch(workbench, before, modules, sessions, limits),
    replayBatch(workbench, after, modules, sessions, limits).catch((error: unknown) => {
      throw error instanceof ReplayBroken ? new PatchedBroken(error.message) : error
    }),
  ])

const sameTwice = (once: ReplayedSession, again: ReplayedSession): boolean => firstDifference(once, again) < 0

/**
 * Leads both versions through the same sessions, side by side, and gives those that differ: in two fresh processes
 * each, and each version the same both times, the second time with more patience.
 * @throws ReplayBroken when a version cannot be replayed at all; PatchedBroken when that is the patched one alone
 */
export const compare = async (versions: Versions, sessions: readonly RawSession[]): Promise<Compared[]> => {
  const [before, after] = await replayBoth(versions, sessions, { ...versions.limits, patience })
  if (sessions.some((_, i) => isGivenUp(after[i]!) && !isGivenUp(before[i]!)))
    throw new PatchedBroken('the patched version hangs or ends the process so often that not all could be compared')
  const suspects = sessions.flatMap((session, i) =>
    firstDifference(before[i]!, after[i]!) < 0 ? [] : [{ session, before: before[i]!, after: after[i]! }],
  )
  if (suspects.length === 0) return []
  await versions.refresh()
  const list = suspects.map(({ session }) => session)
  const [beforeAgain, afterAgain] = await replayBoth(versions, list, {
    ...versions.limits,
    itemMs: 5 * versions.limits.itemMs,
  })
  return suspects.flatMap(({ session, before, after }, i) => {
    const step = firstDifference(beforeAgain[i]!, afterAgain[i]!)
    if (step < 0 || !sameTwice(before, beforeAgain[i]!) || !sameTwice(after, afterAgain[i]!)) return []
    const text = (replayed: ReplayedSession): string => (replayed.steps[step] ?? nothing).out
    return [{ session, step, before: text(beforeAgain[i]!), after: text(afterAgain[i]!) }]
  })
}

import type { Mutant } from '@iama/mutants'
import { askOnBase, findWeakness, toWeakPlace, type WeaknessOptions } from '../strength/weak-places.ts'
import type { Exercise, ExerciseReport, Scope, Session, SessionSet, WeakPlace } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { judgeSessions, type Candidate } from './judge-sessions.ts'
import { recordExercises, type Exercised } from './record-exercises.ts'
import { defaultReplayLimits, ReplayBroken } from './replay-batch.ts'
import { replaySessions } from './replay-sessions.ts'

export interface Deepened {
  readonly set: SessionSet
  readonly report: ExerciseReport
  /** What still nobody sees. */
  readonly weakPlaces: readonly WeakPlace[]
}

/** Every kept session gave the same in so many fresh processes. */
const rounds = 3

/**
 * Adds to a set what exercises make its modules do, of that only what is the same three times on the untouched code
 * and sees a planted fault that no session saw before. The sessions that were there stay as they are.
 */
export const deepenSessions = async (
  workbench: Workbench,
  base: string,
  set: SessionSet,
  scope: Scope,
  exercises: readonly Exercise[],
  options: WeaknessOptions = {},
): Promise<Deepened> => {
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const { unseen } = await findWeakness(workbench, base, set, scope, options)
  const exercised = await recordExercises(workbench, base, scope, exercises, {
    itemMs: 20_000,
    maxOutputBytes: 64 * 1024,
    ...signal,
  })
  const modules = [...new Set([...set.modules, ...exercised.modules])]
  const known = new Set(set.sessions.map(({ id }) => id))
  const recorded = exercised.sessions.filter(({ id }) => !known.has(id))
  const stable = await stableOf(workbench, base, modules, recorded, signal)
  const seen = await seenBy(workbench, base, { modules, sessions: stable }, unseen, options)
  const killers = new Set(seen.values())
  const kept = stable.filter((_, i) => killers.has(i))
  const merged = merge(set, modules, kept)
  // a module more is loaded before every session: those that were there must not notice
  const undisturbed = kept.length > 0 && (await replaySessions(workbench, base, merged)).differences.length === 0
  const left = unseen.filter((mutant) => !undisturbed || !seen.has(mutant))
  return {
    set: undisturbed ? merged : set,
    report: {
      exercises: exercises.length,
      failed: exercised.failed,
      recorded: recorded.length,
      stable: stable.length,
      kept: undisturbed ? kept.length : 0,
      weakBefore: unseen.length,
      weakAfter: left.length,
    },
    weakPlaces: left.map(toWeakPlace),
  }
}

const stableOf = async (
  workbench: Workbench,
  base: string,
  modules: readonly string[],
  recorded: Exercised['sessions'],
  signal: { signal?: AbortSignal },
): Promise<readonly Session[]> => {
  const candidates = recorded.map((raw): Candidate => ({ raw, origin: 'exercised' }))
  const limits = { ...defaultReplayLimits, ...signal }
  try {
    return (await judgeSessions(workbench, base, modules, candidates, { rounds, limits })).kept
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    return []
  }
}

/** The faults that one of the sessions sees, and which one. */
const seenBy = async (
  workbench: Workbench,
  base: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  mutants: readonly Mutant[],
  options: WeaknessOptions,
): Promise<ReadonlyMap<Mutant, number>> => {
  if (set.sessions.length === 0) return new Map()
  const { killers } = await askOnBase(workbench, base, set, mutants, options)
  return new Map(mutants.flatMap((mutant, i) => (killers[i] === undefined ? [] : [[mutant, killers[i]] as const])))
}

const merge = (set: SessionSet, modules: readonly string[], kept: readonly Session[]): SessionSet => {
  const sessions = [...set.sessions, ...kept]
  const count = (module: string): number => sessions.filter((session) => session.modules.includes(module)).length
  const covered = modules.map((module) => ({ module, sessions: count(module) })).filter((each) => each.sessions > 0)
  return {
    ...set,
    modules,
    sessions,
    counts: { ...set.counts, exercised: kept.length, kept: sessions.length },
    covered,
    notCovered: set.notCovered.filter(({ module }) => !covered.some((each) => each.module === module)),
  }
}

import { loopGuards, type Fault } from '@iama/mutants'
import type { SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { runReplay, toReplay, type ReplayLimits } from '../sessions/replay-batch.ts'

/** What became of a mutant. `timed-out` is a kill as well: it never ended. */
export type Fate = 'killed' | 'timed-out' | 'survived' | 'not-run'

export interface Asked {
  /** In the order of the mutants. */
  readonly fates: readonly Fate[]
  /** Which session killed a mutant, by its place in the set; undefined where none did, or none alone. */
  readonly killers: readonly (number | undefined)[]
  /** Sessions that give on freshly loaded modules what they gave when they were recorded: only those are asked. */
  readonly usable: number
  /** Mutants left something behind in the process, and this many sessions saw it: kills may be too many. */
  readonly tainted: number
}

type Line =
  | {
      readonly i: number
      readonly killed?: number
      readonly timedOut?: true
      readonly survived?: true
      readonly crashed?: string
    }
  | { readonly control: { readonly usable: number } }
  | { readonly tainted: number }
  | { readonly broken: string }

/** The global name that guarded loops call; no package has it. */
const guard = '__iamaLoop'
/** What a promise or a callback is waited for: what takes longer is not asked (the control run drops it). */
const patience = { pendingMs: 500, lateMs: 500 }

const fateOf = (line: Exclude<Line, { control: unknown } | { tainted: number } | { broken: string }>): Fate => {
  if (line.timedOut === true || line.crashed === 'hangs') return 'timed-out'
  return line.survived === true ? 'survived' : 'killed'
}

/** Modules as they stand, by path, with the guards for their loops. */
const guarded = (sources: ReadonlyMap<string, string>) =>
  Object.fromEntries([...sources].map(([file, text]) => [file, { text, guards: loopGuards(file, text, `${guard}()`) }]))

/**
 * Asks the recorded sessions about every mutant, in one warm process that loads the modules afresh for each: killed by
 * the first session whose outcome differs, by the process's end, or timed out by a loop that turns many times more
 * often than before. Writes into `dir`.
 * @param sources the text of every module that is loaded or mutated
 * @throws ReplayBroken when the modules cannot be replayed at all
 */
export const askSessions = async (
  workbench: Workbench,
  dir: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  sources: ReadonlyMap<string, string>,
  mutants: readonly Fault[],
  limits: ReplayLimits,
): Promise<Asked> => {
  const { modules, sessions } = set
  if (mutants.length === 0 || sessions.length === 0)
    return { fates: mutants.map(() => 'survived'), killers: mutants.map(() => undefined), usable: 0, tainted: 0 }
  const list = mutants.map(({ file, range, replacement }) => ({ file, ...range, replacement }))
  const expected = sessions.map((session) => session.expected)
  const order = { guard, sources: guarded(sources), list, expected }
  const batch = { modules, sessions: sessions.map(toReplay), ...patience, mutants: order }
  const lines = await runReplay<Line>(workbench, dir, batch, limits)
  const fates: Fate[] = mutants.map(() => 'not-run')
  const killers: (number | undefined)[] = mutants.map(() => undefined)
  let usable = 0
  let tainted = 0
  for (const line of lines) {
    if ('control' in line) usable = Math.max(usable, line.control.usable)
    else if ('tainted' in line) tainted += line.tainted
    // what was given up stays "not run"
    else if ('i' in line && fates[line.i] === 'not-run') {
      fates[line.i] = fateOf(line)
      killers[line.i] = line.killed
    }
  }
  return { fates, killers, usable, tainted }
}

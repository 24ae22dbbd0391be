import { labelOf } from '../sessions/print-step.ts'
import { outcomeText } from '../sessions/outcome-text.ts'
import type { RawSession } from '../sessions/records.ts'
import { defaultReplayLimits, type ReplayLimits } from '../sessions/replay-batch.ts'
import { sessionCode } from '../sessions/session-code.ts'
import { sourceWords } from '../sessions/source-words.ts'
import type { EquivalenceBudget, Session, SessionDifference, SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { shrink } from './shrink-session.ts'
import { compare, type Compared, type Versions } from './side-by-side.ts'
import { varySessions } from './vary-sessions.ts'

export interface EquivalenceInput {
  readonly workbench: Workbench
  /** Directories of the workbench; neither is written to. */
  readonly base: string
  readonly patched: string
  readonly sessions: SessionSet
  /** Texts of the modules before and after, by path: their literals are worth trying. */
  readonly texts: ReadonlyMap<string, string>
  readonly seed: number
  readonly budget: EquivalenceBudget
  readonly signal?: AbortSignal
}

export const defaultEquivalence: EquivalenceBudget = { sessions: 2_000, waiting: 80, shown: 3, rounds: 10 }

export interface EquivalenceReport {
  /** Sessions that both versions were led through. */
  readonly led: number
  /** Steps of these. */
  readonly steps: number
  readonly different: number
  /** The smallest that were found, one for each step that differs. */
  readonly differences: readonly SessionDifference[]
}

/** What touches files or the process is not tried with other arguments. */
const isHarmless = (session: Session): boolean => !session.expected.some((text) => /^(fs|process)\./m.test(text))

const toRaw = (session: Session): RawSession => ({ ...session, recorded: [] }) as unknown as RawSession

const variations = ({ sessions, texts, seed, budget }: EquivalenceInput): RawSession[] => {
  const sources = sessions.sessions.filter((session) => session.origin !== 'mutated' && isHarmless(session))
  const words = sourceWords(texts)
  const plain = sources.filter(({ async }) => !async).map(toRaw)
  const waiting = sources.filter(({ async }) => async).map(toRaw)
  return [
    ...varySessions(plain, words, budget.sessions - (waiting.length > 0 ? budget.waiting : 0), seed),
    ...varySessions(waiting, words, budget.waiting, seed),
  ]
}

const shorten = (text: string): string => (text.length > 400 ? `${text.slice(0, 397)}...` : text)

const toDifference = ({ session: raw, step, before, after }: Compared): SessionDifference => {
  const steps = raw.steps.map((each) => ({ ...each, label: labelOf(each) }))
  const session: Session = { ...raw, origin: 'mutated', steps, expected: [] }
  return {
    session: raw.id,
    step,
    label: steps[step]?.label ?? 'afterwards',
    before: shorten(outcomeText(before)),
    after: shorten(outcomeText(after)),
    code: sessionCode(session, Math.min(step, steps.length - 1)),
  }
}

/** One for each target that differs: ten ways to call one function are one thing to mend. */
const different = (found: readonly Compared[], limit: number): Compared[] => {
  const targets = new Map<string, Compared>()
  for (const each of found) {
    const target = JSON.stringify(each.session.steps[each.step]?.target ?? 'afterwards')
    if (!targets.has(target)) targets.set(target, each)
  }
  return [...targets.values()].slice(0, limit)
}

/**
 * Leads the untouched and the patched code side by side through sessions that nobody recorded, and shows where they
 * part, as small as could be found. The same input gives the same report.
 * @throws ReplayBroken when a version cannot be replayed at all
 */
export const findDifferences = async (input: EquivalenceInput): Promise<EquivalenceReport> => {
  const { workbench, base, patched, sessions, budget, signal } = input
  const [before, after] = ['verdict-before', 'verdict-after']
  const refresh = async (): Promise<void> => {
    await workbench.fork(base, before)
    await workbench.fork(patched, after)
  }
  const limits: ReplayLimits = { ...defaultReplayLimits, itemMs: 1_000, ...(signal === undefined ? {} : { signal }) }
  const versions: Versions = { workbench, before, after, modules: sessions.modules, limits, refresh }
  const list = variations(input)
  const steps = list.reduce((sum, session) => sum + session.steps.length, 0)
  if (list.length === 0) return { led: 0, steps: 0, different: 0, differences: [] }
  try {
    await refresh()
    const found = await compare(versions, list)
    const differences: SessionDifference[] = []
    for (const each of different(found, budget.shown))
      differences.push(toDifference(await shrink(versions, each, budget.rounds)))
    return { led: list.length, steps, different: found.length, differences }
  } finally {
    await workbench.remove(before)
    await workbench.remove(after)
  }
}

import { isMutable, mutantsOf, sampleMutants, type Fault, type Mutant } from '@iama/mutants'
import { roleOf } from '../gates/file-roles.ts'
import { decode } from '../sessions/instrument-tree.ts'
import { spread } from '../sessions/seeded.ts'
import { ReplayBroken } from '../sessions/replay-batch.ts'
import type { Scope, SessionSet, StrengthBudget, WeakPlace } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { askSessions, type Asked } from './ask-sessions.ts'
import { budgetOf } from './budget.ts'

const dir = 'verdict-weak'

/** Before a patch there is less at stake than after it: faults, and neighbours of recorded sessions that are asked. */
const mostPlanted = 80
const mostNeighbours = 200

/** A fault that nobody sees is put to every session, so that thousands of them take long. */
const withFewNeighbours = ({ modules, sessions }: Pick<SessionSet, 'modules' | 'sessions'>) => ({
  modules,
  sessions: [
    ...sessions.filter(({ origin }) => origin !== 'mutated'),
    ...spread(
      sessions.filter(({ origin }) => origin === 'mutated'),
      mostNeighbours,
    ),
  ],
})

/** The faults that the sessions of a set do not see, of those that were planted in the untouched code. */
export interface Weakness {
  readonly planted: number
  readonly unseen: readonly Mutant[]
}

export interface WeaknessOptions {
  readonly seed?: number
  readonly budget?: Partial<StrengthBudget>
  readonly signal?: AbortSignal
}

/** A mutant for people and models: where it stands and what it changes. */
export const toWeakPlace = ({ file, line, operator, description }: Mutant): WeakPlace => ({
  file,
  line,
  operator,
  description,
})

const textsOf = async (
  workbench: Workbench,
  base: string,
  files: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const texts = new Map<string, string>()
  for (const file of new Set(files)) {
    const content = isMutable(file) ? await workbench.read(base, file) : undefined
    if (content !== undefined) texts.set(file, decode(content))
  }
  return texts
}

/** Puts faults in the untouched code to the sessions of a set. */
export const askOnBase = async (
  workbench: Workbench,
  base: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  mutants: readonly Fault[],
  { budget, signal }: WeaknessOptions,
): Promise<Asked> => {
  const sources = await textsOf(workbench, base, [...set.modules, ...mutants.map(({ file }) => file)])
  const limits = { ...budgetOf(budget).sessions, ...(signal === undefined ? {} : { signal }) }
  await workbench.fork(base, dir)
  try {
    return await askSessions(workbench, dir, set, sources, mutants, limits)
  } finally {
    await workbench.remove(dir)
  }
}

/**
 * Plants small faults in the code of the scope, sampled by seed, and asks the recorded sessions which of them they see:
 * what they do not see is where a patch could change behaviour unnoticed.
 */
export const findWeakness = async (
  workbench: Workbench,
  base: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  scope: Scope,
  options: WeaknessOptions = {},
): Promise<Weakness> => {
  const code = scope.files.filter((file) => roleOf(file) === 'code')
  const texts = await textsOf(workbench, base, code)
  const all = [...texts].flatMap(([file, source]) => mutantsOf({ file, source }))
  const planted = sampleMutants(all, budgetOf({ mutants: mostPlanted, ...options.budget }).mutants, options.seed ?? 1)
  const unseen = (fates: Asked['fates']): Mutant[] =>
    planted.filter((_, i) => fates[i] === 'survived' || fates[i] === 'not-run')
  try {
    const { fates } = await askOnBase(workbench, base, withFewNeighbours(set), planted, options)
    return { planted: planted.length, unseen: unseen(fates) }
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    return { planted: planted.length, unseen: planted }
  }
}

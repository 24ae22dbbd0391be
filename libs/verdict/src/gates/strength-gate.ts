import { changedFunctions, isMutable, mutantsOf, sampleMutants, type Mutant } from '@iama/mutants'
import type { GateDetail, GateResult } from '../types.ts'
import { ReplayBroken } from '../sessions/replay-batch.ts'
import { askSessions, type Asked, type Fate } from '../strength/ask-sessions.ts'
import { askSuite } from '../strength/ask-suite.ts'
import { budgetOf } from '../strength/budget.ts'
import { counted, result, signalOf, textOf, type GateContext } from './context.ts'
import { roleOf } from './file-roles.ts'
import { seedSnapshots } from './seed-snapshots.ts'
import { testFiles } from './test-files.ts'

const dir = 'verdict-strength'

/** Under this share of killed mutants the gate warns: what the other gates say rests on little. */
export const lowScore = 0.6

interface Judged {
  readonly mutant: Mutant
  readonly fate: Fate
  readonly by: 'sessions' | 'tests' | 'nobody'
}

/** Of the functions that the patch changed, in the patched tree. */
const mutantsOfChange = (context: GateContext): Mutant[] => {
  const { baseTree, patchedTree } = context
  const tests = testFiles(context)
  return context.changed
    .filter((file) => patchedTree.has(file) && isMutable(file) && roleOf(file) === 'code' && !tests.has(file))
    .flatMap((file) => {
      const source = textOf(patchedTree, file)
      const before = baseTree.has(file) ? textOf(baseTree, file) : undefined
      return mutantsOf({ file, source, ranges: changedFunctions(file, before, source) })
    })
}

const sourcesFor = ({ input, patchedTree }: GateContext, mutants: readonly Mutant[]): Map<string, string> => {
  const files = new Set([...input.sessions.modules, ...mutants.map(({ file }) => file)])
  const known = [...files].filter((file) => patchedTree.has(file) && isMutable(file))
  return new Map(known.map((file) => [file, textOf(patchedTree, file)]))
}

/** Nobody asked: the tests may still tell. */
const unasked = (mutants: readonly Mutant[]): Asked => ({
  fates: mutants.map(() => 'not-run'),
  killers: mutants.map(() => undefined),
  usable: 0,
  tainted: 0,
})

const bySessions = async (context: GateContext, mutants: readonly Mutant[]): Promise<Asked> => {
  const { input } = context
  const { workbench, sessions, patched } = input
  if (sessions.sessions.length === 0) return unasked(mutants)
  const limits = { ...budgetOf(input.strength).sessions, ...signalOf(input) }
  await workbench.fork(patched, dir)
  try {
    return await askSessions(workbench, dir, sessions, sourcesFor(context, mutants), mutants, limits)
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    return unasked(mutants)
  } finally {
    await workbench.remove(dir)
  }
}

/** A part of what no session saw, by seed, against the project's own tests. */
const byTests = async (
  context: GateContext,
  left: readonly Mutant[],
  alone: GateContext,
): Promise<ReadonlyMap<Mutant, Fate>> => {
  const { input, limits } = context
  const { workbench, checks, baseline, patched, seed } = input
  const { suiteRuns, suiteMs } = budgetOf(input.strength)
  const chosen = sampleMutants(left, suiteRuns, seed)
  const isTested = checks.leaves.some(({ kind }) => kind === 'test') && baseline.status === 'green'
  if (!isTested || chosen.length === 0) return new Map()
  const until = performance.now() + suiteMs
  await seedSnapshots(context, dir, patched)
  try {
    const suite = { workbench, alone: alone.input.workbench, dir, checks, baseline, limits, ...signalOf(input) }
    const fates = await askSuite(suite, sourcesFor(context, chosen), chosen, () => performance.now() > until)
    return new Map(chosen.map((mutant, i) => [mutant, fates[i]!]))
  } finally {
    await workbench.remove(dir)
  }
}

const judge = (mutants: readonly Mutant[], asked: Asked, tested: ReadonlyMap<Mutant, Fate>): Judged[] =>
  mutants.map((mutant, i): Judged => {
    const fate = asked.fates[i]!
    if (fate === 'killed' || fate === 'timed-out') return { mutant, fate, by: 'sessions' }
    const second = tested.get(mutant)
    if (second === undefined || second === 'not-run') return { mutant, fate: 'not-run', by: 'nobody' }
    return { mutant, fate: second, by: second === 'survived' ? 'nobody' : 'tests' }
  })

const detailsOf = (judged: readonly Judged[], asked: Asked): GateDetail[] => {
  const left = judged.filter(({ by }) => by === 'nobody')
  const named = left.map(({ mutant: { file, line, operator, description }, fate }): GateDetail => ({
    kind: 'note',
    subject: `${file}:${line}`,
    message: `${fate === 'survived' ? 'nothing sees' : 'no session sees'} this ${operator} mutant: ${description}`,
  }))
  if (asked.tainted === 0) return named
  const message = `mutants left something behind that ${counted(asked.tainted, 'session')} saw: kills may be too many`
  return [{ kind: 'note', subject: 'replay', message }, ...named]
}

const summarise = (all: number, judged: readonly Judged[], asked: Asked): GateResult => {
  const count = (test: (each: Judged) => boolean): number => judged.filter(test).length
  const counts = {
    mutants: all,
    sampled: judged.length,
    killedBySessions: count(({ by }) => by === 'sessions'),
    killedByTests: count(({ by }) => by === 'tests'),
    timedOut: count(({ fate }) => fate === 'timed-out'),
    survived: count(({ fate }) => fate === 'survived'),
    notRun: count(({ fate }) => fate === 'not-run'),
  }
  const killed = counts.killedBySessions + counts.killedByTests
  const share = Math.floor((100 * killed) / judged.length)
  const bound = counts.notRun > 0 ? 'at least ' : ''
  const sample = judged.length < all ? `${judged.length} sampled of ${counted(all, 'mutant')}` : counted(all, 'mutant')
  const summary =
    `${bound}${share}% of ${sample} of the changed functions killed: ${counts.killedBySessions} by sessions, ` +
    `${counts.killedByTests} by tests, ${counts.timedOut} of them timed out; ` +
    `${counts.survived} survive, ${counts.notRun} that no session sees were not run against the tests`
  const status = killed < lowScore * judged.length ? 'warn' : 'pass'
  return { ...result('strength', status, summary, detailsOf(judged, asked)), counts }
}

/**
 * Gate 3: whether the recorded sessions and the tests would have seen a fault in what the patch changed. Mutants of
 * the changed functions, sampled by seed, are put to the sessions first and what those do not see to the project's
 * own tests, within a budget. It never fails: a low score is a warning about what the other gates are worth.
 * @param alone the same context, in which nothing else runs beside the tests
 */
export const strengthGate = async (
  context: GateContext,
  earlier: readonly GateResult[] = [],
  alone: GateContext = context,
): Promise<GateResult> => {
  const red = earlier.find(({ status }) => status === 'fail')
  if (red !== undefined)
    return result('strength', 'not-applicable', `not measured: the patch is red at gate ${red.number}`)
  const { input } = context
  const all = mutantsOfChange(context)
  if (all.length === 0)
    return result('strength', 'not-applicable', 'no function changed in which a fault could be planted')
  const mutants = sampleMutants(all, budgetOf(input.strength).mutants, input.seed)
  const asked = await bySessions(context, mutants)
  const left = mutants.filter((_, i) => asked.fates[i] === 'survived' || asked.fates[i] === 'not-run')
  return summarise(all.length, judge(mutants, asked, await byTests(context, left, alone)), asked)
}

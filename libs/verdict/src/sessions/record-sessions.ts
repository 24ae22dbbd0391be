import { runBaseline } from '../baseline/run-baseline.ts'
import type { Checks, Scope, Session, SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { explore, isMeant } from '../explore/explore.ts'
import { judgeSessions, type Candidate, type Judged } from './judge-sessions.ts'
import { mutateSessions } from './mutate-sessions.ts'
import { decode } from './instrument-tree.ts'
import { recordAll, type Recorder, type RecordOptions } from './recording.ts'
import type { Assembled } from './records.ts'
import { defaultReplayLimits, ReplayBroken } from './replay-batch.ts'
import { spread } from './seeded.ts'
import { sourceWords } from './source-words.ts'

const nothing: Judged = { kept: [], raws: [], notReproduced: 0, unstable: 0 }

const judged = async (
  recorder: Recorder,
  assembled: Assembled,
  candidates: readonly Candidate[],
  rounds: number,
): Promise<Judged> => {
  const { workbench, base, options } = recorder
  const limits = {
    ...defaultReplayLimits,
    crashes: 40,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  return judgeSessions(workbench, base, assembled.modules, candidates, { rounds, limits }, options.onProgress)
}

/** Every kept session gave the same in at least so many fresh processes. */
const leastRounds = 3

/** What a test does was meant; what was made up may not have been. */
const counts = (session: Session): boolean => session.origin === 'recorded' || isMeant(session)

/** What touches files or the process is not tried with other arguments. */
const isHarmless = (session: Session): boolean => !session.expected.some((text) => /^(fs|process)\./m.test(text))

const mutantsOf = async (recorder: Recorder, assembled: Assembled, reproduced: Judged): Promise<Candidate[]> => {
  const { workbench, base, options } = recorder
  const texts = new Map<string, string>()
  for (const module of assembled.modules) {
    const content = await workbench.read(base, module)
    if (content !== undefined) texts.set(module, decode(content))
  }
  const sources = reproduced.raws.filter((_, i) => isHarmless(reproduced.kept[i]!) && counts(reproduced.kept[i]!))
  const mutants = mutateSessions(sources, sourceWords(texts), options.mutations ?? 1_000, options.seed ?? 1)
  return mutants.map((raw): Candidate => ({ raw, origin: 'mutated' }))
}

/**
 * First what can be reproduced at all; then, together with its neighbours, what is the same every time. Neighbours
 * that end the replaying process too often are left out as a whole.
 */
const judgeAll = async (
  recorder: Recorder,
  assembled: Assembled,
  candidates: readonly Candidate[],
): Promise<Judged> => {
  const reproduced = await judged(recorder, assembled, candidates, 1)
  const meant = reproduced.kept.map(counts)
  const recorded = reproduced.raws.flatMap((raw, i): Candidate[] =>
    meant[i] ? [{ raw, origin: reproduced.kept[i]!.origin }] : [],
  )
  const mutants = await mutantsOf(recorder, assembled, reproduced)
  const rounds = async (all: readonly Candidate[]): Promise<Judged> => {
    const stable = await judged(recorder, assembled, all, leastRounds)
    const lost = recorded.length - stable.kept.filter(({ origin }) => origin !== 'mutated').length
    return { ...stable, notReproduced: reproduced.notReproduced, unstable: lost }
  }
  try {
    return await rounds([...recorded, ...mutants])
  } catch (error) {
    if (!(error instanceof ReplayBroken) || mutants.length === 0) throw error
    return rounds(recorded)
  }
}

const recordTests = async (recorder: Recorder, scope: Scope): Promise<Assembled> => {
  recorder.options.onProgress?.('the tests run on an instrumented copy')
  return await recordAll(recorder, scope)
}

const recordExploration = async ({ workbench, base, options, notCovered }: Recorder, scope: Scope) => {
  const explored = await explore(workbench, base, scope, options)
  for (const [module, reason] of explored.failed) if (!explored.modules.includes(module)) notCovered.set(module, reason)
  return explored
}

/**
 * Records how the project's own tests use the modules of the scope, replays that three times on the untouched code
 * in fresh processes, and keeps what is stable. Neither the base nor its tests notice. Where there are no tests, calls
 * are made up from the code.
 */
export const recordSessions = async (
  workbench: Workbench,
  base: string,
  checks: Checks,
  scope: Scope,
  options: RecordOptions = {},
): Promise<SessionSet> => {
  const baseline = options.baseline ?? (await runBaseline(workbench, base, checks, { ...options }))
  const passing = baseline.leaves.flatMap((leaf) =>
    leaf.tests.filter(({ status }) => status === 'pass').map(({ id }) => id),
  )
  const recorder: Recorder = {
    workbench,
    base,
    checks,
    options,
    passing: new Set(passing),
    notCovered: new Map(),
    startedAt: performance.now(),
    runs: 0,
  }
  const isTested = checks.leaves.some(({ kind }) => kind === 'test')
  const assembled = isTested ? await recordTests(recorder, scope) : await recordExploration(recorder, scope)
  const origin = isTested ? 'recorded' : 'exercised'
  const limit = options.maxSessions ?? 2_000
  const candidates = spread(assembled.sessions, limit)
  let kept = nothing
  try {
    kept = await judgeAll(
      recorder,
      assembled,
      candidates.map((raw): Candidate => ({ raw, origin })),
    )
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    for (const module of assembled.modules)
      recorder.notCovered.set(module, `replay failed: ${error.message.split('\n')[0]}`)
  }
  const sessionsOf = (module: string): number => kept.kept.filter((session) => session.modules.includes(module)).length
  const covered = assembled.modules
    .map((module) => ({ module, sessions: sessionsOf(module) }))
    .filter(({ sessions }) => sessions > 0)
  for (const module of assembled.modules) {
    if (recorder.notCovered.has(module) || covered.some((each) => each.module === module)) continue
    recorder.notCovered.set(
      module,
      isTested
        ? 'no session of it could be reproduced, or its tests use it through other modules only'
        : 'there are no tests, and no call that was made up for it gave the same every time',
    )
  }
  return {
    version: 1,
    modules: assembled.modules,
    sessions: kept.kept,
    counts: {
      calls: assembled.calls,
      recorded: assembled.sessions.length,
      duplicates: assembled.duplicates,
      tooLarge: assembled.tooLarge,
      undriven: assembled.undriven,
      overLimit: assembled.sessions.length - candidates.length,
      notReproduced: kept.notReproduced,
      unstable: kept.unstable,
      mutated: kept.kept.filter(({ origin }) => origin === 'mutated').length,
      kept: kept.kept.length,
    },
    covered,
    notCovered: [...recorder.notCovered].map(([module, reason]) => ({ module, reason })),
  }
}

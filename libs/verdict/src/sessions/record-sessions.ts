import { runBaseline } from '../baseline/run-baseline.ts'
import { defaultLimits, runLeaf } from '../baseline/run-leaf.ts'
import type { BaselineReport, Checks, LeafLimits, Scope, Session, SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { moduleShape } from './export-names.ts'
import { instrument, isModule, NotInstrumentable, type Technique } from './instrument.ts'
import { judgeSessions, type Candidate, type Judged } from './judge-sessions.ts'
import { mutateSessions } from './mutate-sessions.ts'
import { assembleSessions, type Assembled } from './records.ts'
import { defaultReplayLimits, ReplayBroken } from './replay-batch.ts'
import { runtimeFiles, runtimeFolder } from './runtime-files.ts'
import { sourceWords } from './source-words.ts'

export interface RecordOptions {
  /** The green baseline; it is run here when absent. */
  readonly baseline?: BaselineReport
  readonly limits?: Partial<LeafLimits>
  /** Characters of one input; 65,536 unless told. */
  readonly maxInput?: number
  /** Recorded sessions that are replayed, evenly chosen; 2,000 unless told. */
  readonly maxSessions?: number
  /** Neighbours of recorded sessions that are tried besides; 1,000 unless told, 0 for none. */
  readonly mutations?: number
  /** Chooses the neighbours; 1 unless told. */
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
}

const dir = 'verdict-record'
/** Runs of the project's tests that may be spent on finding a module whose recording is noticed. */
const maxRuns = 12

interface Recording {
  readonly texts: readonly string[]
  readonly red: boolean
}

interface Recorder {
  readonly workbench: Workbench
  readonly base: string
  readonly checks: Checks
  readonly options: RecordOptions
  readonly passing: ReadonlySet<string>
  readonly notCovered: Map<string, string>
  runs: number
}

const decode = (content: Uint8Array): string => Buffer.from(content).toString('utf8')

/** `plain` leaves functions among the arguments as they are: some packages print their source. */
type Mode = 'with-callbacks' | 'plain'

/** The tests run once, on an instrumented copy of the base. */
const record = async (
  recorder: Recorder,
  modules: readonly string[],
  technique: Technique,
  mode: Mode,
): Promise<Recording> => {
  const { workbench, options, checks } = recorder
  recorder.runs++
  await workbench.fork(recorder.base, dir)
  try {
    const settings = { record: true, callbacks: mode === 'with-callbacks', maxInput: options.maxInput ?? 65_536 }
    const files = new Map<string, Uint8Array>([
      ...runtimeFiles(),
      [`${runtimeFolder}/settings.json`, Buffer.from(JSON.stringify(settings))],
      [`${runtimeFolder}/records/.keep`, Buffer.from('')],
    ])
    for (const module of modules) {
      const source = await workbench.read(dir, module)
      if (source === undefined) continue
      for (const [path, content] of instrument(module, decode(source), technique).files) files.set(path, content)
    }
    await workbench.write(dir, files)
    let red = false
    for (const leaf of checks.leaves) {
      if (leaf.kind !== 'build' && leaf.kind !== 'test') continue
      const signal = options.signal === undefined ? {} : { signal: options.signal }
      const report = await runLeaf(workbench, dir, leaf, { ...defaultLimits, ...options.limits }, signal)
      const passed = new Set(report.tests.filter((test) => test.status === 'pass').map((test) => test.id))
      const failed = report.tests.some((test) => test.status === 'fail' && recorder.passing.has(test.id))
      red = failed || (report.status !== 'pass' && ![...passed].some((id) => recorder.passing.has(id)))
      if (red) break
    }
    const records = (await workbench.list(dir)).filter(
      (path) => path.endsWith('.ndjson') && path.startsWith(runtimeFolder),
    )
    const texts = await Promise.all(
      records.map(async (path) => decode((await workbench.read(dir, path)) ?? new Uint8Array())),
    )
    return { texts, red }
  } finally {
    await workbench.remove(dir)
  }
}

/** Records what stays green; a module whose recording the tests notice is dropped, found by halving. */
const recordGreen = async (recorder: Recorder, modules: readonly string[], technique: Technique): Promise<string[]> => {
  if (modules.length === 0) return []
  if (recorder.runs >= maxRuns) {
    for (const module of modules)
      recorder.notCovered.set(module, 'the tests notice the recording of some module; the search for it was cut')
    return []
  }
  const disturbed: string[] = []
  for (const mode of ['with-callbacks', 'plain'] as const) {
    const recording = await record(recorder, modules, technique, mode)
    // what the disturbed run saw is judged by the replays like everything else
    if (!recording.red) return [...recording.texts, ...disturbed]
    disturbed.push(...recording.texts)
  }
  if (modules.length === 1) {
    recorder.notCovered.set(modules[0]!, 'its tests turn red when it is recorded')
    return []
  }
  const middle = Math.ceil(modules.length / 2)
  const halves = [modules.slice(0, middle), modules.slice(middle)]
  const texts: string[] = []
  for (const half of halves) texts.push(...(await recordGreen(recorder, half, technique)))
  return texts
}

/** Which modules of the scope can be instrumented, and in which order the two techniques are worth trying. */
const plan = async (recorder: Recorder, scope: Scope) => {
  const { workbench, base, checks } = recorder
  const present = new Set(await workbench.list(base))
  const modules: string[] = []
  let esm = false
  for (const module of scope.files.filter((file) => isModule(file) && present.has(file))) {
    const text = decode((await workbench.read(base, module))!)
    try {
      instrument(module, text, 'facade')
      modules.push(module)
      esm ||= moduleShape(module, text).esm
    } catch (error) {
      if (!(error instanceof NotInstrumentable)) throw error
      recorder.notCovered.set(module, error.message)
    }
  }
  const compiled = checks.leaves.some(
    ({ kind, runner, command }) =>
      kind === 'test' && (runner === 'jest' || /ts-node|ts-mocha|babel|swc|sucrase/.test(command)),
  )
  const techniques: Technique[] = !esm ? ['append'] : compiled ? ['append', 'facade'] : ['facade', 'append']
  return { modules, techniques }
}

const recordAll = async (recorder: Recorder, scope: Scope): Promise<Assembled> => {
  const { modules, techniques } = await plan(recorder, scope)
  let assembled = assembleSessions([])
  for (const technique of techniques) {
    recorder.runs = 0
    const dropped = new Set(recorder.notCovered.keys())
    assembled = assembleSessions(await recordGreen(recorder, modules, technique))
    if (assembled.calls > 0 || technique === techniques.at(-1)) break
    for (const module of modules) if (!dropped.has(module)) recorder.notCovered.delete(module)
  }
  for (const { module, reason } of assembled.broken) recorder.notCovered.set(module, `recording failed: ${reason}`)
  for (const module of modules) {
    if (recorder.notCovered.has(module) || assembled.modules.includes(module)) continue
    recorder.notCovered.set(module, 'no test loads it')
  }
  return assembled
}

/** At most `limit` of the list, evenly spaced and in order: the last tests count as much as the first. */
const spread = <Item>(list: readonly Item[], limit: number): readonly Item[] =>
  list.length <= limit ? list : Array.from({ length: limit }, (_, i) => list[Math.floor((i * list.length) / limit)]!)

const nothing: Judged = { kept: [], raws: [], notReproduced: 0, unstable: 0 }

const judged = async (
  recorder: Recorder,
  assembled: Assembled,
  candidates: readonly Candidate[],
  rounds: number,
): Promise<Judged> => {
  const { workbench, base, options } = recorder
  const limits = { ...defaultReplayLimits, ...(options.signal === undefined ? {} : { signal: options.signal }) }
  return judgeSessions(workbench, base, assembled.modules, candidates, { rounds, limits }, options.onProgress)
}

/** Every kept session gave the same in at least so many fresh processes. */
const leastRounds = 3

/** What touches files or the process is not tried with other arguments. */
const isHarmless = (session: Session): boolean => !session.expected.some((text) => /^(fs|process)\./m.test(text))

const mutantsOf = async (recorder: Recorder, assembled: Assembled, reproduced: Judged): Promise<Candidate[]> => {
  const { workbench, base, options } = recorder
  const texts = new Map<string, string>()
  for (const module of assembled.modules) {
    const content = await workbench.read(base, module)
    if (content !== undefined) texts.set(module, decode(content))
  }
  const sources = reproduced.raws.filter((_, i) => isHarmless(reproduced.kept[i]!))
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
  const recorded = reproduced.raws.map((raw): Candidate => ({ raw, origin: 'recorded' }))
  const mutants = await mutantsOf(recorder, assembled, reproduced)
  const rounds = async (all: readonly Candidate[]): Promise<Judged> => {
    const stable = await judged(recorder, assembled, all, leastRounds)
    const lost = recorded.length - stable.kept.filter(({ origin }) => origin === 'recorded').length
    return { ...stable, notReproduced: reproduced.notReproduced, unstable: lost }
  }
  try {
    return await rounds([...recorded, ...mutants])
  } catch (error) {
    if (!(error instanceof ReplayBroken) || mutants.length === 0) throw error
    return rounds(recorded)
  }
}

/**
 * Records how the project's own tests use the modules of the scope, replays that three times on the untouched code
 * in fresh processes, and keeps what is stable. Neither the base nor its tests notice.
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
    runs: 0,
  }
  options.onProgress?.('the tests run on an instrumented copy')
  const assembled = await recordAll(recorder, scope)
  const limit = options.maxSessions ?? 2_000
  const candidates = spread(assembled.sessions, limit)
  let kept = nothing
  try {
    kept = await judgeAll(
      recorder,
      assembled,
      candidates.map((raw): Candidate => ({ raw, origin: 'recorded' })),
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
      'no session of it could be reproduced, or its tests use it through other modules only',
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

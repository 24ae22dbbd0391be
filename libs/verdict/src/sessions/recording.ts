import { defaultLimits, runLeaf } from '../baseline/run-leaf.ts'
import type { BaselineReport, Checks, LeafLimits, Scope } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { moduleShape } from './export-names.ts'
import { decode, instrumentTree, readRecords, type Mode } from './instrument-tree.ts'
import { instrument, isModule, NotInstrumentable, type Technique } from './instrument.ts'
import { assembleSessions, type Assembled } from './records.ts'

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
/** Time that may be spent on it, milliseconds: generating tests has ten minutes in all. */
const maxRecordingMs = 300_000

interface Recording {
  readonly texts: readonly string[]
  readonly red: boolean
}

/** One recording job, as its steps share it. */
export interface Recorder {
  readonly workbench: Workbench
  readonly base: string
  readonly checks: Checks
  readonly options: RecordOptions
  readonly passing: ReadonlySet<string>
  readonly notCovered: Map<string, string>
  /** Of the monotonic clock. */
  readonly startedAt: number
  runs: number
}

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
    const built = checks.leaves.some(({ kind }) => kind === 'build')
    await instrumentTree(workbench, dir, modules, { technique, mode, built, maxInput: options.maxInput })
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
    return { texts: await readRecords(workbench, dir), red }
  } finally {
    await workbench.remove(dir)
  }
}

/** Records what stays green; a module whose recording the tests notice is dropped, found by halving. */
const recordGreen = async (recorder: Recorder, modules: readonly string[], technique: Technique): Promise<string[]> => {
  if (modules.length === 0) return []
  if (recorder.runs >= maxRuns || (recorder.runs > 0 && performance.now() - recorder.startedAt > maxRecordingMs)) {
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

/** Which modules of the scope can be instrumented, whether there are ES modules among them, and why others cannot. */
export const recordable = async (workbench: Workbench, base: string, scope: Scope) => {
  const present = new Set(await workbench.list(base))
  const modules: string[] = []
  const refused = new Map<string, string>()
  let esm = false
  for (const module of scope.files.filter((file) => isModule(file) && present.has(file))) {
    const text = decode((await workbench.read(base, module))!)
    try {
      instrument(module, text, 'facade')
      modules.push(module)
      esm ||= moduleShape(module, text).esm
    } catch (error) {
      if (!(error instanceof NotInstrumentable)) throw error
      refused.set(module, error.message)
    }
  }
  return { modules, esm, refused }
}

/** What can be recorded, and in which order the two techniques are worth trying. */
const plan = async (recorder: Recorder, scope: Scope) => {
  const { checks } = recorder
  const { modules, esm, refused } = await recordable(recorder.workbench, recorder.base, scope)
  for (const [module, reason] of refused) recorder.notCovered.set(module, reason)
  const compiled = checks.leaves.some(
    ({ kind, runner, command }) =>
      kind === 'test' && (runner === 'jest' || /ts-node|ts-mocha|babel|swc|sucrase/.test(command)),
  )
  const techniques: Technique[] = !esm ? ['append'] : compiled ? ['append', 'facade'] : ['facade', 'append']
  return { modules, techniques }
}

/** The project's tests run on an instrumented copy; what they did with the modules of the scope comes back. */
export const recordAll = async (recorder: Recorder, scope: Scope): Promise<Assembled> => {
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

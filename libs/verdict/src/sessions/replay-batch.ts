import type { Workbench } from '../workbench.ts'
import type { Session, Step } from '../types.ts'
import { programFiles, runtimeFolder } from './runtime-files.ts'

/** What one step did in a replay. */
export interface ReplayedStep {
  /** The canonical text that is compared. */
  readonly out: string
  /** The outcome with the engine's own wording, where that differs from `out`; compared with the recording. */
  readonly plain?: string
  /** The wording of engine errors. */
  readonly engine?: readonly (string | null)[]
}

export interface ReplayedSession {
  readonly steps: readonly ReplayedStep[]
}

export type Replayable = Pick<Session, 'callbacks' | 'promises' | 'async'> & {
  readonly steps: readonly Omit<Step, 'label'>[]
}

export interface ReplayLimits {
  readonly itemMs: number
  readonly totalMs: number
  /** Sessions that may hang or end the process before the rest is given up. */
  readonly crashes: number
  /** What a promise or a late callback is waited for, milliseconds; the replay's own unless told. */
  readonly patience?: { readonly pendingMs: number; readonly lateMs: number }
  readonly signal?: AbortSignal
}

export const defaultReplayLimits: ReplayLimits = { itemMs: 3_000, totalMs: 300_000, crashes: 12 }

/** The replaying process itself failed; nothing can be said about the sessions. */
export class ReplayBroken extends Error {}

type ResultLine = { i: number; outcomes?: ReplayedStep[]; crashed?: string } | { broken: string }

const readLine = <Line>(line: string): Line => {
  try {
    return JSON.parse(line) as Line
  } catch {
    throw new ReplayBroken(`a line that nobody can read: ${line.slice(0, 200)}`)
  }
}

/**
 * Runs `replay.cjs` over a batch in a fresh process of `dir` (which gains the runtime's folder) and gives the lines
 * that it wrote. An item that hangs or ends the process costs itself only.
 * @throws ReplayBroken when nothing was written, or what nobody can read
 */
export const runReplay = async <Line>(
  workbench: Workbench,
  dir: string,
  batch: object,
  limits: ReplayLimits,
): Promise<Line[]> => {
  const input = `${runtimeFolder}/batch.json`
  const output = `${runtimeFolder}/results.ndjson`
  await workbench.write(
    dir,
    new Map([...programFiles('replay'), [input, Buffer.from(JSON.stringify(batch))], [output, null]]),
  )
  const run = await workbench.run({
    dir,
    argv: [
      'node',
      `${runtimeFolder}/driver.cjs`,
      `${runtimeFolder}/replay.cjs`,
      input,
      output,
      String(limits.itemMs),
      String(limits.crashes),
    ],
    env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_OPTIONS: '--no-warnings' },
    timeoutMs: limits.totalMs,
    maxOutputBytes: 64 * 1024,
    ...(limits.signal === undefined ? {} : { signal: limits.signal }),
  })
  const text = await workbench.read(dir, output)
  const lines = Buffer.from(text ?? [])
    .toString('utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => readLine<Line>(line))
  if (lines.length === 0) throw new ReplayBroken(run.timedOut ? 'the replay took too long' : run.stderr.slice(0, 2_000))
  return lines
}

/** What the process needs of a session. */
export const toReplay = ({ steps, callbacks, promises, async }: Replayable): Replayable => ({
  steps,
  callbacks,
  ...(promises === undefined ? {} : { promises }),
  async,
})

/**
 * Replays sessions one after the other in one fresh process of `dir`.
 * A session that hangs or ends the process is told as such and the others go on.
 * @throws ReplayBroken when the process cannot start or dies outside of any session, or somebody else wrote results, too
 */
export const replayBatch = async (
  workbench: Workbench,
  dir: string,
  modules: readonly string[],
  sessions: readonly Replayable[],
  limits: ReplayLimits = defaultReplayLimits,
): Promise<ReplayedSession[]> => {
  if (sessions.length === 0) return []
  const batch = { modules, sessions: sessions.map(toReplay), ...limits.patience }
  const lines = await runReplay<ResultLine>(workbench, dir, batch, limits)
  const results: ReplayedSession[] = sessions.map(() => ({ steps: [{ out: 'not replayed' }] }))
  const told = new Set<number>()
  for (const line of lines) {
    // what was given up stays 'not replayed'
    if ('broken' in line && line.broken === 'too many crashes') continue
    if ('broken' in line) throw new ReplayBroken(line.broken)
    // each is told once, by who replays: a second time somebody else has written
    if (told.has(line.i)) throw new ReplayBroken(`session ${line.i} was told twice`)
    told.add(line.i)
    results[line.i] = { steps: line.outcomes ?? [{ out: line.crashed ?? 'not replayed' }] }
  }
  return results
}

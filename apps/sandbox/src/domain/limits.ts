/** The bounds of one command inside a sandbox. Every bound ends the whole command, never a part of it. */
export interface SandboxLimits {
  /** Elapsed time, milliseconds. */
  readonly wallClockMs: number
  /** Processor time of any one process, seconds. */
  readonly cpuSeconds: number
  /** Memory of all processes together, shared memory and tmpfs included, bytes. */
  readonly memoryBytes: number
  /** Processes and threads together. */
  readonly processes: number
  /** Largest single file, bytes. */
  readonly fileBytes: number
  /** Standard output and standard error together, bytes. */
  readonly outputBytes: number
  /** Everything the session keeps on disk, bytes. */
  readonly diskBytes: number
  /** Files and folders the session keeps on disk. */
  readonly diskEntries: number
  /** Each of /tmp, the home folder and /dev/shm, bytes. */
  readonly scratchBytes: number
}

const MIB = 1024 * 1024

/** Enough for the test suite of an ordinary package; a deployment may set its own. */
export const DEFAULT_LIMITS: SandboxLimits = {
  wallClockMs: 300_000,
  cpuSeconds: 600,
  memoryBytes: 2048 * MIB,
  processes: 512,
  fileBytes: 256 * MIB,
  outputBytes: 16 * MIB,
  diskBytes: 2048 * MIB,
  diskEntries: 400_000,
  scratchBytes: 256 * MIB,
}

/** Limits that end a command. Too large a file, and usually one process too many, only fail the call that makes them. */
export type LimitName = 'WALL_CLOCK' | 'CPU' | 'MEMORY' | 'PROCESSES' | 'OUTPUT' | 'DISK'

/** The wished-for limits, none above what the session was given. */
export const tighten = (given: SandboxLimits, wished: Partial<SandboxLimits> = {}): SandboxLimits => {
  const tightened = { ...given }
  for (const key of Object.keys(given) as (keyof SandboxLimits)[]) {
    const wish = wished[key]
    if (wish !== undefined && wish > 0) tightened[key as never] = Math.min(given[key], wish) as never
  }
  return tightened
}

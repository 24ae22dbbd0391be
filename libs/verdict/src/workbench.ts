/** What a command left behind. */
export interface RunResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** The wall-clock limit was reached and the whole process tree was killed. */
  readonly timedOut: boolean
  /** More was printed than `maxOutputBytes`; the rest was thrown away, the command went on. */
  readonly outputTruncated: boolean
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
  /** The command tried to open a connection and the sandbox refused; absent when the workbench cannot tell. */
  readonly refusedNetwork?: boolean
  /** Which limit ended the command and how it is raised, in words; absent when none did or the workbench cannot tell. */
  readonly stopped?: string
}

export interface RunCommand {
  /** A directory of the workbench; the command starts in it. */
  readonly dir: string
  /**
   * Run without a shell. The first word is found on a PATH that starts with `node_modules/.bin` of `dir`,
   * as under `npm run`; `node` and `sh` are always there.
   */
  readonly argv: readonly string[]
  /** Added to the sandbox's own few variables; nothing of the host's environment is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Wall clock, milliseconds. */
  readonly timeoutMs: number
  /** Of stdout and of stderr, each, bytes. */
  readonly maxOutputBytes: number
  readonly signal?: AbortSignal
}

/**
 * A sandbox session seen from the verdict: directories side by side, commands without a network.
 * Directory names are plain words (`base`, `patched`, `verdict-base`); paths are POSIX and relative to the directory.
 */
export interface Workbench {
  /** A full copy of a directory, dependencies included (cheap: node_modules shared). `base` always exists. */
  fork(from: string, to: string): Promise<void>
  /** Writes, or deletes where the content is null; parent folders are made. */
  write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void>
  /** Undefined when there is no such file; files under node_modules can be read too. */
  read(dir: string, path: string): Promise<Uint8Array | undefined>
  /** Regular files in code-unit order; node_modules and .git excluded. */
  list(dir: string): Promise<string[]>
  run(command: RunCommand): Promise<RunResult>
  /** Harmless when the directory is not there. */
  remove(dir: string): Promise<void>
}

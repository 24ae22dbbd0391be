import type { RunCommand, RunResult, Workbench } from '@iama/verdict'
import type { ExecOutcome, SandboxRuntime, TreeEntry, UploadEntry } from '../application/ports.ts'
import { parseTreeName, parseTreePath, type TreePath } from '../domain/paths.ts'

/** 128 + n is how a shell, and bubblewrap, report that signal n ended a command. */
const SIGNALS: Readonly<Record<number, string>> = {
  130: 'SIGINT',
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
  152: 'SIGXCPU',
}

/** What ended a command, in words for the person whose command it was; limits with the setting that raises them. */
const REASONS: Readonly<Record<NonNullable<ExecOutcome['stoppedBy']>, string>> = {
  WALL_CLOCK: 'the time limit was reached; name a quicker command, or have SANDBOX_SECONDS raised',
  CPU: 'the limit of processor time was reached; have SANDBOX_CPU_SECONDS raised',
  MEMORY: 'the memory limit was reached; have SANDBOX_MEMORY_MEGABYTES raised',
  PROCESSES: 'it started too many processes; have SANDBOX_PROCESSES raised',
  OUTPUT: 'the limit of output was reached; make it print less, or have SANDBOX_OUTPUT_MEGABYTES raised',
  DISK: 'its disk is full; have it write less, or have SANDBOX_DISK_MEGABYTES or SANDBOX_DISK_FILES raised',
  CANCELLED: 'it was cancelled',
}

/** What Node and most programs print when the namespace has no route to where they want to go. */
const NO_NETWORK = /\b(ENETUNREACH|EAI_AGAIN|ENOTFOUND|Network is unreachable|Temporary failure in name resolution)\b/

const IN_DEPENDENCIES = /(^|\/)node_modules\//

/** Keeps the beginning of a stream, and whether there was more. */
class Head {
  readonly #limit: number
  readonly #chunks: Uint8Array[] = []
  #bytes = 0
  truncated = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(data: Uint8Array): void {
    const room = this.#limit - this.#bytes
    if (data.length > room) this.truncated = true
    if (room <= 0) return
    this.#chunks.push(data.subarray(0, room))
    this.#bytes += Math.min(room, data.length)
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

const only = async (entries: AsyncGenerator<TreeEntry, void, undefined>): Promise<TreeEntry | undefined> => {
  for await (const entry of entries) return entry
  return undefined
}

const toResult = (outcome: ExecOutcome, stdout: Head, stderr: Head): RunResult => {
  const { exitCode, stoppedBy, durationMs } = outcome
  const signal = stoppedBy === null ? (SIGNALS[exitCode ?? 0] ?? null) : 'SIGKILL'
  const stopped = stoppedBy === null ? undefined : `stopped by the sandbox: ${REASONS[stoppedBy]}`
  const output = { stdout: stdout.toString(), stderr: [stderr.toString(), stopped ?? ''].join(stopped ? '\n' : '') }
  return {
    exitCode: signal === null ? exitCode : null,
    signal,
    timedOut: stoppedBy === 'WALL_CLOCK',
    outputTruncated: stdout.truncated || stderr.truncated || stoppedBy === 'OUTPUT',
    ...output,
    durationMs,
    ...(stopped === undefined ? {} : { stopped }),
    refusedNetwork: NO_NETWORK.test(output.stdout) || NO_NETWORK.test(output.stderr),
  }
}

/** The trees of one sandbox as the verdict sees them. Whichever tree a command runs in, it sees the same paths. */
export class BubblewrapWorkbench implements Workbench {
  readonly #runtime: SandboxRuntime
  readonly #sandboxId: string

  constructor(runtime: SandboxRuntime, sandboxId: string) {
    this.#runtime = runtime
    this.#sandboxId = sandboxId
  }

  async fork(from: string, to: string): Promise<void> {
    await this.#runtime.copyTree(this.#sandboxId, parseTreeName(from), parseTreeName(to))
  }

  async write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
    const tree = parseTreeName(dir)
    const removed = [...files].filter(([, content]) => content === null).map(([path]) => parseTreePath(path))
    await this.#runtime.removePaths(this.#sandboxId, tree, removed)
    await this.#runtime.upload(this.#sandboxId, tree, this.#entries(dir, files))
  }

  async read(dir: string, path: string): Promise<Uint8Array | undefined> {
    const name = parseTreePath(path)
    const entry =
      (await this.#readEntry(dir, name)) ??
      (IN_DEPENDENCIES.test(path) ? await only(this.#runtime.downloadDependency(this.#sandboxId, name)) : undefined)
    return entry?.kind === 'file' ? entry.content : undefined
  }

  async list(dir: string): Promise<string[]> {
    return await this.#runtime.list(this.#sandboxId, parseTreeName(dir))
  }

  async run(command: RunCommand): Promise<RunResult> {
    const stdout = new Head(command.maxOutputBytes)
    const stderr = new Head(command.maxOutputBytes)
    const spec = {
      tree: parseTreeName(command.dir),
      argv: command.argv,
      ...(command.env ? { env: command.env } : {}),
      limits: { wallClockMs: command.timeoutMs },
    }
    for await (const event of this.#runtime.exec(this.#sandboxId, spec, command.signal)) {
      if (event.type === 'exit') {
        if (event.outcome.stoppedBy === 'CANCELLED') command.signal?.throwIfAborted()
        return toResult(event.outcome, stdout, stderr)
      }
      ;(event.type === 'stdout' ? stdout : stderr).add(event.data)
    }
    throw new Error('the command ended without an outcome')
  }

  async remove(dir: string): Promise<void> {
    await this.#runtime.removeTree(this.#sandboxId, parseTreeName(dir))
  }

  /** A file that is written again keeps its executable bit. */
  async *#entries(dir: string, files: ReadonlyMap<string, Uint8Array | null>): AsyncGenerator<UploadEntry> {
    for (const [name, content] of files) {
      if (content === null) continue
      const path = parseTreePath(name)
      const before = await this.#readEntry(dir, path)
      yield { kind: 'file', path, content, executable: before?.executable ?? false }
    }
  }

  async #readEntry(dir: string, path: TreePath): Promise<TreeEntry | undefined> {
    return await only(this.#runtime.download(this.#sandboxId, parseTreeName(dir), [path]))
  }
}

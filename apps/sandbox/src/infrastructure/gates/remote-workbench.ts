import type { RunCommand, RunResult, Workbench } from '@iama/verdict'
import type { CallName, FromWorker, SandboxCalls, ToWorker, WholeFile } from './protocol.ts'
import { fromSentError } from './sent-error.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The sandbox as a worker sees it: every call goes to the service, which holds the runtime. */
export class RemoteWorkbench implements Workbench {
  readonly #send: (message: FromWorker) => void
  /** Contents of directories that nothing has changed since they were listed. */
  readonly #known = new Map<string, Map<string, Uint8Array>>()
  /** Directories that a command ran in: what it left there may be more than anybody wants to read. */
  readonly #ranIn = new Set<string>()
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(send: (message: FromWorker) => void) {
    this.#send = send
  }

  /** Another order may be about another sandbox. */
  forget(): void {
    this.#known.clear()
    this.#ranIn.clear()
    this.#waiting.clear()
  }

  /** Takes the service's answers. */
  receive(message: Exclude<ToWorker, { type: 'order' }>): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'answer') waiting?.resolve(message.value)
    else waiting?.reject(fromSentError(message.error))
  }

  async fork(from: string, to: string): Promise<void> {
    this.#known.delete(to)
    await this.#call('fork', [from, to])
    if (this.#ranIn.has(from)) this.#ranIn.add(to)
    else this.#ranIn.delete(to)
    const files = this.#known.get(from)
    if (files) this.#known.set(to, new Map(files))
  }

  async write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
    this.#known.delete(dir)
    await this.#call('write', [dir, files])
  }

  /** Files of a listed directory are known until something could have changed them. */
  async read(dir: string, path: string): Promise<Uint8Array | undefined> {
    return this.#known.get(dir)?.get(path) ?? (await this.#call('read', [dir, path]))
  }

  async list(dir: string): Promise<string[]> {
    const known = this.#known.get(dir)
    if (known) return [...known.keys()].sort()
    if (this.#ranIn.has(dir)) return await this.#call('list', [dir])
    // whoever lists a directory goes on to read its files: one call brings them all
    const files = new Map((await this.tree(dir)).map(({ path, content }) => [path, content]))
    this.#known.set(dir, files)
    return [...files.keys()].sort()
  }

  async run({ signal, ...command }: RunCommand): Promise<RunResult> {
    this.#known.delete(command.dir)
    this.#ranIn.add(command.dir)
    return await this.#call('run', [command], signal).finally(() => this.#known.delete(command.dir))
  }

  async remove(dir: string): Promise<void> {
    this.#known.delete(dir)
    await this.#call('remove', [dir])
  }

  tree(dir: string): Promise<WholeFile[]> {
    return this.#call('tree', [dir])
  }

  async put(dir: string, files: readonly WholeFile[]): Promise<void> {
    this.#known.delete(dir)
    await this.#call('put', [dir, files])
  }

  async #call<Name extends CallName>(
    name: Name,
    args: Parameters<SandboxCalls[Name]>,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<SandboxCalls[Name]>>> {
    signal?.throwIfAborted()
    const id = ++this.#last
    const cancel = () => this.#send({ type: 'cancel', id })
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return await new Promise<Awaited<ReturnType<SandboxCalls[Name]>>>((resolve, reject) => {
        this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
        this.#send({ type: 'call', id, name, args })
      })
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }
}

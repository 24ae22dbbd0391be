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
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(send: (message: FromWorker) => void) {
    this.#send = send
  }

  /** Takes the service's answers. */
  receive(message: Exclude<ToWorker, { type: 'order' }>): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'answer') waiting?.resolve(message.value)
    else waiting?.reject(fromSentError(message.error))
  }

  fork(from: string, to: string): Promise<void> {
    return this.#call('fork', [from, to])
  }

  write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
    return this.#call('write', [dir, files])
  }

  read(dir: string, path: string): Promise<Uint8Array | undefined> {
    return this.#call('read', [dir, path])
  }

  list(dir: string): Promise<string[]> {
    return this.#call('list', [dir])
  }

  run({ signal, ...command }: RunCommand): Promise<RunResult> {
    return this.#call('run', [command], signal)
  }

  remove(dir: string): Promise<void> {
    return this.#call('remove', [dir])
  }

  tree(dir: string): Promise<WholeFile[]> {
    return this.#call('tree', [dir])
  }

  put(dir: string, files: readonly WholeFile[]): Promise<void> {
    return this.#call('put', [dir, files])
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

import { DomainError } from '@iama/kernel'
import type { ChildProcess } from 'node:child_process'
import type { Listener } from '../../application/ports.ts'
import type { Answers, FromWorker, Order, SandboxCalls, ToWorker } from './protocol.ts'
import { fromSentError, toSentError } from './sent-error.ts'

/** A worker ended without an answer: out of memory, killed at its deadline, or broken. */
export class GateWorkerFailed extends DomainError {
  readonly code = 'GATE_WORKER_FAILED'
}

const COMPLAINT_BYTES = 4_000

/** One order's talk with its worker. */
export class Conversation {
  readonly #worker: ChildProcess
  readonly #calls: SandboxCalls
  readonly #listener: Listener
  readonly #running = new Map<number, AbortController>()
  #complaint = ''

  constructor(worker: ChildProcess, calls: SandboxCalls, listener: Listener) {
    this.#worker = worker
    this.#calls = calls
    this.#listener = listener
  }

  /** Leaves nothing of itself at the worker, which may be given another order. */
  async result(order: Order): Promise<Answers[keyof Answers]> {
    const over = new AbortController()
    try {
      return await new Promise((resolve, reject) => {
        const hearing = new Map<string, (...args: never[]) => void>([
          ['error', reject],
          ['close', (code: number | null, signal: string | null) => reject(this.#ended(signal ?? code))],
          ['message', (message: FromWorker) => this.#hear(message, resolve, reject)],
        ])
        for (const [event, listener] of hearing) this.#worker.on(event, listener as () => void)
        const complain = (chunk: Buffer) =>
          (this.#complaint = (this.#complaint + chunk.toString()).slice(-COMPLAINT_BYTES))
        this.#worker.stderr?.on('data', complain)
        over.signal.addEventListener('abort', () => {
          for (const [event, listener] of hearing) this.#worker.off(event, listener as () => void)
          this.#worker.stderr?.off('data', complain)
        })
        this.#tell({ type: 'order', order })
      })
    } finally {
      over.abort()
    }
  }

  #ended(how: string | number | null): GateWorkerFailed {
    const why = /heap out of memory/.test(this.#complaint) ? 'it needed more memory than it may have' : `with ${how}`
    const failure = new GateWorkerFailed(`the analysis of the code ended without a result: ${why}; narrow the scope`)
    return Object.assign(failure, { cause: new Error(this.#complaint) })
  }

  #hear(message: FromWorker, resolve: (result: Answers[keyof Answers]) => void, reject: (error: Error) => void): void {
    switch (message.type) {
      case 'done':
        return resolve(message.result)
      case 'failed':
        return reject(fromSentError(message.error))
      case 'progress':
        return this.#listener.progress(message.progress)
      case 'gate':
        return this.#listener.gate(message.gate)
      case 'cancel':
        return this.#running.get(message.id)?.abort()
      case 'call':
        return void this.#answer(message)
    }
  }

  async #answer({ id, name, args }: Extract<FromWorker, { type: 'call' }>): Promise<void> {
    const abort = new AbortController()
    this.#running.set(id, abort)
    try {
      const call = this.#calls[name] as (...args: unknown[]) => Promise<unknown>
      const given = name === 'run' ? [{ ...(args[0] as object), signal: abort.signal }] : args
      this.#tell({ type: 'answer', id, value: await call(...given) })
    } catch (error) {
      this.#tell({ type: 'refusal', id, error: toSentError(error) })
    } finally {
      this.#running.delete(id)
    }
  }

  #tell(message: ToWorker): void {
    // a worker that is gone has already been noticed
    if (this.#worker.connected) this.#worker.send(message, () => {})
  }
}

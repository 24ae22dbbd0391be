import type { ChildProcess } from 'node:child_process'
import type { Listener } from '../../application/ports.ts'
import type { Answers, FromWorker, Order, SandboxCalls, ToWorker } from './protocol.ts'
import { fromSentError, toSentError } from './sent-error.ts'

/** A worker ended without an answer: out of memory, killed at its deadline, or broken. */
export class GateWorkerFailed extends Error {}

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
    worker.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-COMPLAINT_BYTES)
    })
  }

  result(order: Order): Promise<Answers[keyof Answers]> {
    return new Promise((resolve, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('close', (code, signal) =>
        reject(new GateWorkerFailed(`the gate worker ended with ${signal ?? code}: ${this.#complaint.trim()}`)),
      )
      this.#worker.on('message', (message: FromWorker) => {
        if (message.type === 'done') resolve(message.result)
        else if (message.type === 'failed') reject(fromSentError(message.error))
        else this.#hear(message)
      })
      this.#tell({ type: 'order', order })
    })
  }

  #hear(message: Exclude<FromWorker, { type: 'done' | 'failed' }>): void {
    switch (message.type) {
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

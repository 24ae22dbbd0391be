import type { NatsConnection } from '@iama/messaging'
import type { JobNudges } from '../application/ports.ts'

const SUBJECT = 'nudge.job'

/** Nudges between replicas over core NATS: one subscription for the process, however many clients watch. */
export class NatsJobNudges implements JobNudges {
  readonly #nats: NatsConnection
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(nats: NatsConnection) {
    this.#nats = nats
    nats.subscribe(`${SUBJECT}.*`, {
      callback: (_error, message) => this.#wake(message.subject.slice(SUBJECT.length + 1)),
    })
  }

  nudge(jobId: string): void {
    this.#wake(jobId)
    if (!this.#nats.isClosed()) this.#nats.publish(`${SUBJECT}.${jobId}`)
  }

  async wait(jobId: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const wakers = this.#waiting.get(jobId) ?? new Set()
      this.#waiting.set(jobId, wakers)
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        wakers.delete(done)
        if (wakers.size === 0) this.#waiting.delete(jobId)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      signal.addEventListener('abort', done, { once: true })
      wakers.add(done)
    })
  }

  #wake(jobId: string): void {
    for (const wake of this.#waiting.get(jobId) ?? []) wake()
  }
}

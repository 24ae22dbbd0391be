import { DomainError } from '@iama/kernel'

/** More is asked for than can be done soon. */
export class EngineBusy extends DomainError {
  readonly code = 'ENGINE_BUSY'
  override readonly kind = 'unavailable'

  constructor(waiting: number) {
    super(`${waiting} generations wait for the engine already; try again in a while`)
  }
}

interface Waiter {
  readonly go: () => void
}

/** Lets so many work at once; the others wait in the order in which they came, up to a limit. */
export class Turns {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #waiting = new Set<Waiter>()
  #running = 0

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  /**
   * Runs `work` when it is its turn; whoever gives up while waiting leaves the queue at once.
   * @throws EngineBusy when too many wait; the reason of the signal
   */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted()
    if (this.#running < this.#atOnce) this.#running++
    else await this.#wait(signal)
    try {
      return await work()
    } finally {
      const [next] = this.#waiting
      if (next) next.go()
      else this.#running--
    }
  }

  /** The place of whoever ends goes over to the first that waits: nobody slips in between. */
  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) throw new EngineBusy(this.#waiting.size)
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter)
        signal.removeEventListener('abort', abort)
      }
      const waiter: Waiter = {
        go: () => {
          leave()
          resolve()
        },
      }
      const abort = (): void => {
        leave()
        reject(signal.reason as Error)
      }
      this.#waiting.add(waiter)
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}

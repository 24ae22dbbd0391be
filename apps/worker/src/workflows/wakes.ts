import { condition, defineSignal, setHandler } from '@temporalio/workflow'

/** "Something about the job is new": it carries nothing, so that a doubled or late one is harmless. */
export const wake = defineSignal('wake')

/** Counts the wakes of this run. */
export class Wakes {
  #seen = 0
  #handled = 0

  constructor() {
    setHandler(wake, () => void this.#seen++)
  }

  /** How many there were since the start of this run. */
  get count(): number {
    return this.#seen
  }

  /** What comes from now on is news. Call it before the job is read. */
  takeAll(): void {
    this.#handled = this.#seen
  }

  /** Resolves at the first wake that was not taken, true; or after the given time, false. */
  async next(timeoutMs?: number): Promise<boolean> {
    const news = (): boolean => this.#seen > this.#handled
    if (timeoutMs !== undefined) return await condition(news, timeoutMs)
    await condition(news)
    return true
  }
}

import { runChild, type ChildLimits } from './child.ts'
import type { EngineWork } from './engine-work.ts'
import { SpareChild } from './spare-child.ts'
import { Turns } from './turns.ts'

export interface EngineLimits extends ChildLimits {
  /** Children at once; more wait. */
  readonly atOnce: number
}

/** Of those that wait no snapshot is in memory yet, but each holds a stream open. */
const MOST_WAITING = 64

/** Does what takes CPU in limited child processes, one for each piece of work, so many at once, the others in order. */
export class EngineProcesses {
  readonly #limits: EngineLimits
  readonly #turns: Turns
  readonly #children: SpareChild

  constructor(limits: EngineLimits) {
    this.#limits = limits
    this.#turns = new Turns(limits.atOnce, MOST_WAITING)
    this.#children = new SpareChild(limits)
  }

  /**
   * @param prepare makes the work when it is its turn, for it may hold a whole snapshot
   * @returns the answer, as JSON text
   * @throws EngineBusy, EngineFailed; the signal's reason
   */
  async run(prepare: () => Promise<EngineWork>, signal: AbortSignal): Promise<string> {
    const answer = await this.#turns.run(
      async () => await runChild(() => this.#children.take(), await prepare(), this.#limits, signal),
      signal,
    )
    // a job asks several times in a row, and then for a while not at all
    this.#children.prepare()
    return answer
  }

  close(): void {
    this.#children.close()
  }
}

import type { ChildProcess } from 'node:child_process'
import { runChild, type ChildLimits } from './child.ts'
import type { EngineWork } from './engine-work.ts'
import { KeptChildren } from './kept-children.ts'
import { SpareChild } from './spare-child.ts'
import { Turns } from './turns.ts'

export interface EngineLimits extends ChildLimits {
  /** Children at once; more wait. */
  readonly atOnce: number
}

/** Of those that wait no snapshot is in memory yet, but each holds a stream open. */
const MOST_WAITING = 64

/**
 * Does what takes CPU in limited child processes, so many at once, the others in order. A piece of work has a child of its
 * own, but for those about one subject: they may come to the child that answered the last of them.
 */
export class EngineProcesses {
  readonly #limits: EngineLimits
  readonly #turns: Turns
  readonly #children: SpareChild
  readonly #kept: KeptChildren

  constructor(limits: EngineLimits) {
    this.#limits = limits
    this.#turns = new Turns(limits.atOnce, MOST_WAITING)
    this.#children = new SpareChild(limits)
    this.#kept = new KeptChildren(limits.atOnce)
  }

  /**
   * @param prepare makes the work when it is its turn, for it may hold a whole snapshot
   * @param subject one tenant's snapshot, where the work is about nothing else
   * @returns the answer, as JSON text
   * @throws EngineBusy, EngineFailed; the signal's reason
   */
  async run(prepare: () => Promise<EngineWork>, signal: AbortSignal, subject?: string): Promise<string> {
    const answer = await this.#turns.run(async () => {
      const work = await prepare()
      if (subject === undefined) return await runChild(() => this.#children.take(), work, this.#limits, signal)
      const take = (): ChildProcess => this.#kept.take(subject) ?? this.#children.take()
      return await runChild(take, work, this.#limits, signal, (child) => this.#kept.keep(subject, child))
    }, signal)
    // a job asks several times in a row, and then for a while not at all
    this.#children.prepare()
    return answer
  }

  close(): void {
    this.#children.close()
    this.#kept.close()
  }
}

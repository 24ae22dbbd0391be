import type { GateContext } from './gates/context.ts'
import type { RunCommand, RunResult, Workbench } from './workbench.ts'

/** Commands of one verification at once: as many as the cores of the smallest machine that it is meant for. */
export const laneCount = 2

interface Waiter {
  readonly weight: number
  readonly urgency: number
  readonly go: () => void
}

/** Lets commands run side by side, so many at once; the most urgent of those that wait goes first, then the oldest. */
export class Lanes {
  readonly #count: number
  #free: number
  readonly #waiting: Waiter[] = []

  constructor(count = laneCount) {
    this.#count = count
    this.#free = count
  }

  /**
   * @param alone nothing runs beside it
   * @param urgency smaller goes first
   * @throws the signal's reason, also while it waits
   */
  async use<Result>(
    { alone, urgency, signal }: { readonly alone: boolean; readonly urgency: number; readonly signal?: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const weight = alone ? this.#count : 1
    await this.#enter(weight, urgency, signal)
    try {
      return await work()
    } finally {
      this.#free += weight
      this.#next()
    }
  }

  async #enter(weight: number, urgency: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const entered = Promise.withResolvers<void>()
    const waiter: Waiter = { weight, urgency, go: entered.resolve }
    const before = this.#waiting.findIndex((each) => each.urgency > urgency)
    this.#waiting.splice(before < 0 ? this.#waiting.length : before, 0, waiter)
    const leave = (): void => {
      const at = this.#waiting.indexOf(waiter)
      if (at < 0) return
      this.#waiting.splice(at, 1)
      entered.reject(signal!.reason as Error)
      this.#next()
    }
    signal?.addEventListener('abort', leave, { once: true })
    this.#next()
    await entered.promise.finally(() => signal?.removeEventListener('abort', leave))
  }

  /** Whoever is first is waited for: nobody who needs less slips by. */
  #next(): void {
    for (let first = this.#waiting[0]; first && first.weight <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.weight
      first.go()
    }
  }
}

/** How commands of a workbench go through the lanes. */
export interface InLanes {
  readonly lanes: Lanes
  readonly urgency: number
  readonly alone?: boolean
  /** Added to the names of the verdict's own directories: then two may do the same side by side. */
  readonly suffix?: string
}

/** A workbench whose commands wait for a lane; its other calls do not. */
export const inLanes = (workbench: Workbench, { lanes, urgency, alone = false, suffix = '' }: InLanes): Workbench => {
  const at = (dir: string): string => (dir.startsWith('verdict-') ? `${dir}${suffix}` : dir)
  return {
    fork: (from, to) => workbench.fork(at(from), at(to)),
    write: (dir, files) => workbench.write(at(dir), files),
    read: (dir, path) => workbench.read(at(dir), path),
    list: (dir) => workbench.list(at(dir)),
    run: (command: RunCommand): Promise<RunResult> => {
      const { signal } = command
      const ask = { alone, urgency, ...(signal === undefined ? {} : { signal }) }
      return lanes.use(ask, () => workbench.run({ ...command, dir: at(command.dir) }))
    },
    remove: (dir) => workbench.remove(at(dir)),
  }
}

/** The context of a gate whose commands wait for a lane, and end with `signal`. */
export const contextInLanes = (
  context: GateContext,
  { signal, ...place }: InLanes & { readonly signal: AbortSignal },
): GateContext => ({
  ...context,
  input: { ...context.input, workbench: inLanes(context.input.workbench, place), signal },
})

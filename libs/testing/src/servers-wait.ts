import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks again and again until `condition` gives something true; tests wait for facts, never for the clock.
 * @param withinMs how long at the most
 * @returns what the condition gave
 * @throws Error with `what` and the last refusal when it never came true
 */
export const eventually = async <Result>(
  what: string,
  condition: () => Promise<Result> | Result,
  withinMs = 10_000,
): Promise<Exclude<Result, false | null | undefined>> => {
  const deadline = Date.now() + withinMs
  let last: unknown
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
    try {
      const result = await condition()
      if (result) return result as Exclude<Result, false | null | undefined>
      last = result
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) {
      throw new Error(`did not come true within ${withinMs} ms: ${what} (last: ${String(last)})`)
    }
    await sleep(pause)
  }
}

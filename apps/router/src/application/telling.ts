import type { Progress } from './ports.ts'

/**
 * Runs work that tells how it goes, as a stream of what it tells; the stream's return value is the work's result. Who
 * stops listening stops the work: its signal is aborted, and its end is waited for.
 */
export async function* telling<Result>(
  work: (tell: (text: string) => void, signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Progress, Result> {
  const told: Progress[] = []
  const left = new AbortController()
  let done = false
  let wake = (): void => undefined
  const tell = (text: string): void => {
    told.push({ kind: 'progress', text })
    wake()
  }
  const working = work(tell, AbortSignal.any([signal, left.signal])).finally(() => {
    done = true
    wake()
  })
  working.catch(() => undefined) // thrown below, once everything told is heard
  try {
    while (!done || told.length > 0) {
      yield* told.splice(0)
      if (!done && told.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    }
    return await working
  } finally {
    left.abort(new Error('nobody listens any longer'))
    await working.catch(() => undefined)
  }
}

import type { GateSummary, Progress } from './findings.ts'
import type { Listener } from './ports.ts'

/** What a long step tells while it runs, and its result at the end. */
export type Step<Done> =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'gate'; readonly gate: GateSummary }
  | { readonly type: 'done'; readonly done: Done }

/** Turns a step that reports to a listener into a stream. Whoever stops reading aborts the step. */
export async function* listening<Done>(
  signal: AbortSignal,
  run: (listener: Listener) => Promise<Done>,
): AsyncGenerator<Step<Done>, void, undefined> {
  const stopped = new AbortController()
  const told: Step<Done>[] = []
  let wake: (() => void) | undefined
  let over = false
  const tell = (step: Step<Done>) => {
    told.push(step)
    wake?.()
  }
  const running = run({
    progress: (progress) => tell({ type: 'progress', progress }),
    gate: (gate) => tell({ type: 'gate', gate }),
    signal: AbortSignal.any([signal, stopped.signal]),
  })
    .then((done) => tell({ type: 'done', done }))
    .finally(() => {
      over = true
      wake?.()
    })
  running.catch(() => {}) // thrown below, when everything told before has been read
  try {
    while (!over || told.length > 0) {
      const next = told.shift()
      if (next) yield next
      else await new Promise<void>((resolve) => (wake = resolve))
    }
    await running
  } finally {
    stopped.abort()
    await running.catch(() => {})
  }
}

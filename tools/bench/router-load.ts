import { performance } from 'node:perf_hooks'
import { Pool, type Dispatcher } from 'undici'
import { percentile } from './suite.ts'

/** Somebody who answers chat completions. */
export interface Target {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What it calls the model. */
  readonly model: string
}

/** A kind of call: how large its body is, and whether the answer is streamed. */
export interface CallKind {
  readonly name: string
  readonly tokens: number
  readonly stream: boolean
}

export const kinds: readonly CallKind[] = [
  { name: '1 K, plain', tokens: 1_000, stream: false },
  { name: '1 K, stream', tokens: 1_000, stream: true },
  { name: '100 K, plain', tokens: 100_000, stream: false },
  { name: '100 K, stream', tokens: 100_000, stream: true },
]

/** About 4.5 bytes for a token, with line ends, as code and prose have them. */
const SENTENCE = 'The quick brown fox jumps over the lazy dog.\n'
const TOKENS = 10

const bodyOf = (model: string, { tokens, stream }: CallKind): Buffer => {
  const content = SENTENCE.repeat(tokens / TOKENS)
  const text = JSON.stringify({
    model,
    messages: [{ role: 'user', content }],
    max_tokens: 200,
    ...(stream && { stream }),
  })
  return Buffer.from(text)
}

/** Of one target in a whole run. */
const MOST_FAILURES = 20

/** Calls one target over kept connections, as lightly as can be: answers are counted, not read. */
export class Caller {
  readonly #target: Target
  readonly #pool: Pool
  readonly #path: string
  readonly #bodies = new Map<CallKind, Buffer>()
  #failures = 0

  constructor(target: Target, connections: number) {
    const { origin, pathname } = new URL(target.url)
    this.#target = target
    this.#pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
    this.#path = `${pathname}/chat/completions`
  }

  /**
   * Repeats a call whose answer is no whole answer, so that it costs its time: a kept connection that its other side
   * closes at that very moment takes a call with it.
   * @throws Error when that happens too often
   */
  async call(kind: CallKind): Promise<void> {
    for (;;) {
      try {
        return await this.#call(kind)
      } catch (error) {
        this.#failures += 1
        if (this.#failures > MOST_FAILURES) throw error
      }
    }
  }

  #call(kind: CallKind): Promise<void> {
    const body = this.#bodies.get(kind) ?? bodyOf(this.#target.model, kind)
    this.#bodies.set(kind, body)
    const headers = { 'content-type': 'application/json', ...this.#target.headers }
    return new Promise((resolve, reject) => {
      const reader = new AnswerReader(this.#target.name, kind, resolve, reject)
      this.#pool.dispatch({ method: 'POST', path: this.#path, headers, body }, reader)
    })
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** Sees that an answer is whole: a peer that fails fast must not count as fast. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #name: string
  readonly #kind: CallKind
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #status = 0
  #last: Buffer = Buffer.alloc(0)

  constructor(name: string, kind: CallKind, resolve: () => void, reject: (error: Error) => void) {
    this.#name = name
    this.#kind = kind
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#last = chunk
  }

  onResponseEnd(): void {
    const isWhole = this.#last.includes(this.#kind.stream ? '[DONE]' : '"usage"')
    if (this.#status === 200 && isWhole) return this.#resolve()
    const said = this.#last.toString().slice(0, 300)
    this.#reject(new Error(`${this.#name} answered ${this.#kind.name} with ${this.#status}: ${said}`))
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(new Error(`${this.#name} failed: ${error.message}`))
  }
}

/** Calls in a second, with so many in flight. */
export const rateOf = async (caller: Caller, kind: CallKind, inFlight: number, ms: number): Promise<number> => {
  let calls = 0
  const from = performance.now()
  const work = async (): Promise<void> => {
    while (performance.now() - from < ms) {
      await caller.call(kind)
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  return (calls / (performance.now() - from)) * 1_000
}

/** p95 of calls that come one after the other, in milliseconds. */
export const p95Of = async (caller: Caller, kind: CallKind, calls: number): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < calls; i += 1) {
    const from = performance.now()
    await caller.call(kind)
    times.push(performance.now() - from)
  }
  return percentile(times, 0.95)
}

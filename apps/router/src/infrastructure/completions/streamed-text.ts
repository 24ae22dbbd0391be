import { TokenCounter } from '@iama/tokens'

/** So much of a stream is kept as it came; then it is counted and let go, in bytes. */
const KEPT_BYTES = 256 * 1024

interface Delta {
  readonly content?: unknown
  readonly reasoning_content?: unknown
  readonly reasoning?: unknown
  readonly refusal?: unknown
  readonly tool_calls?: readonly { readonly function?: { readonly name?: unknown; readonly arguments?: unknown } }[]
}

/**
 * The text of a stream, for the case that the provider does not tell how much it was. It costs next to nothing as long
 * as nobody asks: the bytes are kept, and only those of a long answer are ever read.
 */
export class StreamedText {
  readonly #model: string
  #kept: Buffer[] = []
  #bytes = 0
  #counter: TokenCounter | undefined

  constructor(model: string) {
    this.#model = model
  }

  /** @param events whole ones; the bytes must not change afterwards */
  keep(events: Buffer): void {
    this.#kept.push(events)
    this.#bytes += events.length
    if (this.#bytes > KEPT_BYTES) this.#count()
  }

  /** Tokens that were counted already: of all but the last 256 KiB of the stream. */
  get counted(): number {
    return this.#counter?.count ?? 0
  }

  /** Tokens of everything; reads what is still unread. */
  get tokens(): number {
    this.#count()
    return this.counted
  }

  #count(): void {
    if (this.#kept.length === 0) return
    const text = Buffer.concat(this.#kept).toString()
    this.#kept = []
    this.#bytes = 0
    this.#counter ??= new TokenCounter(this.#model)
    for (const line of text.split('\n')) {
      if (line.startsWith('data:')) for (const part of textsOf(line.slice(5))) this.#counter.push(part)
    }
  }
}

const textsOf = (data: string): string[] => {
  try {
    const { choices } = JSON.parse(data) as { choices?: readonly { readonly delta?: Delta }[] }
    return (choices ?? []).flatMap(({ delta = {} }) => {
      const calls = (delta.tool_calls ?? []).flatMap((call) => [call.function?.name, call.function?.arguments])
      const all = [delta.content, delta.reasoning_content ?? delta.reasoning, delta.refusal, ...calls]
      return all.filter((text) => typeof text === 'string')
    })
  } catch {
    return [] // [DONE], and what is no event
  }
}

import { noTokens, type Tokens } from '../domain/price.ts'
import type { ChatPart, TokenCounter } from './ports.ts'

/** What has been heard of an answer so far. */
export class Heard {
  readonly #counter: TokenCounter
  readonly #inputTokens: number
  readonly #outputCap: number
  readonly #started: number
  readonly #texts: string[] = []
  #told: Tokens | undefined
  #finish: 'complete' | 'cut short' | undefined
  #firstTokenMs: number | undefined
  #begun = false

  constructor(of: { counter: TokenCounter; inputTokens: number; outputCap: number; started: number }) {
    this.#counter = of.counter
    this.#inputTokens = of.inputTokens
    this.#outputCap = of.outputCap
    this.#started = of.started
  }

  add(part: ChatPart, now: number): void {
    this.#begun = true
    switch (part.kind) {
      case 'text':
      case 'thought': // output as well, only not kept
        if (part.kind === 'text') this.#texts.push(part.text)
        this.#firstTokenMs ??= now - this.#started
        this.#counter.push(part.text)
        if (this.#counter.count > this.#outputCap) this.#finish = 'cut short'
        return
      case 'usage':
        this.#told = part.tokens
        return
      case 'finish':
        this.#finish ??= part.complete ? 'complete' : 'cut short'
    }
  }

  /** More came than the cap allows: a provider that does not honour it is not listened to any longer. */
  get isOverCap(): boolean {
    return this.#counter.count > this.#outputCap
  }

  /** Whether the answer came to an end, of itself or at the cap. */
  get isFinished(): boolean {
    return this.#finish !== undefined
  }

  /** Whether the provider had begun to answer, and so will count the call. */
  get hasBegun(): boolean {
    return this.#begun
  }

  get isComplete(): boolean {
    return this.#finish === 'complete'
  }

  get text(): string {
    return this.#texts.join('')
  }

  get firstTokenMs(): number | undefined {
    return this.#firstTokenMs
  }

  /** The provider did not tell what it counted. */
  get isEstimated(): boolean {
    return this.#told === undefined
  }

  /** As the provider counted, else as we do. */
  get tokens(): Tokens {
    return this.#told ?? { ...noTokens, inputTokens: this.#inputTokens, outputTokens: this.#counter.count }
  }
}

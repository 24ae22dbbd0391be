import { countWith, encodingFor } from './count-tokens.ts'
import type { Encoding } from './encodings.ts'

/** Without a certain boundary for so many characters, one is made: the counter must stay quick to read. */
const MAX_OPEN = 128
/** What comes may still change the last pieces of the split; before them it hardly ever does. */
const UNCERTAIN = 5

/**
 * Where no piece of either split can reach across, whatever follows: before a blank after anything else, and at the
 * start of a line that begins with neither white space nor a slash.
 */
const boundary = /(?<=\S)(?=[^\S\r\n])|(?<=\n)(?=[^\s/])/g

const lastBoundary = (text: string): number => {
  let last = 0
  for (const { index } of text.matchAll(boundary)) last = index
  return last
}

/**
 * Counts the tokens of a text that arrives bit by bit, cheaply enough to be read after each bit. The count of the bits
 * is that of the whole text, except that a stretch of more than 128 characters without a blank, such as base64, may
 * count a token or two more for each 128.
 */
export class TokenCounter {
  private readonly encoding: Encoding
  private settled = 0
  private open = ''
  private openCount: number | undefined

  /** @param model as for `countTokens` */
  constructor(model: string) {
    this.encoding = encodingFor(model)
  }

  /** Takes the next bit of the text; it may end within a word or between the halves of a character. */
  push(bit: string): void {
    if (bit === '') return
    this.open += bit
    this.openCount = undefined
    this.settle(lastBoundary(this.open))
    if (this.open.length > MAX_OPEN) {
      this.settle(this.forcedBoundary())
    }
  }

  /** Tokens of all that was pushed. */
  get count(): number {
    this.openCount ??= countWith(this.encoding, this.open)
    return this.settled + this.openCount
  }

  private forcedBoundary(): number {
    const starts = Array.from(this.open.matchAll(this.encoding.split), ({ index }) => index)
    const half = /[\uD800-\uDBFF]$/.test(this.open) ? 1 : 0
    return starts.at(-UNCERTAIN) || this.open.length - half
  }

  private settle(end: number): void {
    if (end === 0) return
    this.settled += countWith(this.encoding, this.open.slice(0, end))
    this.open = this.open.slice(end)
  }
}

import type { Tokens } from '../../domain/price.ts'
import { toldTokens } from './told-usage.ts'

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20]
/** It begins a comment, and stands between a name and its value. */
const COLON = 0x3a
const [BLANK, CRLF_BLANK] = [Buffer.from('\n\n'), Buffer.from('\r\n\r\n')]
const USAGE = Buffer.from('"usage"')
/** The first byte of `null`. */
const NULL = 0x6e
const DATA = Buffer.from('data:')
const DONE = Buffer.from('[DONE]')
const FINISH = Buffer.from('"finish_reason"')
const ERROR = Buffer.from('"error"')
const CHOICES = Buffer.from('"choices"')

/** One event is never so long, in bytes. */
const MOST_EVENT_BYTES = 8 * 1024 * 1024

/**
 * An SSE answer on its way from a provider to a client. Bytes go through as they come, cut only between events; what
 * is looked for in them is the usage, which a client that has not asked for it does not get to see.
 */
export class AnswerStream {
  readonly #wantsUsage: boolean
  #rest: Buffer | undefined
  #last: Buffer | undefined
  #told: Tokens | undefined

  constructor(wantsUsage: boolean) {
    this.#wantsUsage = wantsUsage
  }

  /** What the provider told; undefined until it has. */
  get told(): Tokens | undefined {
    return this.#told
  }

  /** Whether the answer came to its end, rather than to the end of its connection. */
  get isFinished(): boolean {
    if (this.#told) return true
    return this.#last !== undefined && (this.#last.includes(DONE) || hasFinish(this.#last))
  }

  /**
   * @returns the events that are whole by now, without the usage where it is not wanted, empty where there are none;
   * undefined when what comes cannot be events
   */
  push(chunk: Buffer): Buffer | undefined {
    const all = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    const end = endOfEvents(all)
    this.#rest = end === all.length ? undefined : all.subarray(end)
    if (this.#rest && this.#rest.length > MOST_EVENT_BYTES) return undefined
    if (end === 0) return NOTHING
    const events = end === all.length ? all : all.subarray(0, end)
    this.#last = events
    return events.includes(USAGE) ? this.#withoutUsage(events) : events
  }

  #withoutUsage(events: Buffer): Buffer {
    const kept: Buffer[] = []
    for (let from = 0; from < events.length;) {
      const end = endOfFirst(events, from)
      const event = events.subarray(from, end)
      from = end
      if (!this.#isUsageAlone(event) || this.#wantsUsage) kept.push(event)
    }
    return kept.length === 1 ? kept[0]! : Buffer.concat(kept)
  }

  /** Notes the usage of an event, and tells whether there is nothing else in it. */
  #isUsageAlone(event: Buffer): boolean {
    const at = event.indexOf(USAGE)
    if (at < 0 || isNull(event, at + USAGE.length)) return false
    try {
      const { usage, choices } = JSON.parse(dataOf(event)) as { usage?: unknown; choices?: unknown }
      this.#told = toldTokens(usage) ?? this.#told
      return this.#told !== undefined && Array.isArray(choices) && choices.length === 0
    } catch {
      return false // whoever wrote it meant no event
    }
  }
}

const NOTHING = Buffer.alloc(0)

/** Whether the events have anything for a client: comments only say that the connection lives. */
export const hasData = (events: Buffer): boolean => events.length > 0 && (events[0] !== COLON || events.includes(DATA))

/** Whether the events begin with an error in place of an answer. */
export const isError = (events: Buffer): boolean => events.includes(ERROR) && !events.includes(CHOICES)

const dataOf = (event: Buffer): string =>
  event
    .toString()
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : []))
    .join('\n')

/** Behind the last blank line; 0 where there is none. */
const endOfEvents = (bytes: Buffer): number => {
  const { length } = bytes
  if (length > 1 && bytes[length - 1] === LF && (bytes[length - 2] === LF || endsInBlankCrlf(bytes))) return length
  const [lf, crlf] = [bytes.lastIndexOf(BLANK), bytes.lastIndexOf(CRLF_BLANK)]
  return Math.max(lf < 0 ? 0 : lf + 2, crlf < 0 ? 0 : crlf + 4)
}

const endsInBlankCrlf = (bytes: Buffer): boolean => {
  const { length } = bytes
  return bytes[length - 2] === CR && bytes[length - 3] === LF && bytes[length - 4] === CR
}

const endOfFirst = (events: Buffer, from: number): number => {
  const [lf, crlf] = [events.indexOf(BLANK, from), events.indexOf(CRLF_BLANK, from)]
  if (lf < 0 && crlf < 0) return events.length
  return crlf < 0 || (lf >= 0 && lf < crlf) ? lf + 2 : crlf + 4
}

const isNull = (bytes: Buffer, from: number): boolean => {
  let at = from
  while (bytes[at] === COLON || bytes[at] === SPACE) at++
  return bytes[at] === NULL
}

/** `finish_reason` stands in every chunk and says something in the last one. */
const hasFinish = (events: Buffer): boolean => {
  for (let at = events.indexOf(FINISH); at >= 0; at = events.indexOf(FINISH, at + FINISH.length)) {
    if (!isNull(events, at + FINISH.length)) return true
  }
  return false
}

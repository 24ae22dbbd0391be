import { InvalidRequest } from '@iama/kernel'
import { TokenCounter } from '@iama/tokens'
import type { CompletionRequest } from '../../application/completion-ports.ts'
import type { ModelSettings } from '../models-file.ts'
import type { Body } from './read-body.ts'
import { jsonAt, topLevelFields, type Field } from './top-level-fields.ts'

/** What a message costs beside its text, in tokens. */
const TOKENS_PER_MESSAGE = 4
const MOST_COPIES = 128

/** Room behind a body in which our fields find their place, in bytes; more than that costs a copy. */
export const SPARE_BYTES = 512

/** Fields that are ours to say; all others reach the model as they came. */
const OWNED = new Set(['model', 'max_tokens', 'max_completion_tokens', 'stream_options'])

const wrong = (field: string, reason: string, fix: string): InvalidRequest =>
  new InvalidRequest([{ field, reason, fix }])

/**
 * The body of a chat completion: read as far as we have to know it, and made the model's where it stands. A body of
 * 100,000 tokens costs as much as it is copied, so it is not.
 */
export class ChatBody implements CompletionRequest {
  readonly name: string
  readonly stream: boolean
  /** Whether the client wants to be told the usage at the end of a stream. */
  readonly wantsUsage: boolean
  readonly copies: number
  readonly outputCap: number | undefined
  /** Size as it came. */
  readonly bytes: number
  readonly #memory: Buffer
  /** Where the kept fields stand in it, one after the other, with an open brace before them. */
  readonly #from: number
  readonly #to: number
  readonly #messages: Field
  readonly #streamOptions: Readonly<Record<string, unknown>>

  /**
   * @param body its memory is ours from now on
   * @throws BodyNotJson, InvalidRequest
   */
  constructor({ memory, length }: Body) {
    const body = memory.subarray(0, length)
    const fields = topLevelFields(body)
    // as every parser has it, the last of several with one name counts
    const valueOf = (name: string): unknown => {
      const field = fields.findLast((one) => one.name === name)
      return field && jsonAt(body, field.valueFrom, field.to)
    }
    const messages = fields.findLast(({ name }) => name === 'messages')
    if (!messages || body[messages.valueFrom] !== 0x5b) throw wrong('messages', 'is no list', 'send the messages')
    const name = valueOf('model')
    if (typeof name !== 'string' || name === '') throw wrong('model', 'is missing', 'name a model of GET /v1/models')
    this.name = name
    this.stream = flagOf('stream', valueOf('stream'))
    this.copies = numberOf('n', valueOf('n'), MOST_COPIES) ?? 1
    this.outputCap =
      numberOf('max_completion_tokens', valueOf('max_completion_tokens')) ??
      numberOf('max_tokens', valueOf('max_tokens'))
    this.#streamOptions = objectOf('stream_options', valueOf('stream_options'))
    this.wantsUsage = this.#streamOptions['include_usage'] === true
    this.bytes = length
    this.#memory = memory
    const kept = pushTogether(
      memory,
      fields.filter((one) => !OWNED.has(one.name)),
    )
    this.#from = kept[0]!.from - 1
    this.#to = kept.at(-1)!.to
    this.#messages = kept.findLast((one) => one.name === 'messages')!
  }

  /**
   * The body for a model: ours in the place of the owned fields, and every other byte as it came. The next call writes
   * over it.
   */
  forModel({ offer: { model }, capField }: ModelSettings, outputCap: number): Buffer {
    const options = this.stream ? { stream_options: { ...this.#streamOptions, include_usage: true } } : {}
    const owned = JSON.stringify({ model, [capField]: outputCap, ...options })
    // at the end, for who reads a field twice takes the last
    const end = Buffer.from(`,${owned.slice(1)}`)
    const kept = this.#memory.subarray(this.#from, this.#to)
    if (this.#to + end.length > this.#memory.length) return Buffer.concat([kept, end])
    end.copy(this.#memory, this.#to)
    return this.#memory.subarray(this.#from, this.#to + end.length)
  }

  countTokens(model: string): number {
    const messages = jsonAt(this.#memory, this.#messages.valueFrom, this.#messages.to) as unknown[]
    const counter = new TokenCounter(model)
    for (const message of messages) for (const text of textsOf(message)) counter.push(text)
    return counter.count + messages.length * TOKENS_PER_MESSAGE
  }
}

const [BEGIN, NEXT] = [0x7b, 0x2c]

/** Moves fields to the first of them, with a comma between them and a brace before: there is a byte for each. */
const pushTogether = (memory: Buffer, fields: readonly Field[]): Field[] => {
  let end = fields[0]!.from - 1
  return fields.map(({ name, from, valueFrom, to }, at) => {
    memory[end] = at === 0 ? BEGIN : NEXT
    const back = from - (end + 1)
    if (back > 0) memory.copyWithin(end + 1, from, to)
    end = to - back
    return { name, from: from - back, valueFrom: valueFrom - back, to: end }
  })
}

const textsOf = (message: unknown): string[] => {
  const content = (message as { content?: unknown } | null)?.content
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return []
  return content.flatMap((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? [part.text] : []))
}

const flagOf = (field: string, value: unknown): boolean => {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw wrong(field, 'is neither true nor false', 'send true or false')
}

const numberOf = (field: string, value: unknown, most = Number.MAX_SAFE_INTEGER): number | undefined => {
  if (value === undefined || value === null) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number
  throw wrong(field, 'is no whole number above 0', most === MOST_COPIES ? `send 1 to ${most}` : 'send 1 or more')
}

const objectOf = (field: string, value: unknown): Readonly<Record<string, unknown>> => {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong(field, 'is no object', 'send an object or nothing')
}

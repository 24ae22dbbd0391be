import { InvalidRequest } from '@iama/kernel'
import { TokenCounter } from '@iama/tokens'
import type { CompletionRequest } from '../../application/completion-ports.ts'
import type { ModelSettings } from '../models-file.ts'
import { jsonAt, topLevelFields, type Field } from './top-level-fields.ts'

/** What a message costs beside its text, in tokens. */
const TOKENS_PER_MESSAGE = 4
const MOST_COPIES = 128

/** Fields that are ours to say; all others reach the model as they came. */
const OWNED = new Set(['model', 'max_tokens', 'max_completion_tokens', 'stream_options'])

const wrong = (field: string, reason: string, fix: string): InvalidRequest =>
  new InvalidRequest([{ field, reason, fix }])

/** The body of a chat completion: read as far as we have to know it. */
export class ChatBody implements CompletionRequest {
  readonly name: string
  readonly stream: boolean
  /** Whether the client wants to be told the usage at the end of a stream. */
  readonly wantsUsage: boolean
  readonly copies: number
  readonly outputCap: number | undefined
  readonly #body: Buffer
  /** Everything but the owned fields. */
  readonly #kept: readonly Field[]
  readonly #streamOptions: Readonly<Record<string, unknown>>

  /** @throws BodyNotJson, InvalidRequest */
  constructor(body: Buffer) {
    this.#body = body
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
    this.#kept = fields.filter((one) => !OWNED.has(one.name))
  }

  get bytes(): number {
    return this.#body.length
  }

  /** The body for a model: ours in the place of the owned fields, and every other byte as it came. */
  forModel({ offer: { model }, capField }: ModelSettings, outputCap: number): Buffer {
    const options = this.stream ? { stream_options: { ...this.#streamOptions, include_usage: true } } : {}
    const owned = JSON.stringify({ model, [capField]: outputCap, ...options })
    const parts: Buffer[] = []
    for (const { from, to } of this.#kept) parts.push(parts.length === 0 ? BEGIN : NEXT, this.#body.subarray(from, to))
    // at the end, for who reads a field twice takes the last
    parts.push(Buffer.from(`,${owned.slice(1)}`))
    return Buffer.concat(parts)
  }

  countTokens(model: string): number {
    const { messages } = jsonAt(this.#body, 0, this.#body.length) as { messages: unknown[] }
    const counter = new TokenCounter(model)
    for (const message of messages) for (const text of textsOf(message)) counter.push(text)
    return counter.count + messages.length * TOKENS_PER_MESSAGE
  }
}

const BEGIN = Buffer.from('{')
const NEXT = Buffer.from(',')

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

import type { ServerResponse } from 'node:http'
import { TokenCounter } from '@iama/tokens'
import type { Dispatcher } from 'undici'
import type { Tried } from '../../application/completion-ports.ts'
import { ModelFailed, type ModelFault } from '../../domain/model-failure.ts'
import { noTokens } from '../../domain/price.ts'
import type { ProviderKey } from '../../domain/provider-key.ts'
import type { ModelSettings } from '../models-file.ts'
import { AnswerStream, hasData, isError } from './answer-stream.ts'
import type { ChatBody } from './chat-body.ts'
import { brokenOff } from './openai-errors.ts'
import { readPlainAnswer, type PlainAnswer } from './plain-answer.ts'
import { failureOf, refusalOf, type ProviderRefusal } from './provider-status.ts'
import { StreamedText } from './streamed-text.ts'

/** A plain answer is never longer, nor the words of a refusal, in bytes. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024
const MOST_REFUSAL_BYTES = 64 * 1024

type Headers = Readonly<Record<string, string | string[] | undefined>>
type Controller = Dispatcher.DispatchController

/** What an attempt is about. */
export interface AttemptParts {
  readonly settings: ModelSettings
  /** The tenant's own, where it is called with one. */
  readonly key: ProviderKey | undefined
  readonly body: ChatBody
  readonly response: ServerResponse
  readonly outputCap: number
  /** Sent with the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly now: () => number
  readonly done: (tried: Tried) => void
}

/**
 * One try of a model: hears its answer from undici and passes it on as it comes. The client gets to see the first byte
 * only when there is something of an answer in it: until then another model can take over.
 */
export class ChatAttempt implements Dispatcher.DispatchHandler, Tried {
  readonly #parts: AttemptParts
  readonly #started: number
  readonly #stream: AnswerStream
  readonly #text: StreamedText
  readonly #whole: NodeJS.Timeout
  #silence: NodeJS.Timeout
  #controller: Controller | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: Headers = {}
  #plain: PlainAnswer | undefined
  #isOver = false
  failure: ModelFailed | undefined
  refusal: ProviderRefusal | undefined
  begun = false
  firstTokenMs: number | undefined

  constructor(parts: AttemptParts) {
    const { settings, body, now } = parts
    this.#parts = parts
    this.#started = now()
    this.#stream = new AnswerStream(body.wantsUsage)
    this.#text = new StreamedText(settings.offer.model)
    const { firstTokenMs, totalMs } = settings.limits
    this.#whole = setTimeout(() => this.#lose('stalled', `took longer than ${totalMs / 1_000} s`), totalMs)
    this.#silence = setTimeout(() => this.#lose('stalled', `said nothing for ${firstTokenMs / 1_000} s`), firstTokenMs)
  }

  /** The client has gone: the provider's connection is closed. */
  abandon(): void {
    this.#lose('cut', 'was not listened to any longer')
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('nobody listens'))
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const isStream = String(headers['content-type'] ?? '').includes('text/event-stream')
    if (this.#isStreamed && !isStream) this.#lose('down', 'answered what is no stream')
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#isOver) return
    this.#chunks.push(chunk)
    // what came in one read of the socket is passed on in one write
    if (this.#isStreamed) return this.#chunks.length === 1 ? process.nextTick(() => this.#pass()) : undefined
    this.#bytes += chunk.length
    const most = this.#status === 200 ? MOST_ANSWER_BYTES : MOST_REFUSAL_BYTES
    if (this.#bytes > most) this.#lose('down', 'answered more than an answer can be')
  }

  onResponseEnd(): void {
    if (this.#isStreamed) this.#pass()
    if (this.#isOver) return
    if (this.#status !== 200) this.#refused()
    else if (this.#isStreamed) this.#endStream()
    else this.#endPlain()
  }

  onResponseError(): void {
    if (this.#isStreamed) this.#pass()
    if (this.#isOver) return
    if (this.#status === 200) this.#lose('cut', 'broke off in the middle of its answer')
    else this.#lose('down', 'cannot be reached')
  }

  tokens(): ReturnType<Tried['tokens']> {
    const told = this.#plain?.told ?? this.#stream.told
    if (told) return { tokens: told, estimated: false }
    const { body, settings } = this.#parts
    const { model } = settings.offer
    const outputTokens = this.#plain ? countOf(model, this.#plain.texts) : this.#text.tokens
    if (outputTokens === 0 && (this.failure || !this.begun)) return undefined
    return { tokens: { ...noTokens, inputTokens: body.countTokens(model), outputTokens }, estimated: true }
  }

  get #isStreamed(): boolean {
    return this.#status === 200 && this.#parts.body.stream
  }

  #pass(): void {
    if (this.#isOver || this.#chunks.length === 0) return
    const events = this.#stream.push(this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks))
    this.#chunks = []
    if (!events) return this.#lose('down', 'answered what is no stream')
    if (!hasData(events)) return
    if (!this.begun) {
      if (isError(events)) return this.#lose('cut', 'answered with an error')
      this.#begin()
    }
    this.#silence.refresh()
    this.#text.keep(events)
    const { response, outputCap, body } = this.#parts
    const isTaken = response.write(events)
    if (this.#text.counted > outputCap * body.copies) this.#lose('cut', 'wrote more than it was allowed to')
    else if (!isTaken) this.#wait()
  }

  #begin(): void {
    const { response, headers, now } = this.#parts
    this.begun = true
    this.firstTokenMs = Math.round(now() - this.#started)
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', ...STREAM_HEADERS })
    this.#expectMore()
  }

  #expectMore(): void {
    const { stallMs } = this.#parts.settings.limits
    clearTimeout(this.#silence)
    const words = `fell silent for ${stallMs / 1_000} s in the middle of its answer`
    this.#silence = setTimeout(() => this.#lose('stalled', words), stallMs)
  }

  /** A client that reads slowly is no silence of the model: it has as long as the whole call. */
  #wait(): void {
    this.#controller?.pause()
    clearTimeout(this.#silence)
    this.#parts.response.once('drain', () => {
      if (this.#isOver) return
      this.#expectMore()
      this.#controller?.resume()
    })
  }

  #endStream(): void {
    if (!this.begun) return this.#lose('cut', 'ended without an answer')
    if (!this.#stream.isFinished) return this.#lose('cut', 'broke off in the middle of its answer')
    this.#finish()
    this.#parts.response.end()
  }

  #endPlain(): void {
    const { response, headers, now } = this.#parts
    const bytes = Buffer.concat(this.#chunks)
    const answer = readPlainAnswer(bytes)
    if (!answer) return this.#lose('down', 'answered what is no answer')
    this.#plain = answer
    this.begun = true
    this.firstTokenMs = Math.round(now() - this.#started)
    this.#finish()
    response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': bytes.length })
    response.end(bytes)
  }

  #refused(): void {
    const { settings, key } = this.#parts
    this.failure = failureOf(settings.offer, this.#status, this.#headers)
    this.refusal = refusalOf(this.#status, Buffer.concat(this.#chunks), key)
    this.#finish()
  }

  /** Gives the model up: its connection is closed, and a client that has seen the beginning is told. */
  #lose(fault: ModelFault, message: string): void {
    if (this.#isOver) return
    this.failure = new ModelFailed(fault, message)
    const { response } = this.#parts
    if (this.begun && !response.destroyed) response.end(brokenOff(message))
    this.#finish()
    this.#controller?.abort(this.failure)
  }

  #finish(): void {
    this.#isOver = true
    this.#chunks = []
    clearTimeout(this.#whole)
    clearTimeout(this.#silence)
    this.#parts.done(this)
  }
}

const STREAM_HEADERS = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

const countOf = (model: string, texts: readonly string[]): number => {
  const counter = new TokenCounter(model)
  for (const text of texts) counter.push(text)
  return counter.count
}

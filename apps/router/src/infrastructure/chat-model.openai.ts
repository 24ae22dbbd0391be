import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import type { ChatCompletionChunk, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import type { ChatModel, ChatPart, ChatRequest } from '../application/ports.ts'
import { keyGone, keyRefused, ModelFailed } from '../domain/model-failure.ts'
import type { Tokens } from '../domain/price.ts'
import type { Offer } from '../domain/route.ts'
import { retryAfterOf } from './retry-after.ts'
import type { TenantKeys } from './key-ring.ts'
import type { ModelSettings } from './models-file.ts'

/** A chunk as providers really send it: some tell what they think, some the whole usage in the last one. */
type Delta = ChatCompletionChunk['choices'][number]['delta'] & {
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
}

/** A model behind an endpoint that speaks OpenAI's protocol: OpenAI itself, LiteLLM, vLLM, Ollama. */
export class OpenAiChatModel implements ChatModel {
  readonly offer: Offer
  readonly endpoint: string
  readonly hasPlatformKey: boolean
  readonly #settings: ModelSettings
  readonly #keys: TenantKeys
  readonly #client: OpenAI

  constructor(settings: ModelSettings, keys: TenantKeys) {
    this.hasPlatformKey = settings.key !== undefined
    this.#keys = keys
    this.offer = settings.offer
    this.endpoint = settings.endpoint
    this.#settings = settings
    // the package repeats and waits by itself unless told otherwise; fallbacks and durable timers are better at it
    this.#client = new OpenAI({
      baseURL: settings.endpoint,
      apiKey: settings.key ?? 'none',
      maxRetries: 0,
      logLevel: 'off', // it would print answers that it cannot read
      timeout: settings.limits.totalMs,
      organization: null,
      project: null,
    })
  }

  async *chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatPart> {
    signal.throwIfAborted()
    const headers = await this.#headersFor(request.tenantId)
    const patience = new Patience(this.#settings.limits)
    const over = AbortSignal.any([signal, patience.signal])
    try {
      const stream = await this.#open(request, headers, over)
      for await (const chunk of stream) {
        for (const part of partsOf(chunk)) {
          patience.heard()
          yield part
        }
      }
      // the package ends a stream quietly when it is aborted
      over.throwIfAborted()
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw patience.lost ?? asModelFailure(this.offer, error)
    } finally {
      patience.end() // closes the connection, whoever stopped listening
    }
  }

  /** What is sent in place of the client's own. @throws ModelFailed, KeysUnavailable */
  async #headersFor(tenantId: string): Promise<Record<string, string>> {
    const { keyOf, provider } = this.offer
    if (keyOf !== 'tenant') return {}
    const key = await this.#keys.keyOf(tenantId, provider)
    if (!key) throw keyGone(this.offer)
    return { Authorization: `Bearer ${key.text}` }
  }

  #open({ messages, outputCap }: ChatRequest, headers: Record<string, string>, signal: AbortSignal) {
    const body = {
      model: this.offer.model,
      messages: messages as ChatCompletionMessageParam[],
      stream: true as const,
      stream_options: { include_usage: true },
      [this.#settings.capField]: outputCap,
    }
    return this.#client.chat.completions.create(body, { signal, headers })
  }
}

/** How long a model may be silent, and how long it may take in all. */
class Patience {
  readonly #limits: ModelSettings['limits']
  readonly #controller = new AbortController()
  readonly #whole: NodeJS.Timeout
  #silence: NodeJS.Timeout
  #lost: ModelFailed | undefined

  constructor(limits: ModelSettings['limits']) {
    this.#limits = limits
    const lose = (message: string) => () => {
      this.#lost = new ModelFailed('stalled', message)
      this.#controller.abort(this.#lost)
    }
    this.#whole = setTimeout(lose(`took longer than ${limits.totalMs / 1_000} s`), limits.totalMs)
    this.#silence = setTimeout(lose(`said nothing for ${limits.firstTokenMs / 1_000} s`), limits.firstTokenMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get lost(): ModelFailed | undefined {
    return this.#lost
  }

  heard(): void {
    const { stallMs } = this.#limits
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      this.#lost = new ModelFailed('stalled', `fell silent for ${stallMs / 1_000} s in the middle of its answer`)
      this.#controller.abort(this.#lost)
    }, stallMs)
  }

  end(): void {
    clearTimeout(this.#whole)
    clearTimeout(this.#silence)
    this.#controller.abort(new Error('nobody listens any longer'))
  }
}

function* partsOf(chunk: ChatCompletionChunk): Generator<ChatPart> {
  const [choice] = chunk.choices ?? []
  if (choice) {
    const { content, reasoning_content, reasoning } = choice.delta as Delta
    const thought = reasoning_content ?? reasoning
    if (thought) yield { kind: 'thought', text: thought }
    if (content) yield { kind: 'text', text: content }
    if (choice.finish_reason) yield { kind: 'finish', complete: choice.finish_reason === 'stop' }
  }
  if (chunk.usage) yield { kind: 'usage', tokens: tokensOf(chunk.usage) }
}

const tokensOf = (usage: NonNullable<ChatCompletionChunk['usage']>): Tokens => ({
  inputTokens: usage.prompt_tokens,
  cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  outputTokens: usage.completion_tokens,
  reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
})

const BUSY = 429

/** What went wrong, in words for the person who waits: the endpoint's own words may quote our prompt or its keys. */
const asModelFailure = (offer: Offer, error: unknown): Error => {
  if (error instanceof APIUserAbortError) return error
  if (error instanceof APIConnectionError) return new ModelFailed('down', 'cannot be reached')
  // an error without a status came in the middle of a stream, where LiteLLM tells that its own provider broke off
  const isCut = error instanceof APIError ? error.status === undefined : isBroken(error)
  if (isCut) return new ModelFailed('cut', 'broke off in the middle of its answer')
  if (!(error instanceof APIError)) return new ModelFailed('down', 'answered what is no answer')
  const { status, headers } = error
  const retryAfterMs = retryAfterOf(headers)
  if (status === BUSY) return new ModelFailed('busy', 'is busy (status 429)', retryAfterMs)
  if (status >= 500 || status === 408 || status === 409) {
    return new ModelFailed('down', `failed (status ${status})`, retryAfterMs)
  }
  if (status === 401 || status === 403) return keyRefused(offer, status)
  if (status === 404) return new ModelFailed('refused', 'does not know the model or the path (status 404)')
  return new ModelFailed('refused', `refused the request (status ${status})`)
}

/** undici says so when the connection ends in the middle of a body. */
const isBroken = (error: unknown): boolean => /terminated|aborted/.test((error as Error).message)

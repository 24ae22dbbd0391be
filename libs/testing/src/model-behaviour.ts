/** A chat completion as a client asks for it, with every field that it sent. */
export interface ModelRequest {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly [field: string]: unknown
}

/** Tokens as the OpenAI protocol tells them. */
export interface ToldUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens: number }
  readonly completion_tokens_details?: { readonly reasoning_tokens: number }
}

/** An answer in words, with everything that can go wrong on its way. */
export interface TextAnswer {
  readonly text: string
  /** Sends the text so often, one after the other: a hostile size. `Infinity` ends only with the client's connection. */
  readonly repeat?: number
  /** Thought aloud before the text: counted as output, and sent as `reasoning_content`, as vLLM and LiteLLM do. */
  readonly reasoning?: string
  /** Tokens in a chunk of a stream; 4 when absent. */
  readonly tokensPerChunk?: number
  readonly firstTokenDelayMs?: number
  readonly delayBetweenChunksMs?: number
  /** Falls silent after so many chunks of a stream, the connection open; for ever, unless `stallForMs` is given. */
  readonly stallAfterChunks?: number
  readonly stallForMs?: number
  /** While it waits, a stream says nothing but an SSE comment so often: a connection that lives, an answer that does not. */
  readonly commentEveryMs?: number
  /** Closes the connection after so many chunks of a stream; of a plain answer, in the middle of its body. */
  readonly cutAfterChunks?: number
  /** `stop` when absent, `length` when the request's limit cut the text. */
  readonly finishReason?: string
  /** Prompt tokens that it claims to have read from its cache. */
  readonly cached?: number
  /** Tells these figures instead of its own count. */
  readonly usage?: Partial<ToldUsage>
  /** Tells no usage, whatever was asked for. */
  readonly withoutUsage?: boolean
  /** Writes on over `max_tokens`. */
  readonly ignoresLimit?: boolean
}

/** A refusal, as OpenAI words it. */
export interface StatusAnswer {
  readonly status: number
  /** Seconds, or the moment as an HTTP date. */
  readonly retryAfter?: number | Date
  /** Instead of OpenAI's own error object. */
  readonly body?: unknown
  readonly afterMs?: number
}

/**
 * What no client should have to read: `bad-json` breaks off in the middle of an object, `bad-sse` sends lines that are no
 * events (in a plain answer: text), `no-choices` an object of another shape, `html` the page of some proxy, `empty`
 * nothing at all; of a stream, `no-end` stops without finish reason and `[DONE]`, and `error-event` says an error in the
 * middle (in a plain answer: in place of the answer, with status 200).
 */
export interface MalformedAnswer {
  readonly malformed: 'bad-json' | 'bad-sse' | 'no-choices' | 'html' | 'empty' | 'no-end' | 'error-event'
}

/** Takes the request and never says a word, not even a status. */
export interface Hang {
  readonly hang: true
}

export type Behaviour = TextAnswer | StatusAnswer | MalformedAnswer | Hang

/** How a call ended: all was sent, the client went first, or we closed its connection as the script says. */
export type CallEnd = 'served' | 'closed-by-client' | 'cut'

/** One call of `/chat/completions`, as the server saw it. */
export interface ModelCall {
  /** 0 for the first. */
  readonly index: number
  readonly request: ModelRequest
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** What the script said to do. */
  readonly behaviour: Behaviour | undefined
  /** When the request had arrived whole, in ms since the epoch, on this machine's clock. */
  readonly startedAt: number
  /** Absent as long as the call is open. */
  readonly ended?: CallEnd
  /** When the answer was whole or the connection was closed, in ms since the epoch. */
  readonly endedAt?: number
  /** Milliseconds from `startedAt` to `endedAt`, by the monotonic clock. */
  readonly closedAfterMs?: number
  readonly status?: number
  /** Chunks with text or reasoning; a plain answer is one. */
  readonly chunksSent: number
  /** Tokens of text and reasoning that left. */
  readonly tokensSent: number
  /** Those of them that were reasoning. */
  readonly reasoningSent: number
  /** The usage that was told. */
  readonly usage?: ToldUsage
}

/** Tokens over calls: what a provider would put on its bill. */
export interface TokenSum {
  readonly input: number
  readonly output: number
  /** Part of `input`. */
  readonly cached: number
  /** Part of `output`. */
  readonly reasoning: number
}

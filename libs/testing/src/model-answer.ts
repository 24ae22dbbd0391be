import type { ModelRequest, TextAnswer, ToldUsage } from './model-behaviour.ts'
import { piecesOf, promptTokens, type Piece } from './model-tokens.ts'
import { eventOf, headOf, openStream, send, wait, type Exchange, type Progress } from './model-wire.ts'

/** The stretch of an answer that one chunk carries. */
interface Chunk extends Piece {
  readonly reasoning: boolean
}

const DEFAULT_TOKENS_PER_CHUNK = 4

/** What an answer comes to under the limit of its request. */
interface Plan {
  readonly chunks: Generator<Chunk>
  readonly finishReason: string
}

interface Parts {
  readonly thought: readonly Piece[]
  readonly text: readonly Piece[]
}

/** A script that gives the same object again and again is not cut into tokens anew each time. */
const known = new WeakMap<TextAnswer, Parts>()

const partsOf = (answer: TextAnswer): Parts => {
  const before = known.get(answer)
  if (before !== undefined) return before
  const size = answer.tokensPerChunk ?? DEFAULT_TOKENS_PER_CHUNK
  const parts = { thought: piecesOf(answer.reasoning ?? '', size), text: piecesOf(answer.text, size) }
  known.set(answer, parts)
  return parts
}

const planOf = (answer: TextAnswer, { max_completion_tokens, max_tokens }: ModelRequest): Plan => {
  const limit = answer.ignoresLimit ? Infinity : (max_completion_tokens ?? max_tokens ?? Infinity)
  const { thought, text } = partsOf(answer)
  const repeat = text.length === 0 ? 1 : (answer.repeat ?? 1)
  const tokens = (pieces: readonly Piece[]): number => pieces.reduce((sum, piece) => sum + piece.tokens, 0)
  const whole = tokens(thought) + tokens(text) * repeat <= limit
  const parts = function* (): Generator<Chunk> {
    for (const piece of thought) yield { ...piece, reasoning: true }
    for (let n = 0; n < repeat; n++) for (const piece of text) yield { ...piece, reasoning: false }
  }
  const chunks = function* (): Generator<Chunk> {
    let left = limit
    for (const chunk of parts()) {
      const part = chunk.tokens <= left ? chunk : piecesOf(chunk.text, 1).find((piece) => piece.tokens <= left)
      if (left <= 0 || part === undefined) return
      yield { ...part, reasoning: chunk.reasoning }
      left -= chunk.tokens
    }
  }
  return { chunks: chunks(), finishReason: answer.finishReason ?? (whole ? 'stop' : 'length') }
}

const usageOf = ({ request, progress }: Exchange, answer: TextAnswer): ToldUsage => {
  const prompt = answer.usage?.prompt_tokens ?? promptTokens(request)
  const completion = answer.usage?.completion_tokens ?? progress.tokensSent
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: answer.cached ?? 0 },
    completion_tokens_details: { reasoning_tokens: progress.reasoningSent },
    ...answer.usage,
  }
}

const note = (progress: Progress, chunk: Chunk): void => {
  progress.tokensSent += chunk.tokens
  if (chunk.reasoning) progress.reasoningSent += chunk.tokens
}

const streamText = async (exchange: Exchange, answer: TextAnswer): Promise<void> => {
  const { progress, request, response } = exchange
  const { delayBetweenChunksMs = 0, stallAfterChunks, cutAfterChunks, commentEveryMs } = answer
  const { chunks, finishReason } = planOf(answer, request)
  openStream(exchange)
  await wait(exchange, answer.firstTokenDelayMs ?? 0, commentEveryMs)
  await send(exchange, eventOf(exchange, { role: 'assistant', content: '' }))
  const pause = async (): Promise<void> => {
    if (progress.chunksSent === stallAfterChunks) await wait(exchange, answer.stallForMs ?? Infinity, commentEveryMs)
    if (progress.chunksSent === cutAfterChunks) exchange.cut()
    exchange.gone.throwIfAborted()
  }
  await pause()
  for (const chunk of chunks) {
    if (progress.chunksSent > 0) await wait(exchange, delayBetweenChunksMs, commentEveryMs)
    await send(exchange, eventOf(exchange, { [chunk.reasoning ? 'reasoning_content' : 'content']: chunk.text }))
    note(progress, chunk)
    progress.chunksSent++
    await pause()
  }
  await send(exchange, eventOf(exchange, {}, finishReason))
  if (request.stream_options?.include_usage && !answer.withoutUsage) {
    progress.usage = usageOf(exchange, answer)
    const last = { ...headOf(exchange, 'chat.completion.chunk'), choices: [], usage: progress.usage }
    await send(exchange, `data: ${JSON.stringify(last)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

const plainText = async (exchange: Exchange, answer: TextAnswer): Promise<void> => {
  const { progress, request, response } = exchange
  if (answer.repeat === Infinity) throw new RangeError('only a stream can go on for ever')
  const { chunks, finishReason } = planOf(answer, request)
  await wait(exchange, answer.firstTokenDelayMs ?? 0)
  const said = { text: '', reasoning: '' }
  const sum: Progress = { chunksSent: 1, tokensSent: 0, reasoningSent: 0 }
  for (const chunk of chunks) {
    said[chunk.reasoning ? 'reasoning' : 'text'] += chunk.text
    note(sum, chunk)
  }
  const usage = answer.withoutUsage ? undefined : usageOf({ ...exchange, progress: sum }, answer)
  const thought = said.reasoning === '' ? {} : { reasoning_content: said.reasoning }
  const message = { role: 'assistant', content: said.text, ...thought }
  const choices = [{ index: 0, message, finish_reason: finishReason }]
  const body = JSON.stringify({ ...headOf(exchange, 'chat.completion'), choices, ...(usage && { usage }) })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  if (answer.cutAfterChunks !== undefined) {
    await send(exchange, body.slice(0, body.length >> 1))
    return exchange.cut()
  }
  Object.assign(progress, sum, usage && { usage })
  response.end(body)
}

export const answerText = async (exchange: Exchange, answer: TextAnswer): Promise<void> =>
  exchange.request.stream ? await streamText(exchange, answer) : await plainText(exchange, answer)

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startModelServer, type Behaviour, type ModelServer } from '@iama/testing/model-server'
import { eventually } from '@iama/testing/servers'
import type { ChatPart } from '../src/application/ports.ts'
import { ModelFailed } from '../src/domain/model-failure.ts'
import { OpenAiChatModel } from '../src/infrastructure/chat-model.openai.ts'
import type { TenantKeys } from '../src/infrastructure/key-ring.ts'
import { readModels } from '../src/infrastructure/models-file.ts'

let provider: ModelServer
/** Waits for longer than a process that lives is ever kept waiting. */
let model: OpenAiChatModel
/** Soon takes a pause for silence. */
let hasty: OpenAiChatModel

const settings = (url: string, seconds: number): string => `
providers:
  - name: lab
    endpoint: ${url}/
    key_env: LAB_KEY
    models:
      - model: gpt-4o
        price: { input: 2.5, output: 10 }
        timeouts: { first_token: ${seconds}, stall: ${seconds}, total: 30 }
`

/** All these models are called with the system's own key, or with none. */
const nobodysKeys: TenantKeys = { keyOf: () => Promise.reject(new Error('no tenant brings a key here')) }

beforeAll(async () => {
  provider = await startModelServer({ key: 'sk-lab' })
  ;[model, hasty] = [10, 0.5].map((seconds) => {
    const [lab] = readModels('models.yaml', settings(provider.url, seconds), { LAB_KEY: 'sk-lab' })
    return new OpenAiChatModel(lab!, nobodysKeys)
  }) as [OpenAiChatModel, OpenAiChatModel]
})
afterAll(async () => await provider.stop())

const tenantId = randomUUID()
const messages = [{ role: 'user', content: 'Say hello.' }] as const
const never = new AbortController().signal

const answer = async (behaviour: Behaviour, signal = never, by = model): Promise<ChatPart[]> => {
  provider.script([behaviour])
  const parts: ChatPart[] = []
  for await (const part of by.chat({ tenantId, messages, outputCap: 100 }, signal)) parts.push(part)
  return parts
}
const textOf = (parts: readonly ChatPart[]): string =>
  parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
const failure = async (behaviour: Behaviour, by = model): Promise<ModelFailed> => {
  const error = await answer(behaviour, never, by).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ModelFailed)
  return error as ModelFailed
}

describe('a model behind an endpoint', () => {
  it('is asked for a stream with usage, within the cap, and streams its answer to the finish', async () => {
    const parts = await answer({ text: 'Hello to all of you out there.', reasoning: 'Say it kindly.', cached: 3 })
    expect(textOf(parts)).toBe('Hello to all of you out there.')
    expect(parts).toContainEqual({ kind: 'finish', complete: true })
    const [call] = provider.calls.slice(-1)
    expect(call!.request).toMatchObject({
      model: 'gpt-4o',
      messages,
      max_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    })
    const { usage } = call!
    expect(parts.at(-1)).toEqual({
      kind: 'usage',
      tokens: {
        inputTokens: usage!.prompt_tokens,
        cachedTokens: 3,
        outputTokens: usage!.completion_tokens,
        reasoningTokens: usage!.completion_tokens_details!.reasoning_tokens,
      },
    })
  })

  it('says when its answer ran into the cap', async () => {
    expect(await answer({ text: 'word '.repeat(300) })).toContainEqual({ kind: 'finish', complete: false })
  })

  it.each<[string, Behaviour, object]>([
    ['busy, and says when to come back', { status: 429, retryAfter: 7 }, { fault: 'busy', retryAfterMs: 7_000 }],
    ['busy without a word', { status: 429 }, { fault: 'busy', retryAfterMs: undefined }],
    ['failing', { status: 500 }, { fault: 'down' }],
    ['overloaded', { status: 503, retryAfter: 2 }, { fault: 'down', retryAfterMs: 2_000 }],
    ['not for our key', { status: 401 }, { fault: 'refused' }],
    ['unknown', { status: 404 }, { fault: 'refused' }],
    ['too small for the request', { status: 400 }, { fault: 'refused' }],
    ['cut in the middle', { text: 'a b c d e f g h i j', cutAfterChunks: 1 }, { fault: 'cut' }],
    ['a broken object', { malformed: 'bad-json' }, {}],
    ['an error in the middle', { malformed: 'error-event' }, {}],
  ])('fails as what it is: %s', async (_, behaviour, expected) => {
    expect(await failure(behaviour)).toMatchObject(expected)
  })

  it.each<[string, Behaviour, object]>([
    ['from the start', { hang: true }, { message: 'said nothing for 0.5 s' }],
    ['in the middle', { text: 'a b c d e f g h i j', stallAfterChunks: 1 }, {}],
    ['but for comments', { text: 'a b c d e f g h', stallAfterChunks: 1, commentEveryMs: 50 }, {}],
  ])('fails as stalled: silent %s', async (_, behaviour, expected) => {
    expect(await failure(behaviour, hasty)).toMatchObject({ fault: 'stalled', ...expected })
  })

  it.each<[Behaviour & { malformed: string }]>([
    [{ malformed: 'bad-sse' }],
    [{ malformed: 'no-choices' }],
    [{ malformed: 'html' }],
    [{ malformed: 'empty' }],
    [{ malformed: 'no-end' }],
  ])('never finishes without a finish: %j', async (behaviour) => {
    const parts = await answer(behaviour).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ModelFailed)
      return []
    })
    expect(parts.filter(({ kind }) => kind === 'finish')).toEqual([])
  })

  it('keeps its own words out of ours: they may quote the prompt or a key', async () => {
    const { message } = await failure({ status: 401, body: { error: { message: 'wrong key sk-lab for Say hello.' } } })
    expect(message).not.toMatch(/sk-lab|hello/)
  })

  it('cannot be reached where nobody listens', async () => {
    const [gone] = readModels('f', settings('http://127.0.0.1:9/v1', 10), { LAB_KEY: 'k' })
    const parts = new OpenAiChatModel(gone!, nobodysKeys).chat({ tenantId, messages, outputCap: 10 }, never)
    await expect(parts.next()).rejects.toMatchObject({ fault: 'down', message: 'cannot be reached' })
  })

  it('loses its connection at once when the call is cancelled', async () => {
    const stop = new AbortController()
    const cancelled = new Error('cancelled')
    const answering = answer({ text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 }, stop.signal)
    await eventually('the answer is under way', async () => (provider.calls.at(-1)?.chunksSent ?? 0) > 3)
    const aborted = Date.now()
    stop.abort(cancelled)
    await expect(answering).rejects.toBe(cancelled)
    const ended = await eventually('the connection is closed', async () => provider.calls.at(-1)?.endedAt)
    expect(provider.calls.at(-1)!.ended).toBe('closed-by-client')
    expect(ended - aborted).toBeLessThan(2_000)
  })

  it('loses its connection when nobody listens any longer', async () => {
    provider.script([{ text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 }])
    for await (const part of model.chat({ tenantId, messages, outputCap: 100 }, never)) if (part.kind === 'text') break
    await eventually('the connection is closed', async () => provider.calls.at(-1)?.ended === 'closed-by-client')
  })
})

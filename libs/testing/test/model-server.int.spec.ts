import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import OpenAI, { APIConnectionError, AuthenticationError, InternalServerError, RateLimitError } from 'openai'

import { promptOf, startModelServer, tokensIn, type ModelServer } from '../src/model-server.ts'
import { eventually } from '../src/servers-wait.ts'

const text = 'Twelve quick brown foxes jump over the lazy dog, and ünïcödé 🙂 too.'
let server: ModelServer
let client: OpenAI

const messages = [{ role: 'user' as const, content: 'Say something about foxes.' }]
const ask = async () => await client.chat.completions.create({ model: 'scripted', messages })
const stream = async (signal?: AbortSignal) =>
  await client.chat.completions.create(
    { model: 'scripted', messages, stream: true, stream_options: { include_usage: true } },
    { ...(signal && { signal }) },
  )

/** All that a stream says, in how many chunks, and what stopped it early. */
const heard = async (chunks: Awaited<ReturnType<typeof stream>>) => {
  const all = { text: '', thought: '', chunks: 0, finish: '', usage: undefined as unknown, error: undefined as unknown }
  try {
    for await (const { choices, usage } of chunks) {
      const delta = choices[0]?.delta as { content?: string; reasoning_content?: string } | undefined
      all.text += delta?.content ?? ''
      all.thought += delta?.reasoning_content ?? ''
      if (delta?.content || delta?.reasoning_content) all.chunks++
      all.finish = choices[0]?.finish_reason ?? all.finish
      all.usage = usage ?? all.usage
    }
  } catch (error) {
    all.error = error
  }
  return all
}

beforeAll(async () => {
  server = await startModelServer({ models: ['scripted', 'other'] })
  client = new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0, logLevel: 'off' })
})
beforeEach(() => server.reset())
afterAll(async () => await server?.stop())

describe('a scripted model server answers', () => {
  it('a plain call, with the usage that it bills', async () => {
    server.script([{ text, cached: 3 }])
    const { choices, usage } = await ask()
    expect(choices[0]).toMatchObject({ message: { role: 'assistant', content: text }, finish_reason: 'stop' })
    const input = tokensIn('Say something about foxes.') + 4
    const output = tokensIn(text)
    expect(usage).toMatchObject({
      ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
      prompt_tokens_details: { cached_tokens: 3 },
    })
    expect(server.tokens()).toEqual({ input, output, cached: 3, reasoning: 0 })
    expect(server.calls).toMatchObject([{ ended: 'served', status: 200, tokensSent: output, chunksSent: 1, usage }])
  })

  it('a stream, in chunks of so many tokens', async () => {
    server.script([{ text, reasoning: 'Foxes, then.', tokensPerChunk: 5 }])
    const all = await heard(await stream())
    const [thought, said] = [tokensIn('Foxes, then.'), tokensIn(text)]
    expect(all).toMatchObject({ text, thought: 'Foxes, then.', finish: 'stop', error: undefined })
    expect(all.usage).toMatchObject({
      completion_tokens: thought + said,
      completion_tokens_details: { reasoning_tokens: thought },
    })
    expect(server.tokens()).toMatchObject({ output: thought + said, reasoning: thought })
    expect(server.calls[0]).toMatchObject({ ended: 'served', chunksSent: all.chunks })
    expect(all.chunks).toBeGreaterThan(3)
  })

  it('by a function of the request, by a list, and loudly when the list is used up', async () => {
    server.script(({ messages: asked }) => ({ text: String(promptOf({ model: '', messages: asked }).length) }))
    expect((await ask()).choices[0]?.message.content).toBe('26')
    server.script([{ text: 'one' }, { text: 'two' }])
    expect((await ask()).choices[0]?.message.content).toBe('one')
    expect((await ask()).choices[0]?.message.content).toBe('two')
    await expect(ask()).rejects.toThrow('the script has no answer')
    server.script(() => Promise.reject(new Error('a bug in a test')))
    await expect(ask()).rejects.toThrow('a bug in a test')
  })

  it.each([{ max_tokens: 5 }, { max_completion_tokens: 5 }])(
    'up to the limit %j, unless told to ignore it',
    async (limit) => {
      server.script([{ text }, { text, ignoresLimit: true }])
      const call = async () => await client.chat.completions.create({ model: 'scripted', messages, ...limit })
      const short = await call()
      expect(short).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 5 } })
      expect(text.startsWith(short.choices[0]!.message.content!)).toBe(true)
      expect((await call()).choices[0]?.message.content).toBe(text)
    },
  )

  it('with other figures than its own, or with none', async () => {
    server.script([
      { text, usage: { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 } },
      { text, withoutUsage: true },
    ])
    expect((await ask()).usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 9 })
    expect((await heard(await stream())).usage).toBeUndefined()
    expect(server.tokens().output).toBe(9 + tokensIn(text))
  })

  it('with its models, and only whoever has the key', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['scripted', 'other'])
    const locked = await startModelServer({ key: 'right' })
    const stranger = new OpenAI({ baseURL: locked.url, apiKey: 'wrong', maxRetries: 0, logLevel: 'off' })
    await expect(stranger.models.list()).rejects.toThrow(AuthenticationError)
    await locked.stop()
  })

  it('with a hostile size', async () => {
    server.script([{ text: 'word '.repeat(100), repeat: 2_000 }])
    const { choices } = await ask()
    expect(choices[0]?.message.content).toHaveLength(1_000_000)
    expect(server.calls[0]!.tokensSent).toBe(2_000 * tokensIn('word '.repeat(100)))
  })
})

describe('a scripted model server misbehaves', () => {
  it.each([
    ['seconds', 7, '7'],
    ['a date', new Date(Date.UTC(2030, 0, 1)), 'Tue, 01 Jan 2030 00:00:00 GMT'],
  ])('429 with Retry-After as %s', async (_name, retryAfter, header) => {
    server.script([{ status: 429, retryAfter }])
    const refusal: unknown = await ask().catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RateLimitError)
    expect((refusal as RateLimitError).headers.get('retry-after')).toBe(header)
    expect(server.calls).toMatchObject([{ status: 429, ended: 'served', tokensSent: 0 }])
    expect(server.tokens()).toEqual({ input: 0, output: 0, cached: 0, reasoning: 0 })
  })

  it('500, with a body of its own', async () => {
    server.script([{ status: 500, body: 'no JSON at all' }])
    await expect(ask()).rejects.toThrow(InternalServerError)
  })

  it('a stream that is cut after some chunks, which are on the bill', async () => {
    server.script([{ text, tokensPerChunk: 2, cutAfterChunks: 3 }])
    const all = await heard(await stream())
    expect(all).toMatchObject({ chunks: 3, finish: '', error: expect.anything() })
    expect(server.calls).toMatchObject([{ ended: 'cut', chunksSent: 3, tokensSent: 6 }])
    expect(server.tokens().output).toBe(6)
  })

  it('a plain answer that is cut in its middle', async () => {
    server.script([{ text, cutAfterChunks: 0 }])
    await expect(ask()).rejects.toThrow()
    expect(server.calls).toMatchObject([{ ended: 'cut', tokensSent: 0 }])
  })

  it('a stream that falls silent, until the client closes it: when is known to the millisecond', async () => {
    server.script([{ text, tokensPerChunk: 2, stallAfterChunks: 2, commentEveryMs: 20 }])
    const giveUp = new AbortController()
    const chunks = await stream(giveUp.signal)
    const hearing = heard(chunks)
    await eventually('two chunks have left', () => server.calls[0]?.chunksSent === 2)
    expect(server.open).toBe(1)
    const before = Date.now()
    giveUp.abort()
    await hearing
    await eventually('the server sees it', () => server.calls[0]?.ended)
    const call = server.calls[0]!
    expect(call).toMatchObject({ ended: 'closed-by-client', chunksSent: 2, tokensSent: 4, status: 200 })
    expect(call.endedAt! - before).toBeGreaterThanOrEqual(0)
    expect(call.endedAt! - before).toBeLessThan(1_000)
    expect(Math.abs(call.endedAt! - call.startedAt - call.closedAfterMs!)).toBeLessThan(50)
    expect(server.open).toBe(0)
  })

  it('a pause in a stream, and a slow first token', async () => {
    server.script([
      { text: 'a b c d e f g h', firstTokenDelayMs: 60, stallAfterChunks: 1, stallForMs: 60, delayBetweenChunksMs: 10 },
    ])
    expect(await heard(await stream())).toMatchObject({ text: 'a b c d e f g h', finish: 'stop' })
    expect(server.calls[0]!.closedAfterMs).toBeGreaterThan(125)
  })

  it('silence from the beginning', async () => {
    server.script([{ hang: true }])
    await expect(client.chat.completions.create({ model: 'scripted', messages }, { timeout: 100 })).rejects.toThrow(
      APIConnectionError,
    )
    await eventually('the server sees it', () => server.calls[0]?.ended === 'closed-by-client')
    expect(server.calls[0]!.status).toBeUndefined()
  })

  it('a stream without end is written no faster than it is read, and ends with the connection', async () => {
    server.script([{ text: 'word '.repeat(1_000), repeat: Infinity, tokensPerChunk: 1_000 }])
    const socket = connect(server.port, '127.0.0.1')
    const body = JSON.stringify({ model: 'scripted', messages, stream: true })
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    const sent = () => server.calls[0]?.chunksSent ?? 0
    let last = -1
    await eventually('it waits for its reader', () => {
      const now = sent()
      const still = now > 0 && now === last
      last = now
      return still
    })
    socket.destroy()
    await eventually('the server sees it', () => server.calls[0]?.ended === 'closed-by-client')
    expect(server.tokens().output).toBe(server.calls[0]!.tokensSent)
  })

  it.each(['bad-json', 'bad-sse', 'no-choices', 'html', 'empty', 'no-end', 'error-event'] as const)(
    'the malformed answer %s is no answer, plain or streamed',
    async (malformed) => {
      server.script(() => ({ malformed }))
      const plain = await ask().then(
        (got) => (got as Partial<typeof got> | null)?.choices?.[0]?.message.content,
        (error: unknown) => error,
      )
      expect(typeof plain).not.toBe('string')
      const streamed = await stream().then(heard, (error: unknown) => ({ error, finish: '' }))
      expect(streamed.finish).toBe('')
      expect(server.calls.map(({ ended }) => ended)).toEqual(['served', 'served'])
    },
  )

  it('forgets the oldest calls, but not what they cost', async () => {
    const small = await startModelServer({ keep: 2 })
    const one = new OpenAI({ baseURL: small.url, apiKey: 'any', maxRetries: 0, logLevel: 'off' })
    small.script(() => ({ text: 'x', usage: { prompt_tokens: 1 } }))
    for (let n = 0; n < 5; n++) await one.chat.completions.create({ model: 'm', messages })
    expect(small.calls.map(({ index }) => index)).toEqual([3, 4])
    expect(small.tokens()).toMatchObject({ input: 5, output: 5 })
    await small.stop()
  })
})

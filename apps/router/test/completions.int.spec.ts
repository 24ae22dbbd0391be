import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import { startModelServer, type ModelServer } from '@iama/testing/model-server'
import { eventually, testServers } from '@iama/testing/servers'
import { surroundings, type Surroundings } from '@iama/testing/surroundings'
import type { Role } from '@iama/security'
import OpenAI from 'openai'
import { startAuth, type AuthServer } from './auth-server.ts'
import { startBilling, type BillingServer } from './billing-server.ts'
import { ENGINE } from './router-service.ts'
import { createRouter, type RunningRouter } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import type { ModelSettings } from '../src/infrastructure/models-file.ts'

jest.setTimeout(60_000)

let around: Surroundings
let auth: AuthServer
let billing: BillingServer
const servers: ModelServer[] = []
const routers: RunningRouter[] = []

beforeAll(async () => {
  around = await surroundings('router', migrations)
  ;[auth, billing] = await Promise.all([startAuth(around.identity), startBilling(around.identity)])
})

afterEach(async () => {
  for (const router of routers.splice(0)) await router.stop()
  for (const server of servers.splice(0)) await server.stop()
})

afterAll(async () => {
  await Promise.all([auth.stop(), billing.stop()])
  await around.stop()
})

const PRICE = { input: 2, cachedInput: 1, output: 8 }

/** Longer than a process that lives is ever kept waiting: none of these tests is about silence, but those that say so. */
const PATIENT = { firstTokenMs: 30_000, stallMs: 30_000, totalMs: 60_000 }

const modelAt = ({ url }: ModelServer, more: Partial<ModelSettings> & { model?: string } = {}): ModelSettings => ({
  offer: {
    engine: 'model',
    // circuits are kept in a Redis that all tests share
    provider: `p-${randomUUID().slice(0, 8)}`,
    model: more.model ?? 'scripted',
    classes: ['L1', 'L2', 'L3'],
    window: 128_000,
    outputCap: 4_000,
    price: PRICE,
  },
  endpoint: url,
  key: 'upstream-key',
  limits: PATIENT,
  capField: 'max_tokens',
  ...more,
})

const upstream = async (): Promise<ModelServer> => {
  const server = await startModelServer({ key: 'upstream-key' })
  servers.push(server)
  return server
}

interface Client {
  readonly tenantId: string
  readonly key: string
  readonly url: string
  readonly openai: OpenAI
}

/** A tenant with an API key, before a router with these models. */
const client = async (models: readonly ModelSettings[], role: Role = 'developer'): Promise<Client> => {
  const router = await createRouter(
    {
      ...around.settings,
      authAddress: auth.address,
      jobsAddress: 'unused:1',
      billingAddress: billing.address,
      redisUrl: testServers().redisUrl,
      openAiListen: '127.0.0.1:0',
      models,
      engineMemoryMiB: 512,
      engineTimeoutMs: 60_000,
      enginesAtOnce: 1,
      engineProgram: ENGINE,
    },
    { identity: around.identity },
  )
  routers.push(router)
  const [tenantId, key] = [randomUUID(), `iama_${randomUUID()}`]
  auth.apiKeys.set(key, { kind: 'apiKey', tenantId, userId: tenantId, roles: [role] })
  const url = `http://${router.openAiAddress}/v1`
  return { tenantId, key, url, openai: new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 }) }
}

const hello = { model: 'scripted', messages: [{ role: 'user' as const, content: 'Say hello to the world.' }] }

const rowsOf = (tenantId: string): Promise<Record<string, unknown>[]> =>
  around.database.query('SELECT * FROM generations WHERE tenant_id = $1 ORDER BY at', [tenantId])

/** What was recorded, once there are so many rows. */
const usage = (tenantId: string, calls: number) =>
  eventually(`${calls} calls are written down`, async () => {
    const rows = await rowsOf(tenantId)
    return rows.length === calls && rows
  })

const told = async (tenantId: string) =>
  (await around.published('EVENTS_ROUTER'))
    .filter((message) => message.tenantId === tenantId && message.type === 'usage.recorded')
    .map(({ data }) => fromBinary(UsageRecordedEventSchema, data))

describe('a completion', () => {
  it('is answered in one piece by the openai package, paid for and told once', async () => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server)])
    server.script([{ text: 'Hello, world.', cached: 2 }])
    const answer = await openai.chat.completions.create(hello)
    expect(answer.choices[0]).toMatchObject({ message: { content: 'Hello, world.' }, finish_reason: 'stop' })
    const [row] = await usage(tenantId, 1)
    const { input, output, cached } = server.tokens()
    expect(row).toMatchObject({ phase: 'chat', job_id: null, model: 'scripted', currency: 'USD', estimated: false })
    expect([row!['input_tokens'], row!['output_tokens'], row!['cached_tokens']].map(Number)).toEqual([
      input,
      output,
      cached,
    ])
    expect(Number(row!['cost_micros'])).toBe((input - cached) * 2 + cached + output * 8)
    await around.untilAllIsTold()
    expect(await told(tenantId)).toEqual([expect.objectContaining({ usageId: row!['id'], phase: 'chat', jobId: '' })])
  })

  it('is streamed, without the usage where it was not asked for', async () => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server)])
    server.script(() => ({ text: 'one two three four five six seven eight', tokensPerChunk: 1 }))
    const hear = async (options: { include_usage?: boolean } | undefined) => {
      const stream = await openai.chat.completions.create({
        ...hello,
        stream: true,
        ...(options && { stream_options: options }),
      })
      const [texts, usages]: [string[], unknown[]] = [[], []]
      for await (const { choices, usage } of stream) {
        if (choices[0]?.delta.content) texts.push(choices[0].delta.content)
        if (usage) usages.push(usage)
      }
      return { text: texts.join(''), chunks: texts.length, usages }
    }
    const quiet = await hear(undefined)
    expect(quiet).toMatchObject({ text: 'one two three four five six seven eight', usages: [] })
    expect(quiet.chunks).toBeGreaterThan(4)
    const loud = await hear({ include_usage: true })
    expect(loud.usages).toEqual([expect.objectContaining({ completion_tokens: 8 })])
    const rows = await usage(tenantId, 2)
    const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0)
    expect({ input: sum('input_tokens'), output: sum('output_tokens') }).toMatchObject({
      input: server.tokens().input,
      output: server.tokens().output,
    })
    expect(rows.every((row) => row['first_token_ms'] !== null && row['estimated'] === false)).toBe(true)
  })

  it('keeps every field that is not ours, byte by byte, and says the model and the cap itself', async () => {
    const server = await upstream()
    const { openai } = await client([modelAt(server)])
    server.script(() => ({ text: 'ok' }))
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } }]
    await openai.chat.completions.create({ ...hello, tools, temperature: 0.25, max_completion_tokens: 7, seed: 3 })
    await openai.chat.completions.create({ ...hello, max_tokens: 1_000_000, response_format: { type: 'json_object' } })
    const [first, second] = server.calls.map(({ request }) => request)
    expect(first).toEqual({ ...hello, tools, temperature: 0.25, max_tokens: 7, seed: 3 })
    expect(second).toEqual({ ...hello, max_tokens: 4_000, response_format: { type: 'json_object' } })
  })

  it('counts itself what a model does not tell', async () => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server)])
    server.script(() => ({ text: 'a text whose tokens nobody tells', withoutUsage: true }))
    await openai.chat.completions.create(hello)
    for await (const chunk of await openai.chat.completions.create({ ...hello, stream: true })) void chunk
    const rows = await usage(tenantId, 2)
    const { input, output } = server.tokens()
    const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0)
    expect([sum('input_tokens'), sum('output_tokens')]).toEqual([input, output])
    expect(rows.map((row) => row['estimated'])).toEqual([true, true])
  })
})

describe('who may ask', () => {
  it('is whoever has an API key or an access token; it is looked up once', async () => {
    const server = await upstream()
    const { openai, url, tenantId } = await client([modelAt(server)])
    server.script(() => ({ text: 'ok' }))
    const before = auth.asked()
    for (let n = 0; n < 5; n++) await openai.chat.completions.create(hello)
    expect(auth.asked() - before).toBe(1)
    const token = await around.identity.user(tenantId, tenantId, 'gateway')
    const person = new OpenAI({ baseURL: url, apiKey: token, maxRetries: 0 })
    expect((await person.chat.completions.create(hello)).choices).toHaveLength(1)
  })

  it('is nobody with a wrong key, without one, or who may only look', async () => {
    const server = await upstream()
    const { url } = await client([modelAt(server)])
    const wrong = new OpenAI({ baseURL: url, apiKey: 'iama_wrong', maxRetries: 0 })
    await expect(wrong.chat.completions.create(hello)).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    expect((await fetch(`${url}/models`)).status).toBe(401)
    const viewer = await client([modelAt(server)], 'viewer')
    await expect(viewer.openai.chat.completions.create(hello)).rejects.toMatchObject({ status: 403 })
    expect(server.calls).toEqual([])
  })

  it('sees the models and classes that are served', async () => {
    const server = await upstream()
    const settings = modelAt(server)
    const { openai } = await client([settings])
    const id = `${settings.offer.provider}/scripted`
    expect((await openai.models.list()).data.map((model) => model.id)).toEqual(['L1', 'L2', 'L3', id])
    expect(await openai.models.retrieve('L1')).toMatchObject({ id: 'L1', object: 'model' })
  })
})

describe('a request is refused', () => {
  const messages = hello.messages
  it.each([
    ['no JSON', '{"model": ', 400, 'body_not_json'],
    ['no object', '[]', 400, 'body_not_json'],
    ['an unknown model', { model: 'gpt-none', messages }, 404, 'model_not_found'],
    ['no messages', { model: 'scripted' }, 400, 'invalid_request'],
    ['no model', { messages }, 400, 'invalid_request'],
    ['a cap of nothing', { model: 'scripted', messages, max_tokens: 0 }, 400, 'invalid_request'],
    ['L3 that nobody confirmed', { model: 'L3', messages }, 403, 'confirmation_missing'],
    [
      'more than its window',
      { ...hello, messages: [{ role: 'user', content: 'word '.repeat(300_000) }] },
      400,
      'no_route',
    ],
  ])('with %s', async (_what, body, status, code) => {
    const server = await upstream()
    const { url, key, tenantId } = await client([modelAt(server)])
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: text,
    })
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([status, code])
    expect([server.calls.length, (await rowsOf(tenantId)).length]).toEqual([0, 0])
  })

  it('when it is larger than 32 MiB, before it is read', async () => {
    const server = await upstream()
    const { url, key } = await client([modelAt(server)])
    const headers = { authorization: `Bearer ${key}`, 'content-length': String(33 * 1024 * 1024) }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = httpRequest(`${url}/chat/completions`, { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode)
        asked.destroy()
      })
      asked.once('error', reject)
      asked.flushHeaders()
    })
    expect(status).toBe(413)
  })

  it('with the words of a model that does not take it', async () => {
    const server = await upstream()
    const { openai } = await client([modelAt(server)])
    server.script([{ status: 400, body: { error: { message: 'temperature: 9 is too hot', code: 'hot' } } }])
    await expect(openai.chat.completions.create(hello)).rejects.toMatchObject({
      status: 400,
      code: 'hot',
      message: expect.stringContaining('too hot'),
    })
  })

  it('L3 is asked with a confirmed cost that is enough, and not with less', async () => {
    const server = await upstream()
    const { openai } = await client([modelAt(server)])
    server.script(() => ({ text: 'deep' }))
    const ask = (micros: number) =>
      openai.chat.completions.create({ ...hello, model: 'L3' }, { headers: { 'x-iama-confirmed-micros': `${micros}` } })
    await expect(ask(10)).rejects.toMatchObject({ status: 403, code: 'confirmation_too_low' })
    expect((await ask(1_000_000)).choices).toHaveLength(1)
    expect(server.calls).toHaveLength(1)
  })
})

describe('the budget of a month', () => {
  it('lets 10 of 64 pass at once when it is for 10', async () => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server)])
    const body = JSON.stringify({ ...hello, max_tokens: 100 })
    const each = Buffer.byteLength(body) * 2 + 100 * 8
    billing.monthBudgets.set(tenantId, each * 10)
    const decided = Promise.withResolvers<void>()
    server.script(async () => {
      await decided.promise
      return { text: 'x' }
    })
    const refused: Error[] = []
    const asked = Array.from({ length: 64 }, () =>
      openai.chat.completions.create({ ...hello, max_tokens: 100 }).catch((error: Error) => refused.push(error)),
    )
    // none ends before all have been let through or refused
    await eventually('all have asked', () => server.calls.length + refused.length === asked.length, 30_000)
    decided.resolve()
    await Promise.all(asked)
    expect(asked.length - refused.length).toBe(10)
    for (const error of refused) expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' })
    expect(server.calls).toHaveLength(10)
    const rows = await usage(tenantId, 10)
    expect(rows.reduce((sum, row) => sum + Number(row['cost_micros']), 0)).toBeLessThanOrEqual(each * 10)
    // what was not spent can be spent
    await eventually('the reservations are settled', () =>
      openai.chat.completions.create({ ...hello, max_tokens: 100 }).then(
        () => true,
        () => false,
      ),
    )
  })
})

describe('when a model fails', () => {
  it('the next one is asked, and its circuit opens', async () => {
    const [bad, good] = [await upstream(), await upstream()]
    const { openai, tenantId } = await client([modelAt(bad), modelAt(good)])
    bad.script(() => ({ status: 503 }))
    good.script(() => ({ text: 'from the other' }))
    for (let n = 0; n < 8; n++) {
      const { choices } = await openai.chat.completions.create(hello)
      expect(choices[0]!.message.content).toBe('from the other')
    }
    expect([bad.calls.length, good.calls.length]).toEqual([5, 8])
    expect(await usage(tenantId, 8)).toHaveLength(8)
    expect(await rowsOf(tenantId)).toHaveLength(8)
  })

  it('a stream takes another model as long as nothing was heard', async () => {
    const [silent, erring, good] = [await upstream(), await upstream(), await upstream()]
    const settings = modelAt(silent, { limits: { firstTokenMs: 300, stallMs: 300, totalMs: 5_000 } })
    const { openai } = await client([settings, modelAt(erring), modelAt(good)])
    silent.script([{ hang: true }])
    erring.script([{ status: 200, body: 'data: {"error":{"message":"no"}}\n\n' }])
    good.script([{ text: 'at last' }])
    const texts: string[] = []
    for await (const { choices } of await openai.chat.completions.create({ ...hello, stream: true }))
      texts.push(choices[0]?.delta.content ?? '')
    expect(texts.join('')).toBe('at last')
  })

  it('its 429 with Retry-After is passed on when nobody else can answer', async () => {
    const server = await upstream()
    const { openai } = await client([modelAt(server)])
    server.script([{ status: 429, retryAfter: 7 }])
    const error = await openai.chat.completions
      .create(hello)
      .catch((reason: unknown) => reason as InstanceType<typeof OpenAI.APIError>)
    expect(error).toMatchObject({ status: 503, code: 'provider_unavailable' })
    expect((error as { headers: Headers }).headers.get('retry-after')).toBe('7')
  })

  it.each([
    ['breaks off', { cutAfterChunks: 3 }],
    ['falls silent', { stallAfterChunks: 3 }],
  ])('a stream that %s ends with an error, and what came is paid for', async (_what, fault) => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server, { limits: { ...PATIENT, stallMs: 4_000 } })])
    server.script([{ text: 'word '.repeat(100), tokensPerChunk: 2, ...fault }])
    const texts: string[] = []
    const hear = async (): Promise<void> => {
      for await (const { choices } of await openai.chat.completions.create({ ...hello, stream: true }))
        if (choices[0]?.delta.content) texts.push(choices[0].delta.content)
    }
    await expect(hear()).rejects.toMatchObject({ code: 'stream_broken' })
    expect(texts).toHaveLength(3)
    const [row] = await usage(tenantId, 1)
    const { input, output } = server.tokens()
    expect([Number(row!['input_tokens']), Number(row!['output_tokens']), row!['estimated']]).toEqual([
      input,
      output,
      true,
    ])
  })
})

describe('a client that goes', () => {
  it.each([['stream'], ['plain']])('closes the provider within 2 s: %s', async (kind) => {
    const server = await upstream()
    const { openai, tenantId } = await client([modelAt(server)])
    const going = new AbortController()
    const isStream = kind === 'stream'
    server.script([isStream ? { text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 } : { hang: true }])
    const asked = openai.chat.completions.create({ ...hello, stream: isStream }, { signal: going.signal })
    let heard = 0
    const ended = (async () => {
      const answer = await asked
      if (Symbol.asyncIterator in answer) for await (const { choices } of answer) if (choices[0]?.delta.content) heard++
    })().catch(() => undefined)
    await eventually('the provider writes', () => server.open === 1 && (heard > 0 || !isStream))
    going.abort()
    const from = Date.now()
    await eventually('the connection is closed', () => server.open === 0, 2_000)
    expect(Date.now() - from).toBeLessThan(2_000)
    expect(server.calls[0]!.ended).toBe('closed-by-client')
    await ended
    if (!isStream) return
    const [row] = await usage(tenantId, 1)
    expect(row).toMatchObject({ estimated: true })
    expect(Number(row!['output_tokens'])).toBeGreaterThan(0)
    expect(Number(row!['output_tokens'])).toBeLessThanOrEqual(server.tokens().output)
  })
})

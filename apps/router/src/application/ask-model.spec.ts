import { describe, expect, it } from '@jest/globals'
import { ModelFailed } from '../domain/model-failure.ts'
import type { Offer, Route } from '../domain/route.ts'
import { AskModel, type Question } from './ask-model.ts'
import type { Budgets, Reservation } from './budgets.ts'
import type { Circuits, Leave } from './circuits.ts'
import type { ChatModel, ChatPart, Usage } from './ports.ts'

const offerOf = (model: string): Offer => ({
  engine: 'model',
  provider: 'lab',
  model,
  classes: ['L1'],
  window: 100_000,
  outputCap: 10,
  price: { input: 1, cachedInput: 1, output: 10 },
})
const routeOf = (offer: Offer): Route => ({ offer, maxTokens: 90_000, outputCap: 10, reason: '' })

type Talk = (signal: AbortSignal) => AsyncIterable<ChatPart>
const saying = (...parts: readonly ChatPart[]): Talk =>
  async function* () {
    yield* parts
  }
const failing = (error: Error, ...before: readonly ChatPart[]): Talk =>
  async function* () {
    yield* before
    throw error
  }
const text = (words: string): ChatPart => ({ kind: 'text', text: words })
const finish: ChatPart = { kind: 'finish', complete: true }
const told: ChatPart = {
  kind: 'usage',
  tokens: { inputTokens: 7, cachedTokens: 0, outputTokens: 3, reasoningTokens: 0 },
}

/** A word is a token. */
const tokenizer = {
  counter: () => {
    let count = 0
    return {
      get count() {
        return count
      },
      push: (words: string) => void (count += words.split(' ').filter(Boolean).length),
    }
  },
}

/** Everything around a question, and what was asked of it. */
const around = (talks: Readonly<Record<string, Talk>>, open: readonly string[] = []) => {
  const heard: string[] = []
  const models: ChatModel[] = Object.entries(talks).map(([name, talk]) => ({
    offer: offerOf(name),
    endpoint: 'http://lab',
    hasPlatformKey: false,
    chat: (_request, signal) => talk(signal),
  }))
  const circuits: Circuits = {
    admit: async ({ model }): Promise<Leave> =>
      open.includes(model) ? { granted: false, retryAt: new Date(5_000) } : { granted: true, trial: undefined },
    report: async ({ model }, _leave, outcome) => void heard.push(`${model} ${outcome}`),
    states: async () => [],
  }
  const budgets: Budgets = {
    reserve: async ({ id, tenantId, jobId, costMicros }): Promise<Reservation> => {
      heard.push(`reserve ${costMicros}`)
      return { id, tenantId, jobId, month: '2026-01', costMicros }
    },
    settle: async (_reservation, cost) => void heard.push(`settle ${cost}`),
    release: async () => void heard.push('release'),
    spent: async () => ({ jobMicros: 0, monthMicros: 0 }),
  }
  const usages: Usage[] = []
  let ids = 0
  const askModel = new AskModel({
    models,
    circuits,
    budgets,
    usageLog: {
      record: async (_tenant, usage) => {
        heard.push(`record ${usage.costMicros}`)
        usages.push(usage)
      },
    },
    tokenizer,
    clock: { now: () => new Date(1_000) },
    ids: { next: () => `call-${++ids}` },
  })
  const question: Question = {
    tenantId: 't',
    jobId: 'j',
    requestId: 'r',
    tier: 'free',
    phase: 'refactor',
    attempt: 0,
    prompt: 'refactor@1',
    messages: [{ role: 'user', content: 'please' }],
    inputTokens: 5,
    routes: models.map(({ offer }) => routeOf(offer)),
    limits: {},
  }
  const listener = { tell: () => undefined, used: () => undefined }
  const ask = (more: Partial<Question> = {}, signal = new AbortController().signal) =>
    askModel.execute({ ...question, ...more }, listener, signal)
  return { ask, heard, usages }
}

describe('asking a model', () => {
  it('reserves the most, records what the provider counted, then settles that', async () => {
    const { ask, heard, usages } = around({ a: saying(text('two words'), finish, told) })
    expect(await ask()).toMatchObject({ text: 'two words', complete: true })
    expect(heard).toEqual(['reserve 105', 'a succeeded', 'record 37', 'settle 37'])
    expect(usages[0]).toMatchObject({ id: 'call-1', inputTokens: 7, outputTokens: 3, estimated: false })
  })

  it('counts itself where the provider tells nothing', async () => {
    const { ask, usages } = around({ a: saying(text('two words'), finish) })
    await ask()
    expect(usages[0]).toMatchObject({ inputTokens: 5, outputTokens: 2, costMicros: 25, estimated: true })
  })

  it('gives the money back where nothing was begun, and goes on along the route', async () => {
    const busy = new ModelFailed('busy', 'is busy', 9_000)
    const { ask, heard } = around({ a: failing(busy), b: saying(text('fine'), finish, told) })
    expect((await ask()).route.offer.model).toBe('b')
    expect(heard).toEqual([
      'reserve 105',
      'a failed',
      'release',
      'reserve 105',
      'b succeeded',
      'record 37',
      'settle 37',
    ])
  })

  it('pays for an answer that breaks off, and for the next one as well', async () => {
    const cut = new ModelFailed('cut', 'broke off')
    const { ask, usages } = around({ a: failing(cut, text('one two three')), b: saying(text('fine'), finish, told) })
    await ask()
    expect(usages.map(({ model, outputTokens, estimated }) => [model, outputTokens, estimated])).toEqual([
      ['a', 3, true],
      ['b', 3, false],
    ])
  })

  it('takes an end without a finish for a break', async () => {
    const { ask, heard } = around({ a: saying(text('one')) })
    await expect(ask()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    expect(heard).toContain('a failed')
  })

  it('does not hear more than the cap: the answer is cut, and the model is not to blame for the length', async () => {
    const long = Array.from({ length: 50 }, () => text('more words'))
    const { ask, heard } = around({ a: saying(...long, finish) })
    expect(await ask()).toMatchObject({ complete: false })
    expect(heard).toEqual(['reserve 105', 'a succeeded', 'record 125', 'settle 125'])
  })

  it('passes over an open circuit, and says when the first route may be asked again', async () => {
    const { ask, heard } = around({ a: saying(finish), b: failing(new ModelFailed('busy', 'is busy', 2_500)) }, ['a'])
    await expect(ask()).rejects.toMatchObject({ metadata: { retry_after_ms: '2500' } })
    expect(heard.filter((each) => each.startsWith('a'))).toEqual([])
  })

  it('says that waiting is hopeless when every model refuses us, and does not blame their health', async () => {
    const { ask, heard } = around({ a: failing(new ModelFailed('refused', 'refused our key')) })
    await expect(ask()).rejects.toMatchObject({ metadata: { hopeless: 'true' } })
    expect(heard).toContain('a abandoned')
  })

  it('asks nobody else once it is cancelled, and pays for what came', async () => {
    const stop = new AbortController()
    const cancelled = new Error('cancelled')
    const stopping: Talk = async function* (signal) {
      yield text('one two')
      stop.abort(cancelled)
      throw signal.reason
    }
    const { ask, heard, usages } = around({ a: stopping, b: saying(text('never'), finish) })
    await expect(ask({}, stop.signal)).rejects.toBe(cancelled)
    expect(heard).toEqual(['reserve 105', 'a abandoned', 'record 25', 'settle 25'])
    expect(usages[0]).toMatchObject({ outputTokens: 2, estimated: true })
  })

  it('asks nobody when the call could cost more than was confirmed, and gives the trial back', async () => {
    const { ask, heard } = around({ a: saying(finish) })
    await expect(ask({ mostMicros: 104 })).rejects.toMatchObject({ code: 'BUDGET_REACHED' })
    expect(heard).toEqual(['a abandoned'])
    await expect(ask({ mostMicros: 105 })).resolves.toMatchObject({ complete: true })
  })
})

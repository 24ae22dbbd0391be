import { describe, expect, it } from '@jest/globals'
import {
  ContextTooLarge,
  highestCallMicros,
  NoRoute,
  NotConfirmed,
  outputCaps,
  RouteNotInTier,
  routesOf,
  type ModelClass,
  type Offer,
  type RouteKey,
  type Tier,
} from './route.ts'

const free = { input: 0, cachedInput: 0, output: 0 }
const offer = (model: string, classes: readonly ModelClass[], more: Partial<Offer> = {}): Offer => ({
  engine: 'model',
  provider: 'lab',
  model,
  classes,
  window: 2_000_000,
  outputCap: 100_000,
  price: free,
  ...more,
})
const codemod = offer('codemod', ['L1', 'L2', 'L3'], { engine: 'codemod', provider: 'codemod', window: Infinity })
const small = offer('small', ['L1'])
const large = offer('large', ['L1', 'L2', 'L3'])
const offers = [small, large, codemod]

const key = (tier: Tier, modelClass: ModelClass, more: Partial<RouteKey> = {}): RouteKey => ({
  tier,
  modelClass,
  contextTokens: 1_000,
  phase: 'refactor',
  engine: undefined,
  confirmedMicros: 1,
  ...more,
})
const models = (routed: RouteKey, offered = offers): string[] =>
  routesOf(routed, offered).routes.map((route) => route.offer.model)

describe('the route table', () => {
  it.each<[Tier, string, number]>([
    ['free', 'L1', 128_000],
    ['plus', 'L1 L2', 128_000],
    ['pro', 'L1 L2', 200_000],
    ['max', 'L1 L2 L3', 200_000],
    ['enterprise', 'L1 L2 L3', 1_000_000],
  ])('gives %s the classes %s and %i tokens of context', (tier, classes, contextTokens) => {
    for (const modelClass of ['L1', 'L2', 'L3'] as const) {
      const routes = () => routesOf(key(tier, modelClass, { contextTokens }), offers).routes
      if (classes.includes(modelClass)) expect(routes()[0]).toMatchObject({ maxTokens: contextTokens })
      else expect(routes).toThrow(RouteNotInTier)
    }
    expect(() => routesOf(key(tier, 'L1', { contextTokens: contextTokens + 1 }), offers)).toThrow(ContextTooLarge)
  })

  it('caps the answer by the class and by the model', () => {
    expect(outputCaps).toEqual({ L1: 30_000, L2: 5_000, L3: 5_000 })
    expect(routesOf(key('max', 'L2'), offers).routes[0].outputCap).toBe(5_000)
    const terse = offer('terse', ['L1', 'L2'], { outputCap: 4_096 })
    expect(routesOf(key('max', 'L1'), [terse]).routes[0].outputCap).toBe(4_096)
  })

  it('takes models in the order of the settings, each after the first as a fallback, and says so', () => {
    const { routes } = routesOf(key('max', 'L1'), offers)
    expect(routes.map(({ reason }) => reason)).toEqual([
      'lab/small serves L1 and comes first in the settings',
      'lab/large serves L1: fallback 1',
    ])
    expect(models(key('max', 'L2'))).toEqual(['large'])
  })

  it('keeps room for the answer in the window of the model, and leaves out whose window is too small', () => {
    const narrow = offer('narrow', ['L1'], { window: 32_000, outputCap: 8_000 })
    expect(routesOf(key('pro', 'L1'), [narrow]).routes[0].maxTokens).toBe(24_000)
    const tight = routesOf(key('pro', 'L1', { contextTokens: 24_001 }), [narrow, large])
    expect(tight.routes.map((route) => route.offer.model)).toEqual(['large'])
    expect(tight.leftOut).toEqual(['lab/narrow has a window of 32000 tokens, too small for 24001'])
    expect(() => routesOf(key('pro', 'L1', { contextTokens: 24_001 }), [narrow])).toThrow(/lab\/narrow/)
  })

  it('takes the offline engine where no model serves the class, or where it is asked for', () => {
    expect(models(key('free', 'L1'), [codemod])).toEqual(['codemod'])
    expect(models(key('free', 'L1', { engine: 'codemod' }))).toEqual(['codemod'])
  })

  it('never falls back from a model to the offline engine when a model is asked for', () => {
    expect(models(key('max', 'L1', { engine: 'model' }))).toEqual(['small', 'large'])
    expect(() => routesOf(key('max', 'L3', { engine: 'model' }), [small, codemod])).toThrow(NoRoute)
  })

  it('lets L1 stand in for L2 where no model serves it, within the caps of L2', () => {
    const [route] = routesOf(key('max', 'L2'), [small, codemod]).routes
    expect(route).toMatchObject({ offer: small, outputCap: 5_000 })
    expect(route.reason).toContain('lab/small stands in for L2')
  })

  it('asks a model of L3 only after a person has confirmed the cost', () => {
    expect(() => routesOf(key('max', 'L3', { confirmedMicros: 0 }), offers)).toThrow(NotConfirmed)
    expect(models(key('max', 'L3', { confirmedMicros: 1 }))).toEqual(['large'])
  })

  it('leaves out what waits for the tenant’s key, where it would have served, and says what to type', () => {
    const own = offer('own', ['L1', 'L3'], { provider: 'acme', keyOf: 'tenant' })
    const why = 'acme/own waits for a key of yours; an owner or admin types: iama models key acme'
    const first = routesOf(key('max', 'L1'), offers, [own])
    expect([first.routes.map((route) => route.offer.model), first.leftOut]).toEqual([['small', 'large'], [why]])
    expect(routesOf(key('max', 'L1'), [codemod], [own])).toMatchObject({ leftOut: [why] })
    expect(routesOf(key('max', 'L2'), offers, [offer('own', ['L3'], { keyOf: 'tenant' })]).leftOut).toEqual([])
    expect(routesOf(key('max', 'L1', { engine: 'codemod' }), offers, [own]).leftOut).toEqual([])
    expect(() => routesOf(key('max', 'L1', { engine: 'model' }), [codemod], [own])).toThrow(why)
    // once it has come it is a model like any other
    expect(models(key('max', 'L1'), [own, ...offers])).toEqual(['own', 'small', 'large'])
  })
})

describe('the most that a call can cost', () => {
  const price = { input: 2, cachedInput: 1, output: 10 }

  it.each([
    [['L1'], 100_000, 70_000 * 2 + 30_000 * 10],
    [['L1', 'L3'], 100_000, 95_000 * 2 + 5_000 * 10],
    [['L3'], 1_000, 99_000 * 2 + 1_000 * 10],
  ] as const)('of %j that answers up to %i tokens is %i', (classes, outputCap, micros) => {
    expect(highestCallMicros(offer('dear', classes, { window: 100_000, outputCap, price }))).toBe(micros)
  })

  it('is never less than what a call reserves', () => {
    const dear = offer('dear', ['L3'], { window: 100_000, price })
    const [route] = routesOf(key('max', 'L3', { engine: 'model' }), [dear]).routes
    expect(highestCallMicros(dear)).toBeGreaterThanOrEqual(route.maxTokens * 2 + route.outputCap * 10)
  })
})

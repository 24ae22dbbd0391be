import { describe, expect, it } from '@jest/globals'
import { completionRoutes, fewestTokens, fitOf, ModelUnknown, type CompletionKey } from './completion-route.ts'
import { ProviderKeyMissing } from './provider-key.ts'
import { NotConfirmed, RouteNotInTier, type ModelClass, type Offer } from './route.ts'

const offer = (provider: string, model: string, ...classes: ModelClass[]): Offer => ({
  engine: 'model',
  provider,
  model,
  classes,
  window: 100_000,
  outputCap: 16_000,
  price: { input: 1, cachedInput: 1, output: 1 },
})

const offers: readonly Offer[] = [
  offer('a', 'small', 'L1'),
  offer('b', 'small', 'L1'),
  offer('a', 'big', 'L2', 'L3'),
  offer('a', 'deep', 'L3'),
  { ...offer('codemod', 'codemod', 'L1', 'L2', 'L3'), engine: 'codemod' },
]

const routes = (name: string, more: Partial<CompletionKey> = {}) =>
  completionRoutes({ name, tier: 'max', contextTokens: 100, confirmedMicros: 0, ...more }, offers).map(
    ({ offer: { provider, model }, outputCap }) => [provider, model, outputCap],
  )

describe('a completion goes', () => {
  it('by a class to all models that serve it, in order', () => {
    expect(routes('L1')).toEqual([
      ['a', 'small', 16_000],
      ['b', 'small', 16_000],
    ])
  })

  it('by a name to each provider that has the model, and by provider and model to that one', () => {
    expect(routes('small')).toHaveLength(2)
    expect(routes('b/small')).toEqual([['b', 'small', 16_000]])
  })

  it('within the cap of the lowest class that the tier has', () => {
    expect(routes('big')).toEqual([['a', 'big', 5_000]])
    expect(() => routes('big', { tier: 'free' })).toThrow(RouteNotInTier)
  })

  it('to L3 with a confirmation only, whatever name it has', () => {
    for (const name of ['L3', 'deep']) {
      expect(() => routes(name)).toThrow(NotConfirmed)
      expect(routes(name, { confirmedMicros: 1 }).length).toBeGreaterThan(0)
    }
  })

  it('never to the offline engine, nor to a model that is not there', () => {
    for (const name of ['codemod', 'codemod/codemod', 'tiny', '', 'constructor'])
      expect(() => routes(name)).toThrow(ModelUnknown)
  })
})

describe('a completion by a model that waits for the tenant’s key', () => {
  const own: Offer = { ...offer('acme', 'own', 'L1', 'L2'), keyOf: 'tenant' }
  const asked = (name: string, here: readonly Offer[] = offers) => {
    const key = { name, tier: 'max', contextTokens: 100, confirmedMicros: 0 } as const
    return completionRoutes(key, here, [own, { ...own, model: 'small' }]).map(({ offer: { provider } }) => provider)
  }

  it('is refused with what to type where nothing else has the name or the class', () => {
    for (const name of ['own', 'acme/own', 'acme/small']) expect(() => asked(name)).toThrow(ProviderKeyMissing)
    expect(() => asked('L1', [])).toThrow(/acme\/own waits for a key of yours.*iama models key acme/)
    expect(() => asked('L3', [])).toThrow(ModelUnknown)
  })

  it('goes where another model has the name or the class', () => {
    expect(asked('small')).toEqual(['a', 'b'])
    expect(asked('L1')).toEqual(['a', 'b'])
  })
})

describe('the size of a request', () => {
  it('tells that it fits, that it does not, or that it has to be counted', () => {
    expect([10, 384_000, 384_001, 1_024_000, 1_024_001].map((bytes) => fitOf(bytes, 'free'))).toEqual([
      'fits',
      'fits',
      'count',
      'count',
      'too large',
    ])
    expect(fewestTokens(1_024_001)).toBe(128_000)
  })
})

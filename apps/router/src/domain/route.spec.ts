import { describe, expect, it } from '@jest/globals'
import { ContextTooLarge, NoRoute, outputCaps, RouteNotInTier, routeOf, type ModelClass, type Tier } from './route.ts'

const offers = [
  { provider: 'small', model: 'small-1', classes: ['L1'] as const },
  { provider: 'large', model: 'large-1', classes: ['L1', 'L2', 'L3'] as const },
]
const key = (tier: Tier, modelClass: ModelClass, contextTokens = 1_000) =>
  ({ tier, modelClass, contextTokens, phase: 'refactor' }) as const

describe('the route table', () => {
  it.each<[Tier, string, number]>([
    ['free', 'L1', 128_000],
    ['plus', 'L1 L2', 128_000],
    ['pro', 'L1 L2', 200_000],
    ['max', 'L1 L2 L3', 200_000],
    ['enterprise', 'L1 L2 L3', 1_000_000],
  ])('gives %s the classes %s and %i tokens of context', (tier, classes, context) => {
    for (const modelClass of ['L1', 'L2', 'L3'] as const) {
      const route = () => routeOf(key(tier, modelClass, context), offers)
      if (classes.includes(modelClass)) expect(route()).toMatchObject({ maxTokens: context })
      else expect(route).toThrow(RouteNotInTier)
    }
    expect(() => routeOf(key(tier, 'L1', context + 1), offers)).toThrow(ContextTooLarge)
  })

  it('caps the answer: whole files from L1, edit operations from the others', () => {
    expect(outputCaps).toEqual({ L1: 30_000, L2: 5_000, L3: 5_000 })
    expect(routeOf(key('max', 'L2'), offers).outputCap).toBe(5_000)
  })

  it('takes the first provider that serves the class, and says so', () => {
    expect(routeOf(key('max', 'L1'), offers)).toMatchObject({ provider: 'small', model: 'small-1' })
    expect(routeOf(key('max', 'L3'), offers)).toMatchObject({
      provider: 'large',
      reason: expect.stringContaining('L3'),
    })
    expect(() => routeOf(key('max', 'L2'), offers.slice(0, 1))).toThrow(NoRoute)
  })
})

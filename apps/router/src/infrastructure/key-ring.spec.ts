import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { KeysUnavailable, ProviderKey } from '../domain/provider-key.ts'
import type { Offer } from '../domain/route.ts'
import { KeyRing, KEYS_KNOWN_MS, type KeptKeys } from './key-ring.ts'

const offer = (provider: string, keyOf?: 'tenant'): Offer => ({
  engine: 'model',
  provider,
  model: 'm',
  classes: ['L1'],
  window: 10_000,
  outputCap: 1_000,
  price: { input: 0, cachedInput: 0, output: 0 },
  keyOf,
})
const [acme, house] = [offer('acme', 'tenant'), offer('house')]
const key = ProviderKey.parse('sk-1234567890')

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

/** A ring over keys in memory, and how often those were read. */
const ringOver = (offers: readonly Offer[] = [acme, house]) => {
  const stored = new Map<string, Map<string, ProviderKey>>()
  const troubles: Error[] = []
  const state = { reads: 0, broken: false }
  const fail = (): void => {
    if (state.broken) throw new Error('the database is away')
  }
  const kept: KeptKeys = {
    read: async (tenantId) => {
      state.reads++
      fail()
      return new Map(stored.get(tenantId))
    },
    set: async (tenantId, provider, given) => {
      stored.set(tenantId, new Map([...(stored.get(tenantId) ?? []), [provider, given]]))
      fail()
    },
    remove: async (tenantId, provider) => {
      const removed = stored.get(tenantId)?.delete(provider) ?? false
      fail()
      return removed
    },
  }
  const parts = { kept, clock: { now: () => new Date() }, onTrouble: (error: Error) => void troubles.push(error) }
  return { ring: new KeyRing(offers, parts), stored, state, troubles }
}
const offered = async (ring: KeyRing, tenantId = 't') => {
  const { offers, waiting, hints } = await ring.of(tenantId)
  return [offers.map(({ provider }) => provider), waiting.map(({ provider }) => provider), [...hints]]
}

describe('the keys of tenants', () => {
  it('open the models of their provider to their tenant alone', async () => {
    const { ring } = ringOver()
    expect(await offered(ring)).toEqual([['house'], ['acme'], []])
    await ring.set('t', 'acme', key, 'person')
    expect(await offered(ring)).toEqual([['acme', 'house'], [], [['acme', '7890']]])
    expect(await ring.keyOf('t', 'acme')).toBe(key)
    expect(await offered(ring, 'another')).toEqual([['house'], ['acme'], []])
    expect(await ring.keyOf('another', 'acme')).toBeUndefined()
  })

  it('are read once in 15 s, however many ask', async () => {
    const { ring, state, stored } = ringOver()
    stored.set('t', new Map([['acme', key]]))
    await Promise.all(Array.from({ length: 50 }, () => ring.of('t')))
    jest.advanceTimersByTime(KEYS_KNOWN_MS - 1)
    stored.clear()
    expect(await ring.keyOf('t', 'acme')).toBe(key)
    expect(state.reads).toBe(1)
    jest.advanceTimersByTime(1)
    expect(await ring.keyOf('t', 'acme')).toBeUndefined()
    expect(state.reads).toBe(2)
  })

  it('are known anew at once after a change here, also one whose outcome nobody knows', async () => {
    const { ring, state } = ringOver()
    await offered(ring)
    state.broken = true
    await expect(ring.set('t', 'acme', key, 'person')).rejects.toThrow('away')
    state.broken = false
    expect((await offered(ring))[0]).toEqual(['acme', 'house'])
    expect(await ring.remove('t', 'acme', 'person')).toBe(true)
    expect((await offered(ring))[0]).toEqual(['house'])
  })

  it('that cannot be read leave no doubt, and are asked for again', async () => {
    const { ring, state, troubles } = ringOver()
    state.broken = true
    await expect(ring.of('t')).rejects.toThrow(KeysUnavailable)
    expect(troubles).toEqual([expect.objectContaining({ message: 'the database is away' })])
    state.broken = false
    expect((await offered(ring))[0]).toEqual(['house'])
  })

  it('that cannot be read stop nobody who had none, and everybody who had one', async () => {
    const { ring, state, stored } = ringOver()
    stored.set('with', new Map([['acme', key]]))
    for (const tenant of ['with', 'without']) await ring.of(tenant)
    jest.advanceTimersByTime(KEYS_KNOWN_MS)
    state.broken = true
    expect(await offered(ring, 'without')).toEqual([['house'], ['acme'], []])
    await expect(ring.of('with')).rejects.toThrow(KeysUnavailable)
    await expect(ring.of('new')).rejects.toThrow(KeysUnavailable)
    // whether this was kept nobody knows
    await expect(ring.set('without', 'acme', key, 'person')).rejects.toThrow('away')
    await expect(ring.of('without')).rejects.toThrow(KeysUnavailable)
  })

  it('are remembered of so many tenants, the last that came', async () => {
    const { ring, state } = ringOver()
    for (let n = 0; n <= 10_000; n++) await ring.of(`t${n}`)
    await ring.of('t10000')
    expect(state.reads).toBe(10_001)
    await ring.of('t0')
    expect(state.reads).toBe(10_002)
  })

  it('do not stay in memory for a tenant that does not come again', async () => {
    const { ring, state } = ringOver()
    const start = Date.now()
    await ring.of('t')
    jest.advanceTimersByTime(KEYS_KNOWN_MS)
    jest.setSystemTime(start) // by the clock they could still be used, had they not been forgotten
    await ring.of('t')
    expect(state.reads).toBe(2)
  })

  it('are never read where no provider takes them', async () => {
    const { ring, state } = ringOver([house])
    expect(await offered(ring)).toEqual([['house'], [], []])
    expect(state.reads).toBe(0)
  })
})

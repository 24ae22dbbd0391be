import { beforeAll, describe, expect, it } from '@jest/globals'
import { remoteKeys } from './jwks.ts'
import { generateSigningKey, publicKeySet, type SigningKey } from './tokens.ts'

describe('keys fetched from elsewhere', () => {
  let one: SigningKey
  let two: SigningKey
  beforeAll(async () => {
    ;[one, two] = await Promise.all([generateSigningKey(), generateSigningKey()])
  })

  const source = (initial: () => SigningKey[]) => {
    const state = { now: 1_000_000, fetches: 0, away: false, served: initial() }
    const keys = remoteKeys({
      clock: { now: () => new Date(state.now) },
      maxAgeMs: 60_000,
      cooldownMs: 2_000,
      fetch: async () => {
        state.fetches += 1
        if (state.away) throw new Error('away')
        return publicKeySet(state.served)
      },
    })
    return { state, keys }
  }

  it('are fetched once for many', async () => {
    const { state, keys } = source(() => [one])
    const found = await Promise.all(Array.from({ length: 10 }, () => keys.find(one.kid)))
    expect(found.every(Boolean)).toBe(true)
    expect(state.fetches).toBe(1)
  })

  it('are fetched again for an unknown id, but not more often than the cooldown allows', async () => {
    const { state, keys } = source(() => [one])
    await keys.find(one.kid)
    state.served = [one, two]
    expect(await keys.find(two.kid)).toBeUndefined()
    state.now += 2_000
    expect(await keys.find(two.kid)).toBeDefined()
    expect(state.fetches).toBe(2)
    for (let index = 0; index < 50; index += 1) expect(await keys.find(`forged-${index}`)).toBeUndefined()
    expect(state.fetches).toBe(2)
  })

  it('are renewed with age, and still used when that fails', async () => {
    const { state, keys } = source(() => [one])
    await keys.find(one.kid)
    state.now += 61_000
    state.away = true
    expect(await keys.find(one.kid)).toBeDefined()
    state.away = false
    state.served = [two]
    expect(await keys.find(one.kid)).toBeUndefined()
    expect(await keys.find(two.kid)).toBeDefined()
  })

  it('are asked for again after a first failure', async () => {
    const { state, keys } = source(() => [one])
    state.away = true
    await expect(keys.find(one.kid)).rejects.toThrow('away')
    state.away = false
    expect(await keys.find(one.kid)).toBeDefined()
  })
})

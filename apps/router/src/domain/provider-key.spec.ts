import { inspect } from 'node:util'
import { InvalidRequest } from '@iama/kernel'
import { describe, expect, it } from '@jest/globals'
import { ProviderKey, requireOwnKeyProvider } from './provider-key.ts'
import type { Offer } from './route.ts'

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

describe('a key for a provider', () => {
  it.each(['12345678', 'sk-abc!"~', 'x'.repeat(4_096)])('may be %j', (text) => {
    expect(ProviderKey.parse(text).text).toBe(text)
  })

  it.each([
    '',
    '1234567',
    'x'.repeat(4_097),
    'sk-1234 5678',
    ' sk-12345678',
    'sk-12345678\n',
    'schlüssel-1',
    'sk-\u0000-123456',
  ])('may not be %j, and the refusal does not quote it', (text) => {
    const refusal = (() => {
      try {
        return ProviderKey.parse(text)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(InvalidRequest)
    if (text !== '') expect(JSON.stringify(refusal) + String(refusal)).not.toContain(text)
  })

  it('tells its last four characters when it has twelve or more', () => {
    expect(ProviderKey.parse('sk-123456789').hint).toBe('6789')
    expect(ProviderKey.parse('sk-12345678').hint).toBe('')
  })

  it('shows itself to no log', () => {
    const key = ProviderKey.parse('sk-very-secret')
    const shown = [String(key), `${key as unknown as string}`, JSON.stringify({ key }), inspect({ key }, { depth: 9 })]
    for (const text of shown) expect(text).not.toContain('secret')
  })
})

describe('the providers that take keys of tenants', () => {
  it('are named where another is', () => {
    const offers = [offer('house'), offer('acme', 'tenant'), offer('lab', 'tenant'), offer('lab', 'tenant')]
    expect(() => requireOwnKeyProvider('acme', offers)).not.toThrow()
    expect(() => requireOwnKeyProvider('house', offers)).toThrow(/takes no keys of tenants; name one of: acme, lab$/)
    expect(() => requireOwnKeyProvider('none', offers)).toThrow(
      /is no provider of this system; name one of: acme, lab$/,
    )
    expect(() => requireOwnKeyProvider('house', [offer('house')])).toThrow(/key_of: tenant/)
  })
})

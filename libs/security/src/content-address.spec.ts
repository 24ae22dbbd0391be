import { describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { contentAddresser, sameSecret } from './content-address.ts'

const addresser = contentAddresser({
  dataKey: async ({ tenantId }) => ({ key: createHash('sha256').update(tenantId).digest(), version: 1 }),
})

describe('the address of a content', () => {
  const content = Buffer.from('module.exports = 1\n')

  it('is the same for the same content of a tenant, whole or in pieces', async () => {
    const address = await addresser.address('t-1', content)
    expect(address).toMatch(/^[0-9a-f]{64}$/)
    expect(await addresser.address('t-1', Buffer.from(content))).toBe(address)
    async function* pieces() {
      for (const byte of content) yield Uint8Array.of(byte)
    }
    expect(await addresser.addressOf('t-1', pieces())).toBe(address)
  })

  it('tells another tenant nothing', async () => {
    const address = await addresser.address('t-1', content)
    expect(await addresser.address('t-2', content)).not.toBe(address)
    expect(createHash('sha256').update(content).digest('hex')).not.toBe(address)
  })
})

describe('comparing secrets', () => {
  it('finds equality and difference, of any lengths', () => {
    expect(sameSecret('a', 'a')).toBe(true)
    expect(sameSecret('', '')).toBe(true)
    expect(sameSecret('a', 'b')).toBe(false)
    expect(sameSecret('a', 'aa')).toBe(false)
  })
})

import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey, type KeyProvider } from './data-keys.ts'

/**
 * Names contents by a keyed hash. Equal contents of one tenant share a name; of two tenants they do not, so that nobody
 * learns by a name what somebody else has stored.
 */
export interface ContentAddresser {
  /** 64 hexadecimal digits: HMAC-SHA-256 under a key of the tenant. */
  address(tenantId: string, content: Uint8Array): Promise<string>
  /** The same for content that comes in pieces. */
  addressOf(tenantId: string, pieces: AsyncIterable<Uint8Array>): Promise<string>
}

export const contentAddresser = (keys: KeyProvider): ContentAddresser => {
  const hmac = async (tenantId: string) =>
    createHmac('sha256', deriveKey(await keys.dataKey({ tenantId }), 'content-address'))
  return {
    address: async (tenantId, content) => (await hmac(tenantId)).update(content).digest('hex'),
    addressOf: async (tenantId, pieces) => {
      const hash = await hmac(tenantId)
      for await (const piece of pieces) hash.update(piece)
      return hash.digest('hex')
    },
  }
}

/** Compares two secrets in a time that does not tell where they differ. */
export const sameSecret = (one: string, other: string): boolean => {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

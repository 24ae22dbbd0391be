import { systemClock, type Clock } from '@iama/kernel'
import { hkdfSync } from 'node:crypto'

/** Whose key: a tenant's, or that of one person (subject) of it. */
export interface KeyScope {
  /** UUID. */
  readonly tenantId: string
  /** UUID of a person; erasing that person's key makes what was sealed with it unreadable. */
  readonly subjectId?: string
}

export interface DataKey {
  /** 32 bytes. Never used as it is: each purpose derives its own. */
  readonly key: Uint8Array
  /** From 1; stands in every ciphertext. */
  readonly version: number
}

/** Where data keys come from: `auth.KeyService`, or a file in tests. */
export interface KeyProvider {
  /** The key of that version; the newest, made at the first call, without one. */
  dataKey(scope: KeyScope, version?: number): Promise<DataKey>
}

/**
 * A provider over a source that holds one key for each tenant. What it does not hold is refused: sealed with another
 * key than the one that was asked for, a person's data would survive that person's erasure.
 */
export const tenantKeys = (newest: (tenantId: string) => Promise<DataKey>): KeyProvider => ({
  dataKey: async ({ tenantId, subjectId }, version) => {
    if (subjectId !== undefined) throw new Error('there are no keys of single persons')
    const found = await newest(tenantId)
    if (version !== undefined && version !== found.version) throw new Error(`there is no version ${version} of the key`)
    return found
  },
})

const MAX_KEYS = 1_000

/** How long a key may be used without asking again; erasure waits this out. */
export const KEY_CACHE_MS = 5 * 60_000

/** Keeps keys for five minutes, asks once for many callers, and forgets failures at once. */
export const cachedKeys = (provider: KeyProvider, clock: Clock = systemClock, ttlMs = KEY_CACHE_MS): KeyProvider => {
  const cache = new Map<string, { readonly until: number; readonly key: Promise<DataKey> }>()
  return {
    dataKey: (scope, version) => {
      const name = `${scope.tenantId}/${scope.subjectId ?? ''}/${version ?? 'newest'}`
      const now = clock.now().getTime()
      const hit = cache.get(name)
      if (hit && now < hit.until) return hit.key
      if (cache.size >= MAX_KEYS) cache.delete(cache.keys().next().value!)
      const key = provider.dataKey(scope, version)
      cache.delete(name)
      cache.set(name, { until: now + ttlMs, key })
      key.catch(() => cache.delete(name))
      return key
    },
  }
}

/** A key for one purpose: knowing one derived key tells nothing of the others. */
export const deriveKey = (dataKey: DataKey, purpose: string, salt: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.from(hkdfSync('sha256', dataKey.key, salt, `iama/${purpose}`, 32))

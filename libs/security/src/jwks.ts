import { systemClock, type Clock } from '@iama/kernel'
import { importJWK, type JSONWebKeySet } from 'jose'

type PublicKey = Awaited<ReturnType<typeof importJWK>>

/** The public keys that tokens may be signed with. */
export interface KeySource {
  /** The key of that id; undefined when there is none, also after asking again. */
  find(kid: string): Promise<PublicKey | undefined>
}

const importAll = async (set: JSONWebKeySet): Promise<Map<string, PublicKey>> => {
  const keys = new Map<string, PublicKey>()
  for (const jwk of set.keys) {
    // other key types may stand in the same set; tokens are RS256 alone
    if (!jwk.kid || jwk.kty !== 'RSA' || (jwk.alg !== undefined && jwk.alg !== 'RS256')) continue
    const { n, e, kty } = jwk
    if (n && e) keys.set(jwk.kid, await importJWK({ kty, n, e }, 'RS256'))
  }
  return keys
}

/** A set that never changes: for tests and for tokens whose keys come with the configuration. */
export const staticKeys = (set: JSONWebKeySet): KeySource => {
  const keys = importAll(set)
  return { find: async (kid) => (await keys).get(kid) }
}

export interface RemoteKeysOptions {
  /** Fetches the set, for example through `auth.InternalService.GetJwks`. */
  readonly fetch: () => Promise<JSONWebKeySet>
  readonly clock?: Clock
  /** How long a set is used without asking, in milliseconds; 10 minutes unless given. */
  readonly maxAgeMs?: number
  /** An unknown key id asks at most this often, in milliseconds; 2,000 unless given. */
  readonly cooldownMs?: number
}

/**
 * Keys fetched and cached. An unknown key id asks again (keys rotate), but not more often than the cooldown: forged ids
 * must not become load on `auth`. A set that has aged is still used while `auth` is away.
 */
export const remoteKeys = (options: RemoteKeysOptions): KeySource => {
  const { fetch, clock = systemClock, maxAgeMs = 600_000, cooldownMs = 2_000 } = options
  let keys: Map<string, PublicKey> | undefined
  let fetchedAt = -Infinity
  let underWay: Promise<Map<string, PublicKey>> | undefined

  const refresh = (): Promise<Map<string, PublicKey>> =>
    (underWay ??= (async () => {
      try {
        keys = await importAll(await fetch())
        fetchedAt = clock.now().getTime()
        return keys
      } finally {
        underWay = undefined
      }
    })())

  const current = async (): Promise<Map<string, PublicKey>> => {
    if (!keys) return refresh()
    if (clock.now().getTime() - fetchedAt < maxAgeMs) return keys
    const old = keys
    return refresh().catch(() => old)
  }

  return {
    find: async (kid) => {
      const key = (await current()).get(kid)
      if (key || clock.now().getTime() - fetchedAt < cooldownMs) return key
      return (await refresh()).get(kid)
    },
  }
}

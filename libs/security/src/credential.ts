import { hash } from 'node:crypto'
import { bearerToken } from './access-control.ts'
import { Unauthenticated } from './tokens.ts'

const API_KEY_PREFIX = 'iama_'

/** What a client proves itself with. */
export interface Credential {
  readonly kind: 'accessToken' | 'apiKey'
  readonly secret: string
  /** SHA-256 of the secret: what counters and caches know it by. */
  readonly digest: string
}

/**
 * The credential of an `authorization` header; undefined where none was sent.
 * @throws Unauthenticated where something else than a bearer token was sent
 */
export const credentialOf = (authorization: string | null | undefined): Credential | undefined => {
  if (!authorization) return undefined
  const secret = bearerToken({ get: () => [authorization] })
  if (secret === undefined)
    throw new Unauthenticated(
      'TOKEN_INVALID',
      'the authorization header is not "Bearer" and a token; send an access token or an API key',
    )
  return {
    kind: secret.startsWith(API_KEY_PREFIX) ? 'apiKey' : 'accessToken',
    secret,
    digest: hash('sha256', secret, 'base64url'),
  }
}

import {
  ACCESS_TOKEN_SECONDS,
  INTERNAL_TOKEN_SECONDS,
  publicKeySet,
  SERVICE_TOKEN_SECONDS,
  staticKeys,
  tokenIssuer,
  tokenVerifier,
  type SigningKey,
  type TokenIssuer,
  type TokenVerifier,
} from '@iama/security'
import type { Issued, Tokens, User } from '../application/ports.ts'

/** Access tokens are for the gateway; it exchanges them for what the services accept. */
const GATEWAY = 'gateway'

export class Rs256Tokens implements Tokens {
  readonly #issuer: TokenIssuer
  readonly #verifier: TokenVerifier
  readonly #jwks: string

  constructor(key: SigningKey) {
    const keys = publicKeySet([key])
    this.#issuer = tokenIssuer(key)
    this.#verifier = tokenVerifier({ audience: GATEWAY, keys: staticKeys(keys) })
    this.#jwks = JSON.stringify(keys)
  }

  access(user: User): Promise<Issued> {
    return this.#issuer.issue(principalOf(user, 'user'), GATEWAY, ACCESS_TOKEN_SECONDS)
  }

  internal(user: User, kind: 'user' | 'apiKey', audience: string): Promise<Issued> {
    return this.#issuer.issue(principalOf(user, kind), audience, INTERNAL_TOKEN_SECONDS)
  }

  service(service: string, audience: string): Promise<Issued> {
    return this.#issuer.issue({ kind: 'service', service, tenantId: '', roles: [] }, audience, SERVICE_TOKEN_SECONDS)
  }

  async verifyAccess(token: string): Promise<{ tenantId: string; userId: string }> {
    const { tenantId, userId } = await this.#verifier.verify(token)
    return { tenantId, userId: userId ?? '' }
  }

  jwksJson(): string {
    return this.#jwks
  }
}

const principalOf = (user: User, kind: 'user' | 'apiKey') =>
  ({ kind, userId: user.id, tenantId: user.tenantId, roles: [user.role] }) as const

import { credentialOf, Unauthenticated, type Credential } from '@iama/security'
import type { TokenExchange } from '@iama/service'
import { isRejectedToken } from './errors.ts'
import type { RateLimit } from './rate-limit.redis.ts'

/** A request that may go on to a service. */
export interface Admitted {
  /** The internal token; absent for what is called before signing in. */
  readonly token: string | undefined
  /** Tells that the service did not accept the token. */
  reject(error: unknown): void
}

export interface AdmissionRequest {
  /** The service that is called. */
  readonly audience: string
  /** Whether a credential is needed. */
  readonly open: boolean
  readonly authorization: string | null | undefined
  /** The client's address. */
  readonly peer: string
}

/** Who may pass, before a request's body is looked at. */
export class Admission {
  readonly #exchange: TokenExchange
  readonly #limit: RateLimit

  constructor(exchange: TokenExchange, limit: RateLimit) {
    this.#exchange = exchange
    this.#limit = limit
  }

  /** @throws TooManyRequests, Unauthenticated, or RpcError as `auth` refuses */
  async admit({ audience, open, authorization, peer }: AdmissionRequest): Promise<Admitted> {
    if (open) {
      // a stale token must not keep anybody from signing in
      await this.#limit.take(`peer:${peer}`)
      return { token: undefined, reject: () => undefined }
    }
    const credential = credentialOf(authorization)
    if (!credential) throw new Unauthenticated('TOKEN_MISSING', 'no bearer token was sent; sign in first')
    return { token: await this.#tokenFor(credential, audience, peer), reject: this.#rejecter(credential, audience) }
  }

  async #tokenFor(credential: Credential, audience: string, peer: string): Promise<string> {
    const held = this.#exchange.held(credential, audience)
    // an unknown credential counts for the address: each guess is another one
    await this.#limit.take(held ? `credential:${credential.digest}` : `peer:${peer}`)
    return await (held ?? this.#exchange.tokenFor(credential, audience))
  }

  #rejecter(credential: Credential, audience: string): (error: unknown) => void {
    return (error) => {
      if (isRejectedToken(error)) this.#exchange.forget(credential, audience)
    }
  }
}

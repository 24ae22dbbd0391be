import { credentialOf, requirePermission, tenantOf, Unauthenticated, type TokenVerifier } from '@iama/security'
import type { TokenExchange } from '@iama/service'

/** Our own name: for whom tokens are issued. */
const AUDIENCE = 'router'

/** Who stands behind an `authorization` header: an API key, or an access token. */
export class Callers {
  readonly #exchange: TokenExchange
  readonly #verifier: TokenVerifier

  constructor(exchange: TokenExchange, verifier: TokenVerifier) {
    this.#exchange = exchange
    this.#verifier = verifier
  }

  /**
   * The tenant of the caller; from memory for one that came lately.
   * @throws Unauthenticated, PermissionDenied, RpcError as `auth` refuses or when it is away
   */
  async tenantOf(authorization: string | undefined): Promise<string> {
    const credential = credentialOf(authorization)
    if (!credential) throw new Unauthenticated('TOKEN_MISSING', 'no API key was sent; make one, and send it as Bearer')
    const principal = await this.#verifier.verify(await this.#exchange.tokenFor(credential, AUDIENCE))
    requirePermission(principal, 'jobs.write')
    return tenantOf(principal)
  }
}

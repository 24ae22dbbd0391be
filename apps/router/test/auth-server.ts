import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { InternalService } from '@iama/contracts/iama/auth/v1/internal'
import { DomainError } from '@iama/kernel'
import { implement, serve } from '@iama/rpc'
import { accessControl, tokenVerifier, type Principal } from '@iama/security'
import type { TestIdentity } from '@iama/testing/identity'

class CredentialRefused extends DomainError {
  readonly code = 'CREDENTIAL_REFUSED'
  override readonly kind = 'unauthenticated'
}

/** A gRPC server of what auth does for the router: one app's tests may not start another app. */
export interface AuthServer {
  readonly address: string
  /** Whose each API key is. */
  readonly apiKeys: Map<string, Principal>
  /** How often tokens were asked for. */
  readonly asked: () => number
  stop(): Promise<void>
}

const SECONDS = 60

export const startAuth = async (identity: TestIdentity): Promise<AuthServer> => {
  const apiKeys = new Map<string, Principal>()
  const gateway = tokenVerifier({ audience: 'gateway', keys: identity.keys })
  let asked = 0
  const access = accessControl({
    matrix: { [InternalService.typeName]: ['anyone'] },
    verifier: tokenVerifier({ audience: 'auth', keys: identity.keys }),
  })
  const principalOf = async (kind: string | undefined, secret: string): Promise<Principal> => {
    const principal = kind === 'apiKey' ? apiKeys.get(secret) : await gateway.verify(secret)
    if (!principal) throw new CredentialRefused('the API key is unknown or revoked')
    return principal
  }
  const notForTheRouter = (): never => {
    throw new Error('the router does not call this here')
  }
  const service = implement(InternalService, {
    getJwks: notForTheRouter,
    issueServiceToken: notForTheRouter,
    exchangeToken: async ({ credential, audience }) => {
      asked++
      const principal = await principalOf(credential.case, credential.value ?? '')
      const expiresAt = timestampFromDate(new Date(Date.now() + SECONDS * 1_000))
      return { internalToken: await identity.tokenFor(principal, audience), expiresAt }
    },
  })
  const server = await serve({
    services: [service],
    address: '127.0.0.1:0',
    authenticate: access.authenticate,
    interceptors: [access.interceptor],
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return { address: server.address, apiKeys, asked: () => asked, stop: () => server.stop() }
}

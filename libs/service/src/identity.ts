import { timestampDate } from '@bufbuild/protobuf/wkt'
import { InternalService, KeyService } from '@iama/contracts/iama/auth/v1/internal'
import { client } from '@iama/rpc'
import {
  cachedKeys,
  remoteKeys,
  serviceTokens,
  tenantKeys,
  type KeyProvider,
  type KeySource,
  type ServiceTokens,
} from '@iama/security'

/** Who we are to the others, and how we know who they are: all of it comes from `auth`. */
export interface Identity {
  /** The public keys that callers' tokens are signed with. */
  readonly keys: KeySource
  /** Our own token for whichever service is called. */
  readonly tokens: ServiceTokens
  /** Data keys for envelope encryption, kept for 5 minutes. */
  readonly dataKeys: KeyProvider
}

/** The identity of a service that is not `auth` itself. */
export const remoteIdentity = (options: {
  readonly service: string
  readonly secret: string
  readonly authAddress: string
}): Identity => {
  const { service, secret, authAddress } = options
  // These two calls carry no token: the secret is the proof.
  const internal = client(InternalService, authAddress)
  const tokens = serviceTokens({
    issue: async (audience) => {
      const issued = await internal.issueServiceToken({ service, secret, audience }, { idempotent: true })
      return { token: issued.serviceToken, expiresAt: timestampDate(issued.expiresAt!) }
    },
  })
  const keyService = client(KeyService, authAddress, { token: tokens })
  return {
    keys: remoteKeys({ fetch: async () => JSON.parse((await internal.getJwks({})).jwksJson) }),
    tokens,
    dataKeys: cachedKeys(tenantKeys((tenantId) => keyService.getDataKey({ tenantId }))),
  }
}

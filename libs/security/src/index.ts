/**
 * Who calls, what they may do, and how data is sealed.
 *
 * ```ts
 * const keys = remoteKeys({ fetch: async () => JSON.parse((await auth.getJwks({})).jwksJson) })
 * const access = accessControl({ matrix, verifier: tokenVerifier({ audience: 'jobs', keys }) })
 * await serve({ ..., authenticate: access.authenticate, interceptors: [access.interceptor] })
 *
 * const token = serviceTokens({ issue: (audience) => ... auth.issueServiceToken ... })
 * const billing = client(QuotaService, address, { token })
 *
 * requirePermission(context.principal, 'jobs.write')
 * const sealed = await envelope(cachedKeys(provider)).seal({ tenantId }, 'user.email', bytes)
 * ```
 */
export {
  accessControl,
  bearerToken,
  CallerNotAllowed,
  tenantOf,
  type AccessControl,
  type CallerMatrix,
} from './access-control.ts'
export { contentAddresser, sameSecret, type ContentAddresser } from './content-address.ts'
export { credentialOf, type Credential } from './credential.ts'
export { cachedKeys, KEY_CACHE_MS, tenantKeys, type DataKey, type KeyProvider, type KeyScope } from './data-keys.ts'
export { envelope, type Envelope } from './envelope.ts'
export { CiphertextRejected } from './gcm.ts'
export { remoteKeys, staticKeys, type KeySource, type RemoteKeysOptions } from './jwks.ts'
export { may, PermissionDenied, PERMISSIONS, requirePermission, type Permission } from './permissions.ts'
export { anonymous, isPerson, ROLES, type Principal, type Role } from './principal.ts'
export { maskSecrets, redact, REDACTED, redactText, type MaskedText } from './redaction.ts'
export { CHUNK_BYTES } from './sealed-stream.ts'
export { audienceOf, serviceTokens, type ServiceTokens, type ServiceTokensOptions } from './service-tokens.ts'
export {
  ACCESS_TOKEN_SECONDS,
  generateSigningKey,
  IdentityUnavailable,
  INTERNAL_TOKEN_SECONDS,
  publicKeySet,
  SERVICE_TOKEN_SECONDS,
  tokenIssuer,
  tokenVerifier,
  Unauthenticated,
  type IssuedToken,
  type SigningKey,
  type TokenIssuer,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './tokens.ts'

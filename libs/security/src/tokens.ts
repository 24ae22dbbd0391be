import { DomainError, systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
} from 'jose'
import type { KeySource } from './jwks.ts'
import { isRole, type Principal } from './principal.ts'

const ISSUER = 'iama'

/** Lifetimes in seconds: for the gateway, for one service on behalf of a person, for one of our own processes. */
export const ACCESS_TOKEN_SECONDS = 15 * 60
export const INTERNAL_TOKEN_SECONDS = 60
export const SERVICE_TOKEN_SECONDS = 5 * 60

/** An RS256 key pair; `privatePem` is a secret. */
export interface SigningKey {
  readonly kid: string
  /** PKCS #8, PEM. */
  readonly privatePem: string
  readonly publicJwk: JWK
}

/** A fresh key pair; its id is the RFC 7638 thumbprint. */
export const generateSigningKey = async (): Promise<SigningKey> => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true, modulusLength: 2048 })
  const bare = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(bare)
  return { kid, privatePem: await exportPKCS8(privateKey), publicJwk: { ...bare, kid, alg: 'RS256', use: 'sig' } }
}

/** The public half of keys, as RFC 7517 wants it: what `GetJwks` answers. */
export const publicKeySet = (keys: readonly Pick<SigningKey, 'publicJwk'>[]): JSONWebKeySet => ({
  keys: keys.map(({ publicJwk }) => publicJwk as JSONWebKeySet['keys'][number]),
})

export interface IssuedToken {
  readonly token: string
  readonly expiresAt: Date
}

/** Mints tokens; held by `auth` alone. */
export interface TokenIssuer {
  /** `audience` is the one service that will accept it: `gateway`, `jobs` ... */
  issue(principal: Principal, audience: string, seconds: number): Promise<IssuedToken>
}

const claimsOf = (principal: Principal): JWTPayload => ({
  kind: principal.kind,
  tenant_id: principal.tenantId,
  roles: [...principal.roles],
  ...(principal.userId === undefined ? {} : { user_id: principal.userId }),
  ...(principal.service === undefined ? {} : { service: principal.service }),
  ...(principal.jobId === undefined ? {} : { job_id: principal.jobId }),
})

export const tokenIssuer = (
  key: Pick<SigningKey, 'kid' | 'privatePem'>,
  { clock = systemClock, ids = systemIds }: { readonly clock?: Clock; readonly ids?: Ids } = {},
): TokenIssuer => {
  let imported: Promise<CryptoKey> | undefined
  return {
    issue: async (principal, audience, seconds) => {
      const now = Math.floor(clock.now().getTime() / 1_000)
      const token = await new SignJWT(claimsOf(principal))
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(principal.userId ?? principal.service ?? principal.kind)
        .setJti(ids.next())
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .sign(await (imported ??= importPKCS8(key.privatePem, 'RS256')))
      return { token, expiresAt: new Date((now + seconds) * 1_000) }
    },
  }
}

/** No token, or one that proves nothing. */
export class Unauthenticated extends DomainError {
  readonly code: 'TOKEN_MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED'
  override readonly kind = 'unauthenticated'
  constructor(code: Unauthenticated['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The keys to check tokens with could not be fetched: nobody's fault who calls, and it may pass. */
export class IdentityUnavailable extends DomainError {
  readonly code = 'IDENTITY_UNAVAILABLE'
  override readonly kind = 'unavailable'
}

const text = (value: unknown): value is string => typeof value === 'string' && value !== ''

const principalFrom = (claims: JWTPayload): Principal => {
  const { kind, tenant_id: tenantId, roles, user_id: userId, service, job_id: jobId } = claims
  const invalid = (what: string) => new Unauthenticated('TOKEN_INVALID', `the token ${what}; sign in again`)
  if (kind !== 'user' && kind !== 'apiKey' && kind !== 'service') throw invalid('does not say who it is for')
  if (typeof tenantId !== 'string' || (kind !== 'service' && tenantId === '')) throw invalid('names no tenant')
  if (kind === 'service' && !text(service)) throw invalid('names no service')
  if (kind !== 'service' && !text(userId)) throw invalid('names no user')
  return {
    kind,
    tenantId,
    roles: Array.isArray(roles) ? roles.filter(isRole) : [],
    ...(text(userId) ? { userId } : {}),
    ...(text(service) ? { service } : {}),
    ...(text(jobId) ? { jobId } : {}),
  }
}

const refusal = (error: unknown): Unauthenticated => {
  if (error instanceof Unauthenticated) return error
  if (error instanceof errors.JWTExpired) return new Unauthenticated('TOKEN_EXPIRED', 'the token has expired; renew it')
  return new Unauthenticated('TOKEN_INVALID', 'the token is not valid here; sign in again')
}

export interface TokenVerifierOptions {
  /** Our own name: tokens for other services are refused. */
  readonly audience: string
  readonly keys: KeySource
  readonly clock?: Clock
  /** How far clocks may differ, in seconds; 5 unless given. */
  readonly leewaySeconds?: number
}

/** Turns a token into the principal it proves; throws Unauthenticated or IdentityUnavailable. */
export interface TokenVerifier {
  verify(token: string): Promise<Principal>
}

// an RSA check costs some 60 microseconds and a turn through the thread pool; a token comes many times in its minute
const CACHED_TOKENS = 2_000

export const tokenVerifier = (options: TokenVerifierOptions): TokenVerifier => {
  const { audience, keys, clock = systemClock, leewaySeconds = 5 } = options
  const known = new Map<string, { readonly principal: Principal; readonly until: number }>()

  const keyFor = async (token: string) => {
    const { kid } = decodeProtectedHeader(token)
    if (!kid) throw new Unauthenticated('TOKEN_INVALID', 'the token does not name its key; sign in again')
    const key = await keys.find(kid).catch((error: unknown) => {
      throw new IdentityUnavailable('the keys for checking tokens could not be fetched; try again', {
        cause: error instanceof Error ? error.name : 'unknown',
      })
    })
    if (!key) throw new Unauthenticated('TOKEN_INVALID', 'the token was signed with an unknown key; sign in again')
    return key
  }

  const check = async (token: string): Promise<Principal> => {
    try {
      const { payload } = await jwtVerify(token, await keyFor(token), {
        algorithms: ['RS256'],
        issuer: ISSUER,
        audience,
        currentDate: clock.now(),
        clockTolerance: leewaySeconds,
        requiredClaims: ['exp', 'iat', 'sub'],
      })
      const principal = principalFrom(payload)
      if (known.size >= CACHED_TOKENS) known.delete(known.keys().next().value!)
      known.set(token, { principal, until: payload.exp! * 1_000 })
      return principal
    } catch (error) {
      throw error instanceof IdentityUnavailable ? error : refusal(error)
    }
  }

  return {
    verify: async (token) => {
      const hit = known.get(token)
      if (hit && clock.now().getTime() < hit.until) return hit.principal
      known.delete(token)
      return check(token)
    },
  }
}

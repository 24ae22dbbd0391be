import { beforeAll, describe, expect, it } from '@jest/globals'
import { exportSPKI, importJWK, importPKCS8, SignJWT, UnsecuredJWT, type JWK } from 'jose'
import { createHmac } from 'node:crypto'
import { staticKeys, type KeySource } from './jwks.ts'
import type { Principal } from './principal.ts'
import { generateSigningKey, publicKeySet, tokenIssuer, tokenVerifier, type SigningKey } from './tokens.ts'

const user: Principal = { kind: 'user', tenantId: 't-1', userId: 'u-1', roles: ['developer', 'auditor'] }
const worker: Principal = { kind: 'service', tenantId: 't-1', service: 'worker', roles: [], jobId: 'j-1' }
const start = Date.parse('2026-01-01T00:00:00Z')

describe('a token', () => {
  let key: SigningKey
  let other: SigningKey
  let keys: KeySource
  beforeAll(async () => {
    ;[key, other] = await Promise.all([generateSigningKey(), generateSigningKey()])
    keys = staticKeys(publicKeySet([key, other]))
  })

  const at = (seconds: number) => ({ now: () => new Date(start + seconds * 1_000) })
  const issue = async (principal: Principal, audience = 'jobs', seconds = 60) =>
    (await tokenIssuer(key, { clock: at(0) }).issue(principal, audience, seconds)).token
  const verify = (token: string, seconds = 1, audience = 'jobs') =>
    tokenVerifier({ audience, keys, clock: at(seconds) }).verify(token)
  const forge = async (claims: object, { kid = key.kid, alg = 'RS256', iss = 'iama' } = {}) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg, kid })
      .setIssuer(iss)
      .setAudience('jobs')
      .setSubject('x')
      .setIssuedAt(start / 1_000)
      .setExpirationTime(start / 1_000 + 60)
      .sign(await importPKCS8(key.privatePem, alg))

  it.each([user, worker, { ...user, kind: 'apiKey' } as Principal])(
    'proves who it was issued to',
    async (principal) => {
      expect(await verify(await issue(principal))).toEqual(principal)
    },
  )

  it('says when it ends', async () => {
    const { expiresAt } = await tokenIssuer(key, { clock: at(0) }).issue(user, 'jobs', 60)
    expect(expiresAt.getTime()).toBe(start + 60_000)
  })

  it('is for one audience and one issuer', async () => {
    await expect(verify(await issue(user, 'billing'))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    const foreign = await forge({ kind: 'user', tenant_id: 't', user_id: 'u', roles: [] }, { iss: 'elsewhere' })
    await expect(verify(foreign)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('ends, with a little leeway for clocks', async () => {
    const token = await issue(user)
    await expect(verify(token, 64)).resolves.toEqual(user)
    await expect(verify(token, 66)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED', kind: 'unauthenticated' })
  })

  it('ends also for a verifier that has accepted it before', async () => {
    let seconds = 1
    const verifier = tokenVerifier({ audience: 'jobs', keys, clock: { now: () => at(seconds).now() } })
    const token = await issue(user)
    await verifier.verify(token)
    expect(await verifier.verify(token)).toEqual(user)
    seconds = 66
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('is refused when a byte of it was changed', async () => {
    const [header, , signature] = (await issue({ ...user, roles: ['viewer'] })).split('.')
    const claims = { iss: 'iama', aud: 'jobs', sub: 'u', kind: 'user', tenant_id: 't', user_id: 'u', roles: ['owner'] }
    const payload = Buffer.from(JSON.stringify({ ...claims, iat: start / 1e3, exp: start / 1e3 + 60 })).toString(
      'base64url',
    )
    await expect(verify(`${header}.${payload}.${signature}`)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('is refused when unsigned, or signed with the public key as an HMAC secret, or by another key', async () => {
    const claims = { kind: 'user', tenant_id: 't', user_id: 'u', roles: ['owner'] }
    const plain = new UnsecuredJWT(claims).setIssuer('iama').setAudience('jobs').setExpirationTime('1h').encode()
    await expect(verify(plain)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })

    const pem = await exportSPKI((await importJWK(key.publicJwk as JWK, 'RS256')) as never)
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const body = `${encode({ alg: 'HS256', kid: key.kid })}.${encode({ ...claims, iss: 'iama', aud: 'jobs', sub: 'u', iat: 1, exp: 9e9 })}`
    const confused = `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`
    await expect(verify(confused)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })

    await expect(verify(await forge(claims, { kid: other.kid }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    await expect(verify(await forge(claims, { kid: 'unknown' }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    await expect(verify(await forge(claims, { alg: 'PS256' }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it.each([
    [{ kind: 'operator', tenant_id: 't', user_id: 'u' }],
    [{ kind: 'anonymous', tenant_id: 't', user_id: 'u' }],
    [{ kind: 'user', tenant_id: '', user_id: 'u' }],
    [{ kind: 'user', tenant_id: 't' }],
    [{ kind: 'service', tenant_id: 't' }],
    [{ kind: 'service', service: 'worker' }],
  ])('is refused when its claims make no principal: %j', async (claims) => {
    await expect(verify(await forge(claims))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('grants no role that does not exist', async () => {
    const token = await forge({ kind: 'user', tenant_id: 't', user_id: 'u', roles: ['viewer', 'root', 7] })
    expect((await verify(token)).roles).toEqual(['viewer'])
  })

  it.each(['', 'x', 'a.b.c', 'eyJhbGciOiJSUzI1NiJ9.e30.x'])('is refused when it is none: %p', async (text) => {
    await expect(verify(text)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('cannot be judged while the keys are away, which is nobody’s fault', async () => {
    const away: KeySource = { find: () => Promise.reject(new Error('connect ECONNREFUSED')) }
    const verifier = tokenVerifier({ audience: 'jobs', keys: away, clock: at(1) })
    await expect(verifier.verify(await issue(user))).rejects.toMatchObject({
      code: 'IDENTITY_UNAVAILABLE',
      kind: 'unavailable',
    })
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { RpcError } from '@iama/rpc'
import { isolationSuite } from '@iama/testing/isolation'
import { lookUps } from '../src/infrastructure/exceptions.ts'
import { jobsSecret, password, startAuth, type AuthUnderTest } from './auth-service.ts'

let service: AuthUnderTest

beforeAll(async () => {
  service = await startAuth()
}, 120_000)

afterAll(async () => await service?.stop())

const refusal = async (call: Promise<unknown>): Promise<RpcError> => {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof RpcError) return outcome
  throw new Error('the call was expected to be refused', { cause: outcome })
}

/** An address of a client that no other test has. */
const from = (peer: string = randomUUID()) => ({ metadata: { 'x-forwarded-for': peer }, idempotent: false })

const announced = async (type: string, tenantId: string): Promise<number> =>
  (await service.database.query(`SELECT FROM outbox WHERE type = $1 AND tenant_id = $2`, [type, tenantId])).length

describe('registering', () => {
  it('makes a user who owns a tenant, signed in at once', async () => {
    const { user, tokens, email } = await service.register()
    expect(user).toMatchObject({ email, role: 'owner' })
    const me = await (await service.as(tokens!.accessToken)).getMe({})
    expect(me.user).toEqual(user)
    expect(await announced('user.registered', user!.tenantId)).toBe(1)
    expect(await announced('user.loggedin', user!.tenantId)).toBe(1)
  })

  it('takes an address once, however it is written and whoever is faster', async () => {
    const email = `${randomUUID()}@example.com`
    const tries = [email, email.toUpperCase(), ` ${email} `, email].map((written, index) =>
      (index % 2 === 0 ? service.auth : service.otherAuth).register({ email: written, password }),
    )
    const outcomes = await Promise.allSettled(tries)
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as RpcError).code] : []))
    expect(refused).toEqual(['EMAIL_TAKEN', 'EMAIL_TAKEN', 'EMAIL_TAKEN'])
  })

  it('names everything that is wrong with a request at once', async () => {
    const refused = await refusal(service.auth.register({ email: 'nobody', password: 'short' }))
    expect(refused).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(refused.violations.map(({ field }) => field)).toEqual(['email', 'password'])
  })

  it('keeps neither address nor password in a readable form', async () => {
    const { email, user } = await service.register()
    const rows = await service.database.query(`SELECT u.*, t.name FROM users u JOIN tenants t USING (tenant_id)
      WHERE u.id = '${user!.id}'`)
    const { email_sealed: sealed, name: _name, ...rest } = rows[0] as Record<string, unknown>
    expect(JSON.stringify(rest)).not.toContain(email)
    expect((sealed as Buffer).includes(email)).toBe(false)
    expect(JSON.stringify(rest)).not.toContain(password)
  })
})

describe('signing in', () => {
  it('answers an unknown address as it answers a wrong password', async () => {
    const { email } = await service.register()
    const wrong = await refusal(service.auth.login({ email, password: 'not the password' }, from()))
    const unknown = await refusal(service.auth.login({ email: `${randomUUID()}@example.com`, password }, from()))
    expect(wrong).toMatchObject({ code: 'LOGIN_REFUSED', kind: 'unauthenticated' })
    const told = ({ status, code, message, metadata, violations }: RpcError) => ({
      status,
      code,
      message,
      metadata,
      violations,
    })
    expect(told(unknown)).toEqual(told(wrong))
  })

  it('does not take a password that only begins like the right one', async () => {
    const email = `${randomUUID()}@example.com`
    const longest = 'x'.repeat(72)
    await service.auth.register({ email, password: longest })
    expect((await service.auth.login({ email, password: longest }, from())).user).toMatchObject({ email })
    expect(await refusal(service.auth.login({ email, password: `${longest}y` }, from()))).toMatchObject({
      code: 'LOGIN_REFUSED',
    })
  })

  it('is slowed down for one address, on all replicas together', async () => {
    const { email } = await service.register()
    for (let attempt = 0; attempt < 10; attempt++) {
      const replica = attempt % 2 === 0 ? service.auth : service.otherAuth
      expect((await refusal(replica.login({ email, password: 'guess' }, from()))).code).toBe('LOGIN_REFUSED')
    }
    const refused = await refusal(service.auth.login({ email, password }, from()))
    expect(refused).toMatchObject({ code: 'TOO_MANY_LOGINS', kind: 'exhausted' })
    expect(Number(refused.metadata['retry_after_seconds'])).toBeGreaterThan(0)
    const other = await service.register()
    expect((await service.auth.login({ email: other.email, password }, from())).user).toBeDefined()
  })

  it('is slowed down for one peer that tries many addresses', async () => {
    const peer = randomUUID()
    const guesses = Array.from({ length: 101 }, () =>
      refusal(service.auth.login({ email: `${randomUUID()}@example.com`, password }, from(peer))),
    )
    const codes = (await Promise.all(guesses)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'TOO_MANY_LOGINS')).toHaveLength(1)
  }, 60_000)

  it('forgives earlier mistakes', async () => {
    const { email } = await service.register()
    for (let round = 0; round < 2; round++) {
      for (let attempt = 0; attempt < 8; attempt++)
        await refusal(service.auth.login({ email, password: 'guess' }, from()))
      await service.auth.login({ email, password }, from())
    }
  })
})

describe('a session', () => {
  it('gives a new refresh token for each that is used', async () => {
    const { tokens } = await service.register()
    const { tokens: second } = await service.otherAuth.refresh({ refreshToken: tokens!.refreshToken })
    const { tokens: third } = await service.auth.refresh({ refreshToken: second!.refreshToken })
    expect(new Set([tokens, second, third].map((one) => one!.refreshToken)).size).toBe(3)
    expect((await (await service.as(third!.accessToken)).getMe({})).user).toBeDefined()
  })

  it('ends for everybody when a used token comes back', async () => {
    const { user, tokens } = await service.register()
    const { tokens: second } = await service.auth.refresh({ refreshToken: tokens!.refreshToken })
    expect((await refusal(service.auth.refresh({ refreshToken: tokens!.refreshToken }))).code).toBe('REFRESH_REFUSED')
    expect((await refusal(service.auth.refresh({ refreshToken: second!.refreshToken }))).code).toBe('REFRESH_REFUSED')
    expect(await announced('session.revoked', user!.tenantId)).toBe(1)
  })

  it('is one of many: another one of the same user goes on', async () => {
    const { email, tokens } = await service.register()
    const { tokens: elsewhere } = await service.auth.login({ email, password }, from())
    await service.auth.logout({ refreshToken: tokens!.refreshToken })
    expect((await service.auth.refresh({ refreshToken: elsewhere!.refreshToken })).tokens).toBeDefined()
  })

  it('gives new tokens to one of many who use the same token at once', async () => {
    const { tokens } = await service.register()
    const refreshToken = tokens!.refreshToken
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? service.auth : service.otherAuth).refresh({ refreshToken }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('ends by logging out, which may be said twice', async () => {
    const { user, tokens } = await service.register()
    const { refreshToken } = tokens!
    await service.auth.logout({ refreshToken })
    await service.auth.logout({ refreshToken })
    expect((await refusal(service.auth.refresh({ refreshToken }))).code).toBe('REFRESH_REFUSED')
    expect(await announced('session.revoked', user!.tenantId)).toBe(1)
  })

  it('knows nobody by a token that was never given', async () => {
    expect((await refusal(service.auth.refresh({ refreshToken: 'made up' }))).code).toBe('REFRESH_REFUSED')
    expect(await service.auth.logout({ refreshToken: 'made up' })).toBeDefined()
  })
})

describe('internal tokens', () => {
  it('are valid for the one service that they are for', async () => {
    const { user, tokens } = await service.register()
    const credential = { case: 'accessToken', value: tokens!.accessToken } as const
    const { internalToken, expiresAt } = await service.internal.exchangeToken({ credential, audience: 'jobs' })
    expect(await service.verify(internalToken, 'jobs')).toEqual({
      kind: 'user',
      tenantId: user!.tenantId,
      userId: user!.id,
      roles: ['owner'],
    })
    await expect(service.verify(internalToken, 'billing')).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    const seconds = Number(expiresAt!.seconds) - Date.now() / 1_000
    expect(seconds).toBeGreaterThan(55)
    expect(seconds).toBeLessThanOrEqual(61)
  })

  it('are not access tokens', async () => {
    const { tokens } = await service.register()
    const credential = { case: 'accessToken', value: tokens!.accessToken } as const
    const { internalToken } = await service.internal.exchangeToken({ credential, audience: 'jobs' })
    const again = service.internal.exchangeToken({
      credential: { case: 'accessToken', value: internalToken },
      audience: 'billing',
    })
    expect((await refusal(again)).code).toBe('TOKEN_INVALID')
  })

  it.each(['', 'gateway', 'Jobs', '../jobs'])('are not made for %j', async (audience) => {
    const { tokens } = await service.register()
    const credential = { case: 'accessToken', value: tokens!.accessToken } as const
    expect((await refusal(service.internal.exchangeToken({ credential, audience }))).code).toBe('INVALID_REQUEST')
  })

  it('are not made of nothing or of rubbish', async () => {
    const exchange = service.internal.exchangeToken({ audience: 'jobs' })
    expect((await refusal(exchange)).violations).toMatchObject([{ field: 'credential' }])
    const rubbish = { case: 'accessToken', value: 'a.b.c' } as const
    expect((await refusal(service.internal.exchangeToken({ credential: rubbish, audience: 'jobs' }))).kind).toBe(
      'unauthenticated',
    )
  })
})

describe('an API key', () => {
  const make = async () => {
    const { user, tokens } = await service.register()
    const person = await service.as(tokens!.accessToken)
    const key = await person.createApiKey({ name: 'ci', requestId: randomUUID() })
    return { user: user!, person, key }
  }
  const exchange = (secret: string) =>
    service.internal.exchangeToken({ credential: { case: 'apiKey', value: secret }, audience: 'jobs' })

  it('acts for who made it', async () => {
    const { user, key } = await make()
    expect(key.secret).toMatch(/^iama_[\w-]{43}$/)
    const { internalToken } = await exchange(key.secret)
    const principal = { kind: 'apiKey', tenantId: user.tenantId, userId: user.id, roles: ['owner'] }
    expect(await service.verify(internalToken, 'jobs')).toEqual(principal)
  })

  it('is made once for one request, and its secret is not kept', async () => {
    const { person } = await make()
    const request = { name: 'once', requestId: randomUUID() }
    const { secret } = await person.createApiKey(request)
    expect((await refusal(person.createApiKey(request))).code).toBe('API_KEY_EXISTS')
    const rows = await service.database.query('SELECT * FROM api_keys WHERE id = $1', [request.requestId])
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(secret.slice(5))
  })

  it('ends when its owner revokes it, and only then', async () => {
    const { person, key } = await make()
    const stranger = (await make()).person
    expect((await refusal(stranger.revokeApiKey({ id: key.id }))).code).toBe('API_KEY_NOT_FOUND')
    expect((await refusal(person.revokeApiKey({ id: 'no id' }))).code).toBe('API_KEY_NOT_FOUND')
    await exchange(key.secret)
    await person.revokeApiKey({ id: key.id })
    await person.revokeApiKey({ id: key.id })
    expect((await refusal(exchange(key.secret))).code).toBe('CREDENTIAL_REFUSED')
  })

  it('is refused when nobody made it', async () => {
    expect((await refusal(exchange('iama_made-up'))).code).toBe('CREDENTIAL_REFUSED')
    expect((await refusal(exchange('made up'))).code).toBe('CREDENTIAL_REFUSED')
  })

  it.each(['', ' ', 'x'.repeat(101)])('is not named %j', async (name) => {
    const { person } = await make()
    const refused = await refusal(person.createApiKey({ name, requestId: randomUUID() }))
    expect(refused.violations).toMatchObject([{ field: 'name' }])
  })
})

describe('our own processes', () => {
  it('prove themselves by their own secret', async () => {
    const issue = (name: string, secret: string) =>
      service.internal.issueServiceToken({ service: name, secret, audience: 'billing' })
    const { serviceToken } = await issue('jobs', jobsSecret)
    expect(await service.verify(serviceToken, 'billing')).toMatchObject({ kind: 'service', service: 'jobs' })
    expect((await refusal(issue('jobs', 'guess'))).code).toBe('CREDENTIAL_REFUSED')
    expect((await refusal(issue('nobody', ''))).code).toBe('CREDENTIAL_REFUSED')
    expect((await refusal(issue('__proto__', ''))).code).toBe('CREDENTIAL_REFUSED')
    expect((await refusal(issue('constructor', ''))).code).toBe('CREDENTIAL_REFUSED')
  })

  it('get one data key for a tenant, whoever asks first and wherever', async () => {
    const keys = [await service.keysAs('jobs', jobsSecret, 0), await service.keysAs('jobs', jobsSecret, 1)]
    const tenantId = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => keys[index % 2]!.getDataKey({ tenantId })),
    )
    expect(answers[0]!.key).toHaveLength(32)
    expect(new Set(answers.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1)
    const other = await keys[0]!.getDataKey({ tenantId: randomUUID() })
    expect(Buffer.from(other.key).equals(answers[0]!.key)).toBe(false)
    const rows = await service.database.query<{ wrapped: Buffer }>(
      'SELECT wrapped FROM data_keys WHERE tenant_id = $1',
      [tenantId],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]!.wrapped.includes(Buffer.from(answers[0]!.key))).toBe(false)
  })

  it('get keys only where they need them, and people get none', async () => {
    const gateway = await service.keysAs('gateway', jobsSecret)
    expect((await refusal(gateway.getDataKey({ tenantId: randomUUID() }))).code).toBe('CALLER_NOT_ALLOWED')
    const jobs = await service.keysAs('jobs', jobsSecret)
    expect((await refusal(jobs.getDataKey({ tenantId: '' }))).code).toBe('INVALID_REQUEST')
  })
})

describe('time', () => {
  it('ends a refresh token after 30 days', async () => {
    const { tokens } = await service.register()
    service.pass(31 * 86_400_000)
    expect((await refusal(service.auth.refresh({ refreshToken: tokens!.refreshToken }))).code).toBe('REFRESH_REFUSED')
    service.pass(-31 * 86_400_000)
    expect((await service.auth.refresh({ refreshToken: tokens!.refreshToken })).tokens).toBeDefined()
  })
})

isolationSuite({ urls: () => service.database.urls, exceptions: lookUps })

import { describe, expect, it } from '@jest/globals'
import { accessControl, bearerToken, tenantOf } from './access-control.ts'
import { anonymous, type Principal } from './principal.ts'

const tenant = '018f0000-0000-7000-8000-00000000000a'
const other = '018f0000-0000-7000-8000-00000000000b'
const job = '018f0000-0000-7000-8000-00000000000c'

const user: Principal = { kind: 'user', tenantId: tenant, userId: job, roles: ['owner'] }
const worker: Principal = { kind: 'service', tenantId: '', service: 'worker', roles: [] }
const method = (name: string, typeName = 'iama.jobs.v1.LifecycleService') => ({ name, parent: { typeName } })

const { interceptor, authenticate } = accessControl({
  matrix: {
    'iama.jobs.v1.LifecycleService': ['worker'],
    'iama.jobs.v1.JobService': ['people'],
    'iama.jobs.v1.JobService/GetJob': ['people', 'delivery'],
    'iama.auth.v1.AuthService/Login': ['anyone'],
  },
  verifier: { verify: async () => user },
})
const headers = (value?: string) => ({ get: () => (value === undefined ? [] : [value]) })

describe('the caller matrix', () => {
  const jobs = 'iama.jobs.v1.JobService'
  it.each([
    [worker, method('ReadJob'), true],
    [{ ...worker, service: 'router' }, method('ReadJob'), false],
    [user, method('ReadJob'), false],
    [user, method('CreateJob', jobs), true],
    [{ ...user, kind: 'apiKey' as const }, method('CreateJob', jobs), true],
    [worker, method('CreateJob', jobs), false],
    [{ ...worker, service: 'delivery' }, method('GetJob', jobs), true],
    [{ ...worker, service: 'delivery' }, method('CreateJob', jobs), false],
    [{ ...worker, service: 'people' }, method('GetJob', jobs), false],
    [user, method('Anything', 'iama.unlisted.v1.Service'), false],
    [anonymous, method('CreateJob', jobs), false],
    [anonymous, method('Login', 'iama.auth.v1.AuthService'), true],
  ])('lets %o call %o: %s', (principal, called, allowed) => {
    const attempt = () => interceptor.before({ principal, method: called })
    if (allowed) expect(attempt).not.toThrow()
    else expect(attempt).toThrow(expect.objectContaining({ code: 'CALLER_NOT_ALLOWED', kind: 'forbidden' }))
  })
})

describe('authentication', () => {
  it('verifies a token wherever one is sent, and asks for one elsewhere', async () => {
    expect(await authenticate(headers('Bearer a.b.c'), method('Login', 'iama.auth.v1.AuthService'))).toBe(user)
    expect(await authenticate(headers(), method('Login', 'iama.auth.v1.AuthService'))).toBe(anonymous)
    expect(() => authenticate(headers(), method('ReadJob'))).toThrow(expect.objectContaining({ code: 'TOKEN_MISSING' }))
  })

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
    ['Basic abc', undefined],
    ['Bearer a b', undefined],
    ['Bearer ', undefined],
    [undefined, undefined],
  ])('reads %p as %p', (header, token) => expect(bearerToken(headers(header))).toBe(token))
})

describe('the tenant and the job of a message', () => {
  const check = (message: object, principal: Principal) => () =>
    interceptor.message(message, { principal, method: method('ReadJob') })
  const bound = { ...worker, tenantId: tenant, jobId: job }
  const denied = expect.objectContaining({ code: 'PERMISSION_DENIED' })
  const invalid = (field: string) => expect.objectContaining({ violations: [expect.objectContaining({ field })] })

  it('must be named by a service, and be those of its token', () => {
    expect(check({ tenantId: tenant, jobId: job }, worker)).not.toThrow()
    expect(check({ tenantId: tenant, jobId: job }, bound)).not.toThrow()
    expect(check({ tenantId: '', jobId: job }, worker)).toThrow(invalid('tenant_id'))
    expect(check({ tenantId: tenant, jobId: 'x' }, worker)).toThrow(invalid('job_id'))
    expect(check({ tenantId: other, jobId: job }, bound)).toThrow(denied)
    expect(check({ tenantId: tenant, jobId: other }, bound)).toThrow(denied)
  })

  it('are found in headers and in the first message of a stream', () => {
    const header = { $typeName: 'iama.jobs.v1.FactHeader', tenantId: other, jobId: job }
    expect(check({ header }, bound)).toThrow(denied)
    expect(check({ part: { case: 'header', value: header } }, bound)).toThrow(denied)
    expect(check({ part: { case: 'session', value: { ...header, tenantId: '' } } }, worker)).toThrow(
      invalid('session.tenant_id'),
    )
    expect(check({ part: { case: 'chunk', value: new Uint8Array(3) } }, bound)).not.toThrow()
  })

  it('are a person’s own', () => {
    expect(check({ jobId: 'whatever' }, user)).not.toThrow()
    expect(check({ tenantId: '' }, user)).not.toThrow()
    expect(check({ tenantId: tenant }, user)).not.toThrow()
    expect(check({ tenantId: other }, user)).toThrow(denied)
  })

  it('decide for whom a call works', () => {
    expect(tenantOf(user)).toBe(tenant)
    expect(tenantOf(user, other)).toBe(tenant)
    expect(tenantOf(worker, other)).toBe(other)
    expect(() => tenantOf(worker)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
  })
})

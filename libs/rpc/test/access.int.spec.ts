import { afterEach, describe, expect, it } from '@jest/globals'
import { client, Code, type CallOutcome } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import {
  accessControl,
  generateSigningKey,
  publicKeySet,
  serviceTokens,
  staticKeys,
  tokenIssuer,
  tokenVerifier,
  type Principal,
} from '@iama/security'
import { from } from './echo.ts'
import { startEcho } from './server.ts'

const tenant = '018f0000-0000-7000-8000-00000000000a'
const otherTenant = '018f0000-0000-7000-8000-00000000000b'
const job = '018f0000-0000-7000-8000-00000000000c'

let cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup) await stop()
  cleanup = []
})

describe('who may call', () => {
  const matrix = {
    'iama.test.v1.EchoService': ['people', 'worker'],
    'iama.test.v1.EchoService/Count': ['anyone'],
    'iama.test.v1.EchoService/Collect': ['worker'],
  }
  const guarded = async () => {
    const key = await generateSigningKey()
    const access = accessControl({
      matrix,
      verifier: tokenVerifier({ audience: 'test', keys: staticKeys(publicKeySet([key])) }),
    })
    const outcomes: CallOutcome[] = []
    const echo = await startEcho({
      authenticate: access.authenticate,
      interceptors: [access.interceptor, { after: (outcome) => void outcomes.push(outcome) }],
    })
    cleanup.push(echo.stop)
    const issuer = tokenIssuer(key)
    const tokenFor = async (principal: Principal, audience = 'test') =>
      (await issuer.issue(principal, audience, 60)).token
    return { ...echo, issuer, tokenFor, outcomes }
  }
  const user: Principal = { kind: 'user', tenantId: tenant, userId: job, roles: ['developer'] }
  const worker: Principal = { kind: 'service', tenantId: '', service: 'worker', roles: [] }

  it('is told by the token', async () => {
    const { rpc, seen, tokenFor, outcomes } = await guarded()
    await rpc.echo({}, { token: await tokenFor(user) })
    expect(seen.contexts[0]!.principal).toEqual(user)
    expect(outcomes).toMatchObject([{ code: Code.OK, principal: { kind: 'user' }, method: { name: 'Echo' } }])
  })

  it('is nobody without a valid token for this service', async () => {
    const { rpc, seen, tokenFor, outcomes } = await guarded()
    await expect(rpc.echo({})).rejects.toMatchObject({ status: Code.UNAUTHENTICATED, code: 'TOKEN_MISSING' })
    await expect(rpc.echo({}, { token: 'not.a.token' })).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    const elsewhere = await tokenFor(user, 'billing')
    await expect(rpc.echo({}, { token: elsewhere })).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(seen.contexts).toEqual([])
    expect(outcomes.map(({ principal }) => principal)).toEqual([undefined, undefined, undefined])
  })

  it('is anyone where the matrix opens a method, and nobody where it does not name the caller', async () => {
    const { rpc, tokenFor } = await guarded()
    expect((await rpc.count({ count: 1 }).next()).value).toMatchObject({ index: 0 })
    const token = await tokenFor(user)
    await expect(rpc.collect(from([{ text: 'a' }]), { token })).rejects.toMatchObject({ code: 'CALLER_NOT_ALLOWED' })
    const sandbox = await tokenFor({ ...worker, service: 'sandbox' })
    await expect(rpc.echo({}, { token: sandbox })).rejects.toMatchObject({
      status: Code.PERMISSION_DENIED,
      code: 'CALLER_NOT_ALLOWED',
    })
  })

  it('is a service only for the tenant and job that it names', async () => {
    const { rpc, tokenFor } = await guarded()
    const token = await tokenFor(worker)
    await rpc.echo({ tenantId: tenant, jobId: job }, { token })
    await expect(rpc.echo({ jobId: job }, { token })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field: 'tenant_id' }],
    })
    await expect(rpc.echo({ tenantId: tenant }, { token })).rejects.toMatchObject({ violations: [{ field: 'job_id' }] })
    const bound = await tokenFor({ ...worker, tenantId: tenant, jobId: job })
    await rpc.echo({ tenantId: tenant, jobId: job }, { token: bound })
    await expect(rpc.echo({ tenantId: otherTenant, jobId: job }, { token: bound })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    await expect(rpc.echo({ tenantId: tenant, jobId: tenant }, { token: bound })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
  })

  it('is a person of one tenant alone', async () => {
    const { rpc, tokenFor } = await guarded()
    await expect(rpc.echo({ tenantId: otherTenant }, { token: await tokenFor(user) })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
  })

  it('is proven by service tokens that the client fetches and keeps by itself', async () => {
    const { server, issuer, seen } = await guarded()
    let issued = 0
    const tokens = serviceTokens({
      issue: (audience) => {
        issued += 1
        return issuer.issue(worker, audience, 60)
      },
    })
    const rpc = client(EchoService, server.address, { token: tokens })
    await Promise.all(Array.from({ length: 20 }, () => rpc.echo({ tenantId: tenant, jobId: job })))
    rpc[Symbol.dispose]()
    expect(seen.contexts).toHaveLength(20)
    expect(seen.contexts[0]!.principal).toEqual(worker)
    expect(issued).toBe(1)
  })
})

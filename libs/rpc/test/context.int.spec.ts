import { afterEach, describe, expect, it } from '@jest/globals'
import { client, Code, implement, type CallContext, type CallOutcome, type Client, type Handlers } from '@iama/rpc'
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
import { createLogger, currentTraceparent, span, startTelemetry } from '@iama/telemetry'
import { trace } from '@opentelemetry/api'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, from } from './echo.ts'
import { startEcho } from './server.ts'

const tenant = '018f0000-0000-7000-8000-00000000000a'
const otherTenant = '018f0000-0000-7000-8000-00000000000b'
const job = '018f0000-0000-7000-8000-00000000000c'

type EchoHandler = Handlers<typeof EchoService>['echo']
const echoWith = (echo: EchoHandler) =>
  implement(EchoService, { echo, async *count() {}, collect: async () => ({}), async *chat() {} })

let cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.reverse()) await stop()
  cleanup = []
})
const started = async (...args: Parameters<typeof startEcho>) => {
  const echo = await startEcho(...args)
  cleanup.push(echo.stop)
  return echo
}

describe('a call that serves another', () => {
  /** front -> back; the front passes its context on as `parent`. */
  const chain = async (back: EchoHandler) => {
    const contexts: CallContext[] = []
    const far = await started({
      services: [
        echoWith((request, context) => {
          contexts.push(context)
          return back(request, context)
        }),
      ],
    })
    const asked: (Principal | undefined)[] = []
    const toFar: Client<typeof EchoService> = client(EchoService, far.server.address, {
      token: ({ onBehalfOf }) => {
        asked.push(onBehalfOf)
        return 'a.token'
      },
    })
    cleanup.push(async () => toFar[Symbol.dispose]())
    const near = await started({
      services: [echoWith((request, context) => toFar.echo(request, { parent: context, deadlineMs: 60_000 }))],
    })
    return { rpc: near.rpc, contexts, asked }
  }

  it('carries the deadline on', async () => {
    const { rpc, contexts } = await chain(async () => ({}))
    const before = Date.now()
    await rpc.echo({}, { deadlineMs: 1_500 })
    expect(contexts[0]!.deadline - before).toBeGreaterThan(500)
    expect(contexts[0]!.deadline - before).toBeLessThanOrEqual(1_600)
  })

  it('carries the cancellation on', async () => {
    const { rpc, contexts } = await chain(async (_request, { signal }) => {
      await sleep(60_000, undefined, { signal })
      return {}
    })
    const abort = new AbortController()
    const pending = rpc.echo({}, { signal: abort.signal }).catch((error: unknown) => error)
    await eventually(() => contexts.length === 1)
    abort.abort(new Error('enough'))
    expect(await pending).toMatchObject({ message: 'enough' })
    await eventually(() => contexts[0]!.signal.aborted)
  })

  it('asks for a token on behalf of the caller, and sends it', async () => {
    const { rpc, contexts, asked } = await chain(async () => ({}))
    await rpc.echo({})
    expect(asked).toMatchObject([{ kind: 'user', roles: ['developer'] }])
    expect(contexts[0]!.metadata.get('authorization')).toEqual(['Bearer a.token'])
  })

  it('belongs to one trace, which the log lines of each handler carry', async () => {
    const lines: Record<string, unknown>[] = []
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
    const telemetry = await startTelemetry({ service: 'test', version: '0', logDestination: destination })
    cleanup.push(telemetry.shutdown)
    const logger = createLogger({ service: 'far', version: '0', level: 'info', destination })
    const { rpc, contexts } = await chain(async () => {
      logger.info('working')
      return {}
    })
    const root = await span('root', async (current) => {
      await rpc.echo({ tenantId: tenant, jobId: job })
      expect(currentTraceparent()).toContain(current.spanContext().spanId)
      return current.spanContext()
    })
    expect(contexts[0]!.traceparent).toMatch(new RegExp(`^00-${root.traceId}-[0-9a-f]{16}-0[01]$`))
    expect(contexts[0]!.traceparent).not.toContain(root.spanId)
    expect(lines).toMatchObject([
      { message: 'working', trace_id: root.traceId, job_id: job, user_id: '018f0000-0000-7000-8000-000000000002' },
    ])
    expect(trace.getActiveSpan()).toBeUndefined()
  })
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
    const echo = await started({
      authenticate: access.authenticate,
      interceptors: [access.interceptor, { after: (outcome) => void outcomes.push(outcome) }],
    })
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

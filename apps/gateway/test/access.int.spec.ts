import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { BillingService } from '@iama/contracts/iama/billing/v1/service'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { eventually } from '@iama/testing/servers'
import { createGateway } from '../src/gateway.ts'
import { startSystem, transportTo, type HttpVersion, type Person, type System } from './system.ts'

let system: System
let person: Person

beforeAll(async () => {
  system = await startSystem()
  person = await system.register()
}, 120_000)

afterAll(async () => await system?.stop())

const refusal = async (call: Promise<unknown>): Promise<{ code: Code; reason: string | undefined }> => {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  )
  if (!outcome) throw new Error('the call was expected to be refused')
  return { code: outcome.code, reason: outcome.findDetails(ErrorInfoSchema)[0]?.reason }
}

const events = (jobId: string, options: { token?: string; headers?: Record<string, string>; query?: string } = {}) =>
  fetch(`${system.url}/api/v1/jobs/${jobId}/events${options.query ?? ''}`, {
    headers: { authorization: `Bearer ${options.token ?? person.accessToken}`, ...options.headers },
  })

/** A job whose log is over. */
const finished = async (): Promise<string> => {
  const jobs = system.as(JobService, person.accessToken)
  const jobId = await system.createJob(person)
  await jobs.startJob({ jobId, requestId: randomUUID() })
  await jobs.cancelJob({ jobId, requestId: randomUUID() })
  return jobId
}

const idsOf = (stream: string): number[] => [...stream.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

describe('who may call', () => {
  it('is nobody without a token, with a wrong one, or with one that has expired', async () => {
    const ask = (token: string | undefined) => refusal(system.as(JobService, token).listJobs({}))
    expect(await ask(undefined)).toEqual({ code: Code.Unauthenticated, reason: 'TOKEN_MISSING' })
    expect(await ask('a.b.c')).toEqual({ code: Code.Unauthenticated, reason: 'TOKEN_INVALID' })
    const fresh = await system.agedToken(person, 0)
    expect(await system.as(JobService, fresh).listJobs({})).toBeDefined()
    const old = await system.agedToken(person, 16 * 60)
    expect(await ask(old)).toEqual({ code: Code.Unauthenticated, reason: 'TOKEN_EXPIRED' })
  })

  it('may sign in with a token that has expired', async () => {
    const old = await system.agedToken(person, 16 * 60)
    const answer = system.as(AuthService, old).login({ email: person.email, password: 'correct horse battery' })
    expect((await answer).user).toMatchObject({ id: person.userId })
  })

  it('does not see another tenant’s job', async () => {
    const stranger = await system.register()
    const jobId = await system.createJob(person)
    const missing = { code: Code.NotFound, reason: 'JOB_NOT_FOUND' }
    expect(await refusal(system.as(JobService, stranger.accessToken).getJob({ jobId }))).toEqual(missing)
    expect((await events(jobId, { token: stranger.accessToken })).status).toBe(404)
  })

  it('may use an API key', async () => {
    const request = { name: 'ci', requestId: randomUUID() }
    const { secret } = await system.as(AuthService, person.accessToken).createApiKey(request)
    expect((await system.as(AuthService, secret).getMe({})).user).toMatchObject({ id: person.userId })
    expect(await refusal(system.as(JobService, 'iama_made-up').listJobs({}))).toMatchObject({
      reason: 'CREDENTIAL_REFUSED',
    })
  })

  it('reads of models and of what they have cost a job', async () => {
    const models = system.as(ModelService, person.accessToken)
    const listed = await models.listModels({})
    expect(listed.models.map(({ provider, endpoint }) => [provider, endpoint])).toEqual([['codemod', '']])
    const jobId = await system.createJob(person)
    expect(await models.getJobCost({ jobId })).toMatchObject({ lines: [], costMicros: 0n, currency: 'USD' })
    expect(await refusal(models.getJobCost({ jobId: 'mine' }))).toMatchObject({ code: Code.InvalidArgument })
    expect(await refusal(system.as(ModelService, undefined).listModels({}))).toEqual({
      code: Code.Unauthenticated,
      reason: 'TOKEN_MISSING',
    })
  })

  it('is told that a service is away', async () => {
    const billing = system.as(BillingService, person.accessToken)
    expect((await refusal(billing.listPlans({}))).code).toBe(Code.Unavailable)
  })

  it('reaches no service that is not public', async () => {
    for (const method of ['iama.auth.v1.InternalService/IssueServiceToken', 'iama.router.v1.RouterService/Generate']) {
      const response = await fetch(`${system.url}/${method}`, { method: 'POST' })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ reason: 'ROUTE_NOT_FOUND' })
    }
  })

  it('is limited in its requests, each credential for itself, also behind a trusted proxy', async () => {
    const rateLimit = { requests: 5, seconds: 60 }
    const limited = await createGateway({ ...system.config, rateLimit, trustedProxies: ['127.0.0.1'] })
    try {
      // addresses that no other run has: the count is kept in Redis
      const [near, far] = [randomUUID(), randomUUID()].map((id) => `2001:db8::${id.slice(0, 4)}:${id.slice(9, 13)}`)
      const ask = (token: string, peer: string, path = '/iama.auth.v1.AuthService/GetMe', method = 'POST') =>
        fetch(`http://${limited.address}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-forwarded-for': peer },
          ...(method === 'POST' && { body: '{}' }),
        })
      const own = (await system.register()).accessToken
      // the first is an exchange, which counts for the address
      for (let call = 0; call < 6; call++) expect((await ask(own, near!)).status).toBe(200)
      const refused = await ask(own, near!)
      expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
      expect(await refused.json()).toMatchObject({ code: 'resource_exhausted' })
      expect((await ask(own, far!)).status).toBe(429)
      expect((await ask(person.accessToken, near!)).status).toBe(200)
      // guesses are another credential each: they count for the address
      for (let guess = 0; guess < 5; guess++) expect((await ask(`a.b.${guess}`, far!)).status).toBe(401)
      expect((await ask('a.b.c', far!)).status).toBe(429)
      expect((await ask('a.b.c', far!, `/api/v1/jobs/${randomUUID()}/events`, 'GET')).status).toBe(429)
    } finally {
      await limited.stop()
    }
  })
})

describe('a job’s log as server-sent events', () => {
  it('comes in order to its end', async () => {
    const response = await events(await finished())
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const text = await response.text()
    const ids = idsOf(text)
    expect(ids.length).toBeGreaterThan(2)
    expect(ids).toEqual(ids.map((_, index) => index + 1))
    expect(JSON.parse(/^data: (.+)$/m.exec(text)![1]!)).toMatchObject({ sequence: '1', state: 'JOB_STATE_PENDING' })
    expect(text.endsWith('event: end\ndata: {}\n\n')).toBe(true)
  })

  it('goes on after Last-Event-ID, which goes before ?after=', async () => {
    const jobId = await finished()
    const all = idsOf(await (await events(jobId)).text())
    const resumed = await events(jobId, { headers: { 'last-event-id': '2' }, query: '?after=0' })
    expect(idsOf(await resumed.text())).toEqual(all.slice(2))
    expect(idsOf(await (await events(jobId, { query: '?after=1' })).text())).toEqual(all.slice(1))
  })

  it('refuses with a problem what it cannot begin', async () => {
    const wrong = await events(randomUUID(), { headers: { 'last-event-id': 'x' } })
    expect(wrong.status).toBe(400)
    expect(wrong.headers.get('content-type')).toBe('application/problem+json')
    expect(await wrong.json()).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'Last-Event-ID' }] })
    const missing = await events(randomUUID())
    expect([missing.status, await missing.json()]).toMatchObject([404, { reason: 'JOB_NOT_FOUND' }])
    expect((await events(randomUUID(), { token: 'a.b.c' })).status).toBe(401)
    const posted = await fetch(`${system.url}/api/v1/jobs/${randomUUID()}/events`, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
  })
})

describe('a client that goes away', () => {
  /** Watches of the jobs service that ended because their caller had gone. */
  const cancelled = async (): Promise<number> => {
    const text = await (await fetch(`http://${system.jobs.opsAddress}/metrics`)).text()
    const line = /^rpc_server_call_duration_seconds_count\{(?=.*WatchJob)(?=.*CANCELLED).*\} (\d+)/m.exec(text)
    return Number(line?.[1] ?? 0)
  }

  it.each(['1.1', '2'] satisfies HttpVersion[])(
    'ends the call of the service within a second, over HTTP/%s',
    async (version) => {
      const jobId = await system.createJob(person)
      const before = await cancelled()
      const gone = new AbortController()
      const transport = transportTo(system.url, 'connect', version)
      const watching = system.as(JobService, person.accessToken, transport).watchJob({ jobId }, { signal: gone.signal })
      await expect(async () => {
        for await (const { sequence } of watching) if (sequence > 0n) gone.abort()
      }).rejects.toBeDefined()
      await eventually('the watch is cancelled', async () => (await cancelled()) > before, 1_000)
    },
  )

  it('ends the call of the service within a second, as a reader of events', async () => {
    const before = await cancelled()
    const response = await events(await system.createJob(person))
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    await eventually('the watch is cancelled', async () => (await cancelled()) > before, 1_000)
  })
})

describe('the port', () => {
  it('says whether the system can be used', async () => {
    const response = await fetch(`${system.url}/health`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  it('lets browsers of configured origins in, and no others', async () => {
    const ask = (origin: string) =>
      fetch(`${system.url}/iama.jobs.v1.JobService/GetJob`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const known = await ask('https://app.example.com')
    expect([known.status, known.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example.com'])
    expect(known.headers.get('access-control-allow-headers')).toMatch(/Authorization/)
    const unknown = await ask('https://evil.example.com')
    expect(unknown.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('takes a request that arrives in single bytes', async () => {
    const [host, port] = system.gateway.address.split(':') as [string, string]
    const socket = connect(Number(port), host)
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    for (const byte of 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n') {
      socket.write(byte)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await eventually('the answer', () => answer.includes('{"status":"ok"}'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('counts requests by route and status, and gRPC’s by what they would be in HTTP', async () => {
    const grpc = transportTo(system.url, 'grpc', '2')
    await refusal(system.as(JobService, person.accessToken, grpc).getJob({ jobId: randomUUID() }))
    await fetch(`${system.url}/made/up/${randomUUID()}`)
    const text = await (await fetch(`http://${system.gateway.opsAddress}/metrics`)).text()
    const counted = (route: string, status: string): boolean =>
      text
        .split('\n')
        .some(
          (line) =>
            line.startsWith('api_request_duration_seconds_count') &&
            line.includes(`route="${route}"`) &&
            line.includes(`status_code="${status}"`),
        )
    expect(counted('/iama.jobs.v1.JobService/GetJob', '404')).toBe(true)
    expect(counted('unknown', '404')).toBe(true)
    expect(text).not.toContain('made/up')
  })

  it('lets go of its streams when it stops', async () => {
    const second = await createGateway(system.config)
    const transport = transportTo(`http://${second.address}`, 'grpc', '2')
    const jobId = await system.createJob(person)
    const watching = system.as(JobService, person.accessToken, transport).watchJob({ jobId })
    const ended = refusal(
      (async () => {
        for await (const { sequence } of watching) if (sequence > 0n) void second.stop()
      })(),
    )
    expect((await ended).code).toBe(Code.Unavailable)
  })
})

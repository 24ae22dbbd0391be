import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  currentTraceparent,
  serveOps,
  span,
  startTelemetry,
  withLogFields,
  withTraceparent,
  type Telemetry,
} from '@iama/telemetry'
import { createServer } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

interface SpanLine {
  trace_id: string
  span_id: string
  parent_span_id?: string
  name: string
  service: string
  ok: boolean
  attributes: Record<string, unknown>
}

describe('telemetry of a process', () => {
  const lines: Record<string, unknown>[] = []
  let folder: string
  let telemetry: Telemetry
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'telemetry-'))
    telemetry = await startTelemetry({
      service: 'jobs',
      version: '1',
      spanFile: path.join(folder, 'spans.ndjson'),
      logDestination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('puts the ids of the trace and of the scope on each line, over awaits', async () => {
    await span('outer', async (outer) => {
      await withLogFields({ job_id: 'j-1', tenant_id: 't-1' }, async () => {
        await sleep(1)
        await withLogFields({ user_id: 'u-1' }, async () => telemetry.logger.info('deep'))
        telemetry.logger.info('less deep')
        telemetry.logger.info({ job_id: 'own' }, 'explicit')
      })
      telemetry.logger.info('out')
      const trace_id = outer.spanContext().traceId
      const [deep, less, explicit, out] = lines.slice(-4)
      expect(deep).toMatchObject({ message: 'deep', trace_id, job_id: 'j-1', tenant_id: 't-1', user_id: 'u-1' })
      expect(less).toMatchObject({ message: 'less deep', trace_id, job_id: 'j-1' })
      expect(less).not.toHaveProperty('user_id')
      expect(explicit).toMatchObject({ job_id: 'own', tenant_id: 't-1' })
      expect(out).not.toHaveProperty('job_id')
    })
    telemetry.logger.info('no span')
    expect(lines.at(-1)).not.toHaveProperty('trace_id')
  })

  it('goes on with a trace that came in an event', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    withTraceparent(traceparent, () =>
      span('consumer', () => {
        expect(currentTraceparent()).toMatch(/^00-a{32}-[0-9a-f]{16}-01$/)
        expect(currentTraceparent()).not.toContain('b'.repeat(16))
      }),
    )
    expect(withTraceparent(undefined, () => 7)).toBe(7)
    expect(withTraceparent('nonsense', currentTraceparent)).toBeUndefined()
  })

  it('passes results and errors of a span through', async () => {
    expect(span('sync', () => 1)).toBe(1)
    expect(await span('async', async () => 2)).toBe(2)
    expect(() =>
      span('throws', () => {
        throw new Error('a secret')
      }),
    ).toThrow('a secret')
    await expect(span('rejects', () => Promise.reject(new TypeError('a secret')))).rejects.toThrow('a secret')
  })

  it('shows the product’s metrics under their exact names, and itself', async () => {
    const { metrics } = telemetry
    metrics.jobStateTransitions.add(2, { from_state: 'PENDING', to_state: 'QUOTA_RESERVING', tier: 'free' })
    metrics.quotaReservations.add(1, { tier: 'free', phase: 'reserve', result: 'ok' })
    metrics.llmRequestDuration.record(1.5, { phase: 'refactor', model: 'codemod' })
    metrics.llmTokens.add(100, { tier: 'free', phase: 'refactor', model: 'codemod', type: 'input' })
    metrics.sandboxProvisionDuration.record(0.3, { result: 'ok' })
    metrics.apiRequestDuration.record(0.02, { method: 'GET', route: '/api/v1/jobs/:id', status_code: '200' })
    metrics.rpcServerDuration.record(0.001, { rpc_service: 'S', rpc_method: 'M', grpc_code: 'OK' })
    metrics.gauge('outbox_oldest_row_seconds', 'Age of the oldest row', (report) => report(3, { database: 'jobs' }))
    const ops = await serveOps({ port: 0, ready: {}, metrics: telemetry.metricsHandler })
    const text = await (await fetch(`http://${ops.address}/metrics`)).text()
    await ops.stop()
    for (const line of [
      'job_state_transitions_total{from_state="PENDING",to_state="QUOTA_RESERVING",tier="free"} 2',
      'quota_reservations_total{tier="free",phase="reserve",result="ok"} 1',
      'llm_request_duration_seconds_count{phase="refactor",model="codemod"} 1',
      'llm_tokens_total{tier="free",phase="refactor",model="codemod",type="input"} 100',
      'sandbox_provision_duration_seconds_bucket{result="ok",le="0.5"} 1',
      'api_request_duration_seconds_bucket{method="GET",route="/api/v1/jobs/:id",status_code="200",le="0.025"} 1',
      'rpc_server_call_duration_seconds_sum{rpc_service="S",rpc_method="M",grpc_code="OK"} 0.001',
      'outbox_oldest_row_seconds{database="jobs"} 3',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m)
    expect(text).toMatch(/^process_cpu_seconds_total [0-9.]+$/m)
    expect(text).toMatch(/^nodejs_eventloop_delay_p99_seconds [0-9.e-]+$/m)
  })

  it('refuses names that would come out otherwise', () => {
    expect(() => telemetry.metrics.counter('things', 'x')).toThrow('_total')
    expect(() => telemetry.metrics.gauge('some.things', 'x', () => {})).toThrow('snake_case')
  })

  it('keeps the metrics of two services in one process apart', async () => {
    const second = await startTelemetry({ service: 'billing', version: '1', logLevel: 'silent' })
    const ops = await serveOps({ port: 0, ready: {}, metrics: second.metricsHandler })
    expect(await (await fetch(`http://${ops.address}/metrics`)).text()).not.toContain('job_state_transitions_total')
    await ops.stop()
    await second.shutdown()
    span('still traced', () => expect(currentTraceparent()).toBeDefined())
  })

  it('writes its spans to the file, by the time it has stopped', async () => {
    await telemetry.shutdown()
    const text = await readFile(path.join(folder, 'spans.ndjson'), 'utf8')
    const spans = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SpanLine)
    const named = (name: string) => spans.find((one) => one.name === name)!
    expect(named('outer')).toMatchObject({ service: 'jobs', ok: true })
    expect(named('consumer')).toMatchObject({ trace_id: 'a'.repeat(32), parent_span_id: 'b'.repeat(16) })
    expect(named('throws').ok).toBe(false)
    expect(named('rejects').ok).toBe(false)
    expect(text).not.toContain('a secret')
    expect(currentTraceparent()).toBeUndefined()
  })
})

describe('spans for a collector', () => {
  it('are sent over OTLP/HTTP', async () => {
    const bodies: { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] }[] = []
    const collector = createServer((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        if (request.url === '/v1/traces') bodies.push(JSON.parse(body))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => collector.once('listening', resolve))
    const { port } = collector.address() as { port: number }
    const telemetry = await startTelemetry({
      service: 'x',
      version: '1',
      logLevel: 'silent',
      otlpEndpoint: `http://127.0.0.1:${port}/`,
    })
    span('exported', () => {})
    await telemetry.shutdown()
    collector.close()
    collector.closeAllConnections()
    const names = bodies.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))),
    )
    expect(names).toEqual(['exported'])
  })
})

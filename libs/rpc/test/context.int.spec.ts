import { afterEach, describe, expect, it } from '@jest/globals'
import { client, implement, type CallContext, type Client, type Handlers } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import type { Principal } from '@iama/security'
import { createLogger, currentTraceparent, span, startTelemetry } from '@iama/telemetry'
import { trace } from '@opentelemetry/api'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './echo.ts'
import { startEcho } from './server.ts'

const tenant = '018f0000-0000-7000-8000-00000000000a'
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
    await rpc.echo({}, { deadlineMs: 20_000 })
    expect(contexts[0]!.deadline - before).toBeGreaterThan(19_000)
    // what is left when it arrives is counted from there
    expect(contexts[0]!.deadline).toBeLessThanOrEqual(Date.now() + 20_000)
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

import { setTimeout as sleep } from 'node:timers/promises'

import { Code, ConnectError, createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { ComplianceService } from '@iama/contracts/iama/compliance/v1/service'
import { DeliveryService } from '@iama/contracts/iama/delivery/v1/service'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { MonitoringService } from '@iama/contracts/iama/monitoring/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { VerdictKeyService } from '@iama/contracts/iama/sandbox/v1/verdict_key'
import type { Clock } from '@iama/kernel'

import type { Credentials } from './credentials.ts'
import { isConnectionLoss, retryAfterMs } from './errors.ts'
import { Session } from './session.ts'
import { tracing } from './trace.ts'

const CALL_TIMEOUT_MS = 60_000
/** A server that restarts is back within this time. */
const RETRY_WITHIN_MS = 60_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000

/** The public services, signed in. */
export interface Clients {
  readonly server: string
  readonly auth: Client<typeof AuthService>
  readonly jobs: Client<typeof JobService>
  readonly models: Client<typeof ModelService>
  readonly delivery: Client<typeof DeliveryService>
  readonly compliance: Client<typeof ComplianceService>
  readonly monitoring: Client<typeof MonitoringService>
  readonly verdictKeys: Client<typeof VerdictKeyService>
}

export interface ConnectOptions {
  readonly server: string
  readonly credentials: Credentials
  readonly clock: Clock
  /** The trace of this command, as `traceparent`. */
  readonly trace: string
  /** Told once when a call is being repeated, with the reason. */
  readonly onTrouble: (message: string) => void
  readonly signal: AbortSignal
  /** How long a call that fails on its way is repeated, in milliseconds. */
  readonly retryWithinMs?: number
}

/** The pause before the n-th repetition, in milliseconds: doubled each time, up to a bound, never in step with others. */
export const pauseBefore = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)

/** Calls that must not be sent again without knowing what became of them. */
const neverRepeated = new Set<string>([AuthService.method.refresh.name, AuthService.method.register.name])

/** Repeats a call that failed on its way: reads change nothing, and commands carry a request id. */
const repeating = ({ onTrouble, signal, retryWithinMs = RETRY_WITHIN_MS }: ConnectOptions): Interceptor => {
  let told = false
  return (next) => async (request) => {
    const endsAt = performance.now() + retryWithinMs
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await next(request)
        told = false
        return answer
      } catch (error) {
        const wait = retryAfterMs(error)
        const mayRepeat = wait !== undefined || (isConnectionLoss(error) && !neverRepeated.has(request.method.name))
        if (!mayRepeat || request.stream || signal.aborted || performance.now() + (wait ?? 0) > endsAt) throw error
        if (!told && wait === undefined) {
          onTrouble(`the server cannot be reached (${ConnectError.from(error).rawMessage}); trying again`)
          told = true
        }
        await sleep(wait ?? pauseBefore(attempt), undefined, { signal })
      }
    }
  }
}

/** Signs each call; a refused token is renewed once. */
const signing =
  (session: Session): Interceptor =>
  (next) =>
  async (request) => {
    const authorization = await session.authorization()
    request.header.set('authorization', authorization)
    try {
      return await next(request)
    } catch (error) {
      if (request.stream || ConnectError.from(error).code !== Code.Unauthenticated) throw error
      const renewed = await session.renewedAuthorization(authorization)
      if (renewed === undefined || renewed === authorization) throw error
      request.header.set('authorization', renewed)
      return await next(request)
    }
  }

const transportTo = (server: string, interceptors: Interceptor[], timeout?: number): Transport =>
  createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    interceptors,
    ...(timeout === undefined ? {} : { defaultTimeoutMs: timeout }),
  })

/** The sign-in calls, which carry no token. */
export const connectAuth = (options: ConnectOptions): Client<typeof AuthService> =>
  createClient(AuthService, transportTo(options.server, [tracing(options.trace), repeating(options)], CALL_TIMEOUT_MS))

/** Clients of one gateway. Calls have a deadline; streams have none, their reader watches for silence. */
export const connect = (options: ConnectOptions): Clients => {
  const { server, credentials, clock } = options
  const session = new Session(server, credentials, () => connectAuth(options), clock)
  const interceptors = [tracing(options.trace), repeating(options), signing(session)]
  const calls = transportTo(server, interceptors, CALL_TIMEOUT_MS)
  const streams = transportTo(server, interceptors)
  const transport: Transport = {
    unary: (...args) => calls.unary(...args),
    stream: (...args) => streams.stream(...args),
  }
  return {
    server,
    auth: createClient(AuthService, transport),
    jobs: createClient(JobService, transport),
    models: createClient(ModelService, transport),
    delivery: createClient(DeliveryService, transport),
    compliance: createClient(ComplianceService, transport),
    monitoring: createClient(MonitoringService, transport),
    verdictKeys: createClient(VerdictKeyService, transport),
  }
}

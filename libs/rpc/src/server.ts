import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js'
import { anonymous } from '@iama/security'
import type { Metrics } from '@iama/telemetry'
import { setTimeout as sleep } from 'node:timers/promises'
import { CallRunner, type Authenticate, type RpcLogger } from './call-runner.ts'
import { MAX_MESSAGE_BYTES, serviceDefinition } from './codec.ts'
import { healthService, type ReadinessSource } from './health.ts'
import type { Interceptor } from './interceptor.ts'
import { reflectionService } from './reflection.ts'
import { Code, RpcError } from './rpc-error.ts'
import { grpcHandler } from './server-calls.ts'
import type { ServiceImplementation } from './service.ts'

export interface ServeOptions {
  readonly services: readonly ServiceImplementation[]
  /** `host:port`; port 0 takes a free one. */
  readonly address: string
  /** Health and reflection are answered without it: they tell nothing that the protos do not. */
  readonly authenticate: Authenticate
  readonly logger: RpcLogger
  readonly interceptors?: readonly Interceptor[]
  /** Feeds grpc.health.v1; without it a running server counts as serving. */
  readonly health?: ReadinessSource
  /** Records the duration of every call. */
  readonly metrics?: Pick<Metrics, 'rpcServerDuration'>
  /** How long `stop` waits for open calls, in milliseconds; 5,000 unless given. */
  readonly graceMs?: number
  /** TLS, mutual where it checks client certificates; plain text unless given. */
  readonly credentials?: ServerCredentials
  /** The page that explains a reason; travels as `google.rpc.Help`. */
  readonly help?: (reason: string) => string | undefined
}

export interface RpcServer {
  /** `host:port` as clients can reach it on this machine. */
  readonly address: string
  readonly port: number
  /**
   * Stops accepting and says NOT_SERVING; waits for open calls up to the grace period, then ends them with UNAVAILABLE
   * (reason SHUTTING_DOWN), aborts their signals and closes the connections. May be called more than once.
   */
  stop(): Promise<void>
}

const serverOptions: ServerOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
}

/** How long callers have to read their last status before the connections are cut. */
const FAREWELL_MS = 50

const bind = (server: Server, address: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) =>
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port))),
  )

const register = (server: Server, services: readonly ServiceImplementation[], runner: CallRunner): void => {
  for (const { service, handlers } of services)
    server.addService(
      serviceDefinition(service),
      Object.fromEntries(
        service.methods.map((method) => [
          method.localName,
          grpcHandler(method, handlers.get(method.localName)!, runner),
        ]),
      ),
    )
}

const closeGracefully = async (server: Server, runner: CallRunner, graceMs: number): Promise<void> => {
  let open = true
  const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve())).then(() => (open = false))
  // tryShutdown alone waits for open streams for ever
  const timer = new AbortController()
  await Promise.race([closed, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => {})])
  timer.abort()
  if (!open) return
  runner.abandon(
    new RpcError({ status: Code.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'the server is stopping; try again' }),
  )
  await Promise.race([closed, sleep(FAREWELL_MS)])
  server.forceShutdown()
  await closed
}

/** Starts a gRPC server with health and reflection; rejects when the address cannot be bound. */
export const serve = async (options: ServeOptions): Promise<RpcServer> => {
  const { services, address, authenticate, logger, interceptors = [], graceMs = 5_000, help, metrics } = options
  const server = new Server(serverOptions)
  const runner = new CallRunner({ authenticate, interceptors, logger, help, metrics })
  const openRunner = new CallRunner({ authenticate: () => anonymous, interceptors: [], logger })

  const described = services.map(({ service }) => service)
  const health = healthService(
    described.map(({ typeName }) => typeName),
    options.health ?? { ready: () => Promise.resolve(true) },
  )
  register(server, services, runner)
  register(server, [health.implementation], openRunner)
  register(server, [reflectionService([...described, health.implementation.service])], openRunner)

  const port = await bind(server, address, options.credentials ?? ServerCredentials.createInsecure())
  let stopped: Promise<void> | undefined
  return {
    address: address.replace(/:\d+$/, `:${port}`).replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:'),
    port,
    stop: () => {
      health.stop()
      return (stopped ??= closeGracefully(server, runner, graceMs))
    },
  }
}

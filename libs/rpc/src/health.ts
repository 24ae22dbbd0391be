import { setTimeout as sleep } from 'node:timers/promises'
import { Health, HealthCheckResponse_ServingStatus as Serving } from '@iama/contracts/health/v1/health'
import { Code, RpcError } from './rpc-error.ts'
import { implement, type ServiceImplementation } from './service.ts'

/** Whether the process can do its work now; `readiness()` of @iama/telemetry is one. */
export interface ReadinessSource {
  ready(): Promise<boolean>
}

export interface HealthService {
  readonly implementation: ServiceImplementation
  /** From now on every service is NOT_SERVING; open watches say so and end. */
  stop(): void
}

const WATCH_POLL_MS = 1_000

/**
 * grpc.health.v1 for the named services (and '' for the whole process), fed by the readiness checks. A watch looks
 * once a second and tells changes.
 */
export const healthService = (services: readonly string[], source: ReadinessSource): HealthService => {
  const names = ['', ...services]
  const stopping = new AbortController()

  const status = async (): Promise<Serving> => {
    if (stopping.signal.aborted) return Serving.NOT_SERVING
    const ready = await source.ready().catch(() => false)
    return ready ? Serving.SERVING : Serving.NOT_SERVING
  }

  const implementation = implement(Health, {
    check: async ({ service }) => {
      if (names.includes(service)) return { status: await status() }
      throw new RpcError({
        status: Code.NOT_FOUND,
        reason: 'SERVICE_UNKNOWN',
        message: `no service ${service.slice(0, 200)} here`,
      })
    },
    list: async () => {
      const now = await status()
      return { statuses: Object.fromEntries(names.map((name) => [name, { status: now }])) }
    },
    async *watch({ service }, { signal }) {
      const until = AbortSignal.any([signal, stopping.signal])
      let last: Serving | undefined
      while (!signal.aborted) {
        const now = names.includes(service) ? await status() : Serving.SERVICE_UNKNOWN
        if (now !== last) yield { status: now }
        last = now
        if (stopping.signal.aborted) return
        await sleep(WATCH_POLL_MS, undefined, { signal: until }).catch(() => {})
      }
    },
  })
  return { implementation, stop: () => stopping.abort() }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readiness, type Readiness, type ReadinessCheck } from './readiness.ts'

export interface OpsOptions {
  /** 0 takes a free port. */
  readonly port: number
  /** Loopback unless given. */
  readonly host?: string
  /** The dependencies by name, or a readiness that is shared with the gRPC server. */
  readonly ready: Readiness | Readonly<Record<string, ReadinessCheck>>
  /** Rejects when the process is beyond repair and should be restarted; always alive unless given. */
  readonly live?: () => Promise<void>
  /** `telemetry.metricsHandler`; without it there is no /metrics. */
  readonly metrics?: (request: IncomingMessage, response: ServerResponse) => void
}

export interface OpsServer {
  /** `host:port` */
  readonly address: string
  readonly port: number
  stop(): Promise<void>
}

const sendJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}

const isReadiness = (ready: OpsOptions['ready']): ready is Readiness =>
  'report' in ready && typeof ready.report === 'function' && 'ready' in ready

const listen = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })

/** `/healthz`, `/readyz` and `/metrics` on a port of their own, which is never published. */
export const serveOps = async (options: OpsOptions): Promise<OpsServer> => {
  const { port, host = '127.0.0.1', live, metrics } = options
  const ready = isReadiness(options.ready) ? options.ready : readiness(options.ready)
  const alive = readiness(live ? { process: live } : {})

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendJson(response, 405, { error: 'only GET is answered here' })
    if (path === '/metrics' && metrics) return metrics(request, response)
    if (path === '/healthz') {
      const report = await alive.report()
      return sendJson(response, report.ready ? 200 : 503, { status: report.ready ? 'alive' : 'dead', ...report })
    }
    if (path === '/readyz') {
      const report = await ready.report()
      const failing = Object.entries(report.checks).flatMap(([name, { ok }]) => (ok ? [] : [name]))
      return sendJson(response, report.ready ? 200 : 503, {
        status: report.ready ? 'ready' : 'not ready',
        failing,
        checks: report.checks,
      })
    }
    return sendJson(response, 404, { error: 'there are /healthz, /readyz and /metrics' })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  const bound = await listen(server, port, host)
  return {
    port: bound.port,
    address: `${bound.address}:${bound.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

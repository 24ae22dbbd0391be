import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type Http2ServerRequest } from 'node:http2'
import { createConnectRouter, createContextValues } from '@connectrpc/connect'
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { client, MAX_MESSAGE_BYTES } from '@iama/rpc'
import type { Logger, Metrics, Readiness } from '@iama/telemetry'
import type { ClientAddress } from './client-address.ts'
import { isCompletionPath, type Completions } from './completions.ts'
import { allowOrigins } from './cors.ts'
import { forwardAll, requestNotes, type Forwarding, type RequestNotes } from './forwarding.ts'
import { JobEvents, jobOfPath } from './job-events.ts'
import type { Handler } from './port.ts'
import { sendProblem } from './problem.ts'

export interface SurfaceOptions extends Forwarding {
  readonly clientAddress: ClientAddress
  readonly completions: Completions
  readonly corsOrigins: readonly string[]
  readonly ready: Readiness
  readonly metrics: Pick<Metrics, 'apiRequestDuration'>
  /** Ends open calls. */
  readonly stopping: AbortSignal
}

/** Answers a request; the notes say what the metrics need to know. */
type Route = (request: IncomingMessage, response: ServerResponse, notes: RequestNotes) => void | Promise<void>
type Found = readonly [route: string, answer: Route]

/** Everything that clients can ask the gateway for. */
export const surface = (options: SurfaceOptions): Handler => {
  const find = routes(options)
  const crossOrigin = allowOrigins(options.corsOrigins)
  return (request, response) => {
    const started = performance.now()
    const notes: RequestNotes = {
      peer: options.clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for']?.toString()),
    }
    const [route, answer] = find(request)
    response.once('close', () =>
      options.metrics.apiRequestDuration.record((performance.now() - started) / 1_000, {
        method: knownMethods.has(request.method ?? '') ? request.method! : 'other',
        route,
        status_code: String(
          notes.failedWith ?? (response.writableFinished || response.headersSent ? response.statusCode : 499),
        ),
      }),
    )
    response.on('error', () => undefined) // a client that went away; `close` follows
    response.setHeader('x-content-type-options', 'nosniff')
    closeUnreadRequest(request, response)
    if (crossOrigin(request, response)) return
    void run(answer, request, response, notes, options.logger)
  }
}

/**
 * A request that is answered before its body was read leaves the rest of it on the connection, where the next request
 * would wait behind it: HTTP/1.1 is told to take another connection; in HTTP/2 the one stream is closed, after the
 * answer and without an error (RFC 9113, section 8.1).
 */
const closeUnreadRequest = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.httpVersionMajor !== 1) {
    const { stream } = request as unknown as Http2ServerRequest
    response.once('finish', () => {
      if (!request.complete) stream.close(constants.NGHTTP2_NO_ERROR)
    })
    return
  }
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]): ServerResponse => {
    if (!request.complete) response.setHeader('connection', 'close')
    return writeHead(...args)
  }
}

// a client must not be able to make up values of a metric's label
const knownMethods = new Set(['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'PATCH', 'DELETE'])

const run = async (
  answer: Route,
  request: IncomingMessage,
  response: ServerResponse,
  notes: RequestNotes,
  logger: Logger,
): Promise<void> => {
  try {
    await answer(request, response, notes)
  } catch (error) {
    // what a handler refuses is answered by the handler: this is a connection that broke, or a request without a host
    logger.debug({ err: error }, 'a request could not be answered')
    if (response.headersSent) response.destroy()
    else sendProblem(response, { title: 'the request cannot be understood', status: 400 })
  }
}

const routes = (options: SurfaceOptions): ((request: IncomingMessage) => Found) => {
  const methods = rpcRoutes(options)
  const jobs = options.clients.use(client(JobService, options.addresses.jobs))
  const events = new JobEvents({ ...options, jobs })
  return (request) => {
    const pathname = (request.url ?? '').split('?', 1)[0]!
    const rpc = methods.get(pathname)
    if (rpc) return rpc
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (pathname === '/health') return ['/health', reads ? health(options.ready) : notAllowed]
    if (isCompletionPath(pathname)) return completion(pathname, options.completions)
    const jobId = jobOfPath(pathname)
    if (jobId === undefined) return ['unknown', notFound]
    return ['/api/v1/jobs/:id/events', reads ? (from, to, { peer }) => events.serve(from, to, jobId, peer) : notAllowed]
  }
}

/** Connect, gRPC-web and gRPC, by path. */
const rpcRoutes = (options: SurfaceOptions): ReadonlyMap<string, Found> => {
  const router = createConnectRouter({
    readMaxBytes: MAX_MESSAGE_BYTES,
    acceptCompression: [compressionGzip, compressionBrotli],
    shutdownSignal: options.stopping,
  })
  forwardAll(options)(router)
  return new Map(
    router.handlers.map((handle) => {
      const answer: Route = async (request, response, notes) => {
        const values = createContextValues().set(requestNotes, notes)
        const asked = universalRequestFromNodeRequest(request, response, undefined, values)
        await universalResponseToNodeResponse(await handle(asked), response)
      }
      return [handle.requestPath, [handle.requestPath, answer]]
    }),
  )
}

/** OpenAI's protocol; the names of models are no labels of a metric. */
const completion = (pathname: string, completions: Completions): Found => [
  pathname.startsWith('/v1/models') ? '/v1/models' : '/v1/chat/completions',
  (request, response, { peer }) => completions.serve(request, response, peer),
]

const health =
  (ready: Readiness): Route =>
  async (_request, response) => {
    const isReady = await ready.ready()
    response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ status: isReady ? 'ok' : 'unavailable' }))
  }

const notFound: Route = (_request, response) =>
  sendProblem(response, { title: 'there is nothing at this path', status: 404, reason: 'ROUTE_NOT_FOUND' })

const notAllowed: Route = (_request, response) =>
  sendProblem(
    response,
    { title: 'this path is read with GET', status: 405, reason: 'METHOD_NOT_ALLOWED' },
    { allow: 'GET' },
  )

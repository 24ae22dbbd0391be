import type { IncomingMessage, ServerResponse } from 'node:http'
import { cors } from '@connectrpc/connect'

const ALLOWED_HEADERS = [...cors.allowedHeaders, 'Authorization', 'Last-Event-ID', 'Traceparent'].join(', ')
const EXPOSED_HEADERS = [...cors.exposedHeaders, 'Retry-After'].join(', ')
const ALLOWED_METHODS = [...new Set([...cors.allowedMethods, 'GET'])].join(', ')
/** How long a browser may remember the answer, in seconds. */
const MAX_AGE = 7_200

/** Lets the browsers of configured origins in. Returns true when the request was a question for that and is answered. */
export const allowOrigins =
  (origins: readonly string[]) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    if (origins.length === 0) return false
    response.setHeader('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !origins.includes(origin)) return false
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', EXPOSED_HEADERS)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
    response.writeHead(204, {
      'access-control-allow-methods': ALLOWED_METHODS,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': String(MAX_AGE),
    })
    response.end()
    return true
  }

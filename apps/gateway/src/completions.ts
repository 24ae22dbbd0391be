import { Agent, request as ask, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from '@iama/telemetry'
import type { Admission } from './admission.ts'
import { toConnectError } from './errors.ts'
import { problemOf } from './problem.ts'

/** What the router gets to see of a request, and a client of an answer; the rest is between two neighbours. */
const REQUEST_HEADERS = [
  ...['authorization', 'content-type', 'content-length', 'content-encoding', 'accept', 'traceparent'],
  ...['x-request-id', 'x-iama-confirmed-micros'],
]
const ANSWER_HEADERS = [
  ...['content-type', 'content-length', 'cache-control', 'retry-after', 'retry-after-ms', 'x-accel-buffering'],
  ...['x-should-retry', 'x-request-id', 'x-iama-model'],
]

const paths = /^\/v1\/(chat\/completions|models)(\/|$)/

/** Whether a path belongs to OpenAI's protocol. */
export const isCompletionPath = (pathname: string): boolean => paths.test(pathname)

/** OpenAI's protocol, passed through to the routers as it is; they check the credential once more and do the rest. */
export class Completions {
  readonly #addresses: readonly string[]
  readonly #admission: Admission
  readonly #logger: Logger
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
  #next = 0

  /** @param options.routers `host:port` of each router's HTTP port */
  constructor(options: {
    readonly routers: readonly string[]
    readonly admission: Admission
    readonly logger: Logger
  }) {
    this.#addresses = options.routers
    this.#admission = options.admission
    this.#logger = options.logger
  }

  /** Answers a request to its end. */
  async serve(request: IncomingMessage, response: ServerResponse, peer: string): Promise<void> {
    const { authorization } = request.headers
    try {
      await this.#admission.admit({ audience: 'router', open: false, authorization, peer })
    } catch (error) {
      return this.#refuse(response, error)
    }
    if (response.destroyed) return
    const asked = this.#ask(request, peer)
    asked.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, picked(answer.headers, ANSWER_HEADERS))
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    })
    asked.once('error', (error) => {
      if (response.headersSent || response.destroyed) return void response.destroy()
      this.#logger.warn({ err: error }, 'no router can be reached')
      sendError(response, 503, { message: 'no router can be reached; try again', code: 'router_unavailable' })
    })
    // a client that goes takes its call to the router, and so to the provider, with it
    response.once('close', () => asked.destroy())
    request.pipe(asked)
  }

  close(): void {
    this.#agent.destroy()
  }

  #ask(request: IncomingMessage, peer: string): ClientRequest {
    const address = this.#addresses[this.#next++ % this.#addresses.length]!
    const colon = address.lastIndexOf(':')
    return ask({
      agent: this.#agent,
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      method: request.method,
      path: request.url,
      headers: { ...picked(request.headers, REQUEST_HEADERS), 'x-forwarded-for': peer },
    })
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const answer = toConnectError(error, this.#logger)
    const { title, status, reason } = problemOf(answer)
    const retryAfter = answer.metadata.get('retry-after')
    if (retryAfter !== null) response.setHeader('retry-after', retryAfter)
    sendError(response, status, { message: title, code: codeOf(status, reason) })
  }
}

/** OpenAI's word for a key that is not taken; ours for everything else. */
const codeOf = (status: number, reason: string | undefined): string =>
  status === 401 ? 'invalid_api_key' : (reason ?? 'unknown').toLowerCase()

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
}

const sendError = (response: ServerResponse, status: number, error: { message: string; code: string }): void => {
  const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ error: { ...error, type, param: null } }))
}

const picked = (headers: IncomingMessage['headers'], names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])))

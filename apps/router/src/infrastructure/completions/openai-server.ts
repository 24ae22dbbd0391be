import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidRequest, type Ids } from '@iama/kernel'
import type { Logger } from '@iama/telemetry'
import type { CompleteChat } from '../../application/complete-chat.ts'
import { listedModels, type ListedModel } from '../../application/completion-ports.ts'
import type { Offers } from '../../application/offer-ports.ts'
import { isNamed } from '../../domain/completion-route.ts'
import { ProviderKeyMissing } from '../../domain/provider-key.ts'
import type { Callers } from './caller.ts'
import { ChatBody, SPARE_BYTES } from './chat-body.ts'
import type { Endpoints } from './endpoints.ts'
import { openAiErrorOf, sendError } from './openai-errors.ts'
import { ClientGone, readBody } from './read-body.ts'

/** In milliseconds. */
const HEADERS_MS = 10_000
const REQUEST_MS = 60_000
const KEEP_ALIVE_MS = 75_000
/** How long open calls may go on after the order to stop. */
const GRACE_MS = 5_000

export interface OpenAiParts {
  readonly callers: Callers
  readonly completeChat: CompleteChat
  readonly endpoints: Endpoints
  readonly offers: Offers
  readonly ids: Ids
  readonly logger: Logger
}

export interface OpenAiServer {
  /** `host:port` */
  readonly address: string
  stop(): Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse, tenantId: string) => Promise<void> | void

/** OpenAI's protocol, for clients that have nothing but that. */
export const serveOpenAi = async (listen: string, parts: OpenAiParts): Promise<OpenAiServer> => {
  const find = routesOf(parts)
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void serve(request, response, find, parts),
  )
  const colon = listen.lastIndexOf(':')
  const host = listen.slice(0, colon)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(listen.slice(colon + 1)), host, resolve)
  })
  return { address: `${host}:${(server.address() as AddressInfo).port}`, stop: () => stop(server) }
}

const stop = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await closed
  clearTimeout(cut)
}

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  find: (request: IncomingMessage) => Answer | undefined,
  { callers, logger }: OpenAiParts,
): Promise<void> => {
  response.on('error', () => undefined) // a client that went away; `close` follows
  try {
    const answer = find(request)
    if (!answer) return notFound(request, response)
    await answer(request, response, await callers.tenantOf(request.headers.authorization))
  } catch (error) {
    refuse(request, response, error, logger)
  }
}

const refuse = (request: IncomingMessage, response: ServerResponse, error: unknown, logger: Logger): void => {
  if (error instanceof ClientGone || response.headersSent) return void response.destroy()
  const known = openAiErrorOf(error)
  if (!known) logger.error({ err: error }, 'a chat completion failed for a reason that is not the client’s')
  // what is left of an unread body would stand before the next request
  if (!request.complete) response.setHeader('connection', 'close')
  sendError(response, known ?? unforeseen)
}

const unforeseen = {
  status: 500,
  body: { message: 'internal error; the router’s log has it', type: 'server_error', param: null, code: null },
  headers: {},
}

const notFound = (request: IncomingMessage, response: ServerResponse): void => {
  const message = 'there are POST /v1/chat/completions and GET /v1/models'
  if (!request.complete) response.setHeader('connection', 'close')
  sendError(response, {
    status: 404,
    body: { message, type: 'invalid_request_error', param: null, code: 'unknown_url' },
    headers: {},
  })
}

const routesOf = (parts: OpenAiParts): ((request: IncomingMessage) => Answer | undefined) => {
  const complete = completion(parts)
  return ({ method, url = '' }) => {
    const path = url.split('?', 1)[0]!
    if (path === '/v1/chat/completions') return method === 'POST' ? complete : undefined
    if (method !== 'GET' || !path.startsWith('/v1/models')) return undefined
    return path === '/v1/models' ? list(parts) : one(parts, decodeURIComponent(path.slice('/v1/models/'.length)))
  }
}

const list =
  ({ offers }: OpenAiParts): Answer =>
  async (_request, response, tenantId) => {
    const mine = await offers.of(tenantId)
    sendJson(response, { object: 'list', data: listedModels(mine.offers).map(wireModel) })
  }

const one =
  ({ offers }: OpenAiParts, name: string): Answer =>
  async (request, response, tenantId) => {
    const mine = await offers.of(tenantId)
    const model = listedModels(mine.offers).find(({ id }) => id === name)
    if (model) return sendJson(response, wireModel(model))
    const waiting = mine.waiting.filter((offer) => isNamed(offer, name))
    if (waiting.length > 0) throw new ProviderKeyMissing(waiting)
    notFound(request, response)
  }

const wireModel = ({ id, ownedBy }: ListedModel) => ({ id, object: 'model', created: 0, owned_by: ownedBy })

const sendJson = (response: ServerResponse, body: object): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const completion =
  ({ completeChat, endpoints, ids }: OpenAiParts): Answer =>
  async (request, response, tenantId) => {
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    if (request.headers['content-encoding'] !== undefined) throw compressed
    const body = new ChatBody(await readBody(request, SPARE_BYTES))
    const requestId = requestIdOf(request) ?? ids.next()
    const asker = { tenantId, requestId, confirmedMicros: confirmedOf(request) }
    await completeChat.execute(asker, {
      request: body,
      gone: gone.signal,
      attempt: (route) => endpoints.attempt({ ...route, tenantId, body, response, requestId, gone: gone.signal }),
    })
  }

const compressed = new InvalidRequest([
  { field: 'content-encoding', reason: 'is not understood', fix: 'send the body as it is' },
])

/** As the client calls it, where it is fit for a log. */
const requestIdOf = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers['x-request-id']
  return typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id) ? id : undefined
}

const confirmedOf = ({ headers }: IncomingMessage): number => {
  const text = headers['x-iama-confirmed-micros']
  if (text === undefined) return 0
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text)
  const fix = 'send the cost that was confirmed, in whole micro-dollars'
  throw new InvalidRequest([{ field: 'x-iama-confirmed-micros', reason: 'is no amount', fix }])
}

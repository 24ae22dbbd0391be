import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { answerText } from './model-answer.ts'
import type { Behaviour, ModelCall, ModelRequest, TokenSum } from './model-behaviour.ts'
import { ModelCalls } from './model-calls.ts'
import { answerMalformed, answerStatus } from './model-faults.ts'
import { errorBody, type Exchange } from './model-wire.ts'

export { promptOf, promptTokens, tokensIn } from './model-tokens.ts'
export type * from './model-behaviour.ts'

/** What to answer: the n-th call gets the n-th of a list, or what a function makes of the request. */
export type Script = readonly Behaviour[] | ((request: ModelRequest, index: number) => Behaviour | Promise<Behaviour>)

/** A model provider that says what a test tells it to say, over real HTTP and in OpenAI's protocol. */
export interface ModelServer {
  /** Base URL of the API, with `/v1`. */
  readonly url: string
  readonly port: number
  /** Calls of `/chat/completions`, oldest first; the newest 10,000 are kept unless `keep` says otherwise. */
  readonly calls: readonly ModelCall[]
  /** Calls that are open now. */
  readonly open: number
  /**
   * What to answer from now on; a list begins anew with this call. Without a script, or when its list is used up, a
   * call is refused with status 500 and says so.
   */
  script(answer: Script): void
  /**
   * The bill over all calls that were answered with text, also those not kept any more: input once the answer began,
   * output as far as it was sent, or the usage that was told.
   */
  tokens(): TokenSum
  /** Forgets calls and the bill; the numbers of calls go on. */
  reset(): void
  /** Closes all connections. */
  stop(): Promise<void>
}

export interface ModelServerOptions {
  /** Names that `/v1/models` lists. Calls may name any. */
  readonly models?: readonly string[]
  /** The only key that it takes; any when absent. */
  readonly key?: string
  /** Calls that are remembered with their request; fewer for load tests. */
  readonly keep?: number
}

const bodyOf = async (message: IncomingMessage): Promise<ModelRequest | undefined> => {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  try {
    const value = JSON.parse(Buffer.concat(parts).toString()) as ModelRequest | null
    return typeof value?.model === 'string' && Array.isArray(value.messages) ? value : undefined
  } catch {
    return undefined
  }
}

const json = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

type Decide = (request: ModelRequest, index: number) => Behaviour | Promise<Behaviour>

/** Starts a scripted model provider on a free loopback port. */
export const startModelServer = async (options: ModelServerOptions = {}): Promise<ModelServer> => {
  const calls = new ModelCalls(options.keep ?? 10_000)
  let decide: Decide = noScript
  const server = createServer((message, response) => {
    // only a client that goes while its request is read ends here
    handle(message, response, options, calls, (request, index) => decide(request, index)).catch(() =>
      response.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    calls: calls.kept,
    get open() {
      return calls.open
    },
    script: (script) => {
      const queue = typeof script === 'function' ? [] : [...script]
      decide = typeof script === 'function' ? script : (request, index) => queue.shift() ?? noScript(request, index)
    },
    tokens: () => calls.tokens(),
    reset: () => calls.reset(),
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

const handle = async (
  message: IncomingMessage,
  response: ServerResponse,
  { models = ['scripted'], key }: ModelServerOptions,
  calls: ModelCalls,
  decide: Decide,
): Promise<void> => {
  const { pathname } = new URL(message.url ?? '/', 'http://localhost')
  const request = await bodyOf(message)
  if (key !== undefined && message.headers.authorization !== `Bearer ${key}`) {
    return json(response, 401, errorBody('Incorrect API key provided', 'authentication_error', 'invalid_api_key'))
  }
  if (message.method === 'GET' && pathname === '/v1/models') {
    const data = models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'script' }))
    return json(response, 200, { object: 'list', data })
  }
  if (message.method !== 'POST' || pathname !== '/v1/chat/completions') {
    return json(response, 404, errorBody(`no such endpoint: ${message.method} ${pathname}`, 'not_found_error'))
  }
  if (request === undefined) {
    return json(response, 400, errorBody('the body is no chat completion', 'invalid_request_error'))
  }
  const { call, exchange } = calls.begin(request, message.headers, response)
  try {
    call.behaviour = await decide(request, call.index)
    await answer(exchange, call.behaviour)
  } catch (error) {
    if (exchange.gone.aborted) return
    // what goes wrong in a script must be seen by the test that wrote it, not hang it
    if (response.headersSent) exchange.cut()
    else json(response, 500, errorBody(`the script failed: ${String(error)}`, 'script_error'))
  }
}

const noScript = (_request: ModelRequest, index: number): Behaviour => ({
  status: 500,
  body: errorBody(`the script has no answer for call ${index}`, 'script_error'),
})

const answer = async (exchange: Exchange, behaviour: Behaviour): Promise<void> => {
  if ('text' in behaviour) return await answerText(exchange, behaviour)
  if ('status' in behaviour) return await answerStatus(exchange, behaviour)
  if ('malformed' in behaviour) return await answerMalformed(exchange, behaviour)
  // nothing is said: the client has to give up
  await new Promise<void>((resolve) => exchange.gone.addEventListener('abort', () => resolve(), { once: true }))
}

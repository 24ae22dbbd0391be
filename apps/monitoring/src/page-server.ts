import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Overview } from './overview.ts'
import { page } from './page.ts'

export interface PageServer {
  /** `host:port` */
  readonly address: string
  stop(): Promise<void>
}

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

const sendPage = (response: ServerResponse): void => {
  const nonce = randomBytes(16).toString('base64')
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; connect-src 'self'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  })
  response.end(page(nonce))
}

const sendJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** The operators' page at `/`, and its figures at `/api/overview`. Like the port of /metrics it is never published. */
export const servePage = async (host: string, port: number, overview: () => Promise<Overview>): Promise<PageServer> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendJson(response, 405, { error: 'only GET is answered here' })
    if (path === '/') return sendPage(response)
    if (path === '/api/overview') return sendJson(response, 200, await overview())
    return sendJson(response, 404, { error: 'there are / and /api/overview' })
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

import { once } from 'node:events'
import { open, type FileHandle } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import type { Duplex } from 'node:stream'

/** How the host itself reaches the registry. */
export interface Upstream {
  /** The host's own proxy, with its credentials, which never enter the namespace; undefined means directly. */
  readonly proxy: URL | undefined
  /** Hosts that are reached directly even so: names or suffixes that start with a dot. */
  readonly noProxy: readonly string[]
}

export interface EgressOptions extends Upstream {
  /** `host:port`, lower case; nothing else is let through. */
  readonly allowed: ReadonlySet<string>
}

const CONNECT_TIMEOUT_MS = 15_000
const IDLE_TIMEOUT_MS = 120_000
const MAX_CONNECTIONS = 128

/** `host:port` of a registry's address. */
export const destination = (address: URL): string =>
  `${address.hostname.toLowerCase()}:${address.port || (address.protocol === 'http:' ? 80 : 443)}`

const isDirect = (host: string, upstream: Upstream): boolean =>
  !upstream.proxy ||
  upstream.noProxy.some(
    (rule) => rule === '*' || host === rule || host.endsWith(rule.startsWith('.') ? rule : `.${rule}`),
  )

/** An HTTP proxy on a Unix socket that knows a handful of destinations and refuses all others with 403. */
export class EgressProxy {
  readonly #options: EgressOptions
  readonly #server: http.Server
  readonly #refused = new Set<string>()
  /** The HTTP server forgets a connection once it has become a tunnel. */
  readonly #tunnels = new Set<Duplex>()
  #folder: FileHandle | undefined

  constructor(options: EgressOptions) {
    this.#options = options
    this.#server = http.createServer((request, response) => this.#plain(request, response))
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('connect', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(request.url ?? '', socket, head)
    })
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Destinations that were asked for and refused. */
  get refused(): readonly string[] {
    return [...this.#refused]
  }

  /** Listens on the socket `s` in a folder; through its descriptor, for a socket's path has room for 107 bytes. */
  async listen(folder: string): Promise<void> {
    this.#folder = await open(folder, 'r')
    this.#server.listen(path.join(`/proc/self/fd/${this.#folder.fd}`, 's'))
    await once(this.#server, 'listening')
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    for (const tunnel of this.#tunnels) tunnel.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    await this.#folder?.close()
  }

  #admits(target: string): boolean {
    if (this.#options.allowed.has(target.toLowerCase())) return true
    if (this.#refused.size < 20) this.#refused.add(target.slice(0, 300))
    return false
  }

  async #tunnel(target: string, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy())
    this.#tunnels.add(client)
    client.on('close', () => this.#tunnels.delete(client))
    if (!this.#admits(target)) return void client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    const separator = target.lastIndexOf(':')
    try {
      const remote = await this.#connect(target.slice(0, separator), Number(target.slice(separator + 1)))
      remote.setTimeout(IDLE_TIMEOUT_MS, () => remote.destroy())
      remote.on('error', () => client.destroy()).on('close', () => client.destroy())
      client.on('close', () => remote.destroy())
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) remote.write(head)
      remote.pipe(client).pipe(remote)
    } catch {
      client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
    }
  }

  /** A registry on plain HTTP is asked for in the request line. */
  #plain(request: http.IncomingMessage, response: http.ServerResponse): void {
    const address = URL.canParse(request.url ?? '') ? new URL(request.url!) : undefined
    if (address?.protocol !== 'http:' || !this.#admits(destination(address))) {
      response.writeHead(403).end()
      return
    }
    const direct = isDirect(address.hostname, this.#options)
    const proxy = direct ? undefined : this.#options.proxy
    const outgoing = http.request({
      host: proxy ? proxy.hostname : address.hostname.replace(/^\[|\]$/g, ''),
      port: Number(proxy ? proxy.port || 80 : address.port || 80),
      method: request.method,
      path: proxy ? address.href : address.pathname + address.search,
      headers: { ...request.headers, host: address.host, ...(proxy ? authorization(proxy) : {}) },
      timeout: IDLE_TIMEOUT_MS,
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(outgoing)
  }

  async #connect(host: string, port: number): Promise<net.Socket> {
    const proxy = this.#options.proxy
    if (!proxy || isDirect(host, this.#options)) return await opened(net.connect(port, host.replace(/^\[|\]$/g, '')))
    const proxyPort = Number(proxy.port || (proxy.protocol === 'https:' ? 443 : 80))
    const socket =
      proxy.protocol === 'https:'
        ? await opened(tls.connect(proxyPort, proxy.hostname, { servername: proxy.hostname }), 'secureConnect')
        : await opened(net.connect(proxyPort, proxy.hostname))
    const request = http.request({
      createConnection: () => socket,
      method: 'CONNECT',
      path: `${host}:${port}`,
      headers: { host: `${host}:${port}`, ...authorization(proxy) },
      timeout: CONNECT_TIMEOUT_MS,
    })
    request.end()
    const [answer] = (await once(request, 'connect')) as [http.IncomingMessage]
    if (answer.statusCode !== 200) {
      socket.destroy()
      throw new Error(`the host's proxy answered ${answer.statusCode}`)
    }
    return socket
  }
}

const authorization = (proxy: URL): Record<string, string> => {
  if (!proxy.username) return {}
  const plain = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` }
}

const opened = async <S extends net.Socket>(socket: S, event = 'connect'): Promise<S> => {
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no connection in time')))
  await once(socket, event)
  socket.setTimeout(0)
  return socket
}

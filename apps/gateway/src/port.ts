import { createServer as createHttp1, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

/** How long a client may take to begin, to send its headers, and to send its whole request, in milliseconds. */
const HEADERS_MS = 10_000
const REQUEST_MS = 60_000
/** An HTTP/2 connection on which nothing happens; streams give a sign of life every 15 s. */
const IDLE_SESSION_MS = 120_000
const KEEP_ALIVE_MS = 75_000
const MAX_HEADER_BYTES = 16 * 1024

/** The first bytes of every HTTP/2 connection: RFC 9113, section 3.4. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** No HTTP/1.1 method begins so. */
const TELLING = 4

/** Answers requests of either HTTP: Node's HTTP/2 has the same face here as its HTTP/1.1. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A port for HTTP/1.1 and HTTP/2 in clear text. */
export interface Port {
  /** `host:port` */
  readonly address: string
  /** Takes no more connections and waits for open requests; after `graceMs` it cuts them. */
  stop(graceMs: number): Promise<void>
}

/** Tells by its first bytes which HTTP a connection speaks, and hands it on with all of them. */
const detect = (socket: Socket, toHttp1: (socket: Socket) => void, toHttp2: (socket: Socket) => void): void => {
  let seen: Buffer = Buffer.alloc(0)
  const tooSlow = setTimeout(() => socket.destroy(), HEADERS_MS)
  const ignore = (): void => undefined
  const leave = (): void => {
    clearTimeout(tooSlow)
    socket.off('readable', read)
    socket.off('close', leave)
    socket.off('error', ignore)
  }
  const read = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null)
      seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, TELLING)
    const couldBeHttp2 = seen.subarray(0, length).equals(PREFACE.subarray(0, length))
    if (couldBeHttp2 && length < TELLING) return
    leave()
    socket.unshift(seen)
    if (couldBeHttp2) toHttp2(socket)
    else toHttp1(socket)
  }
  socket.on('readable', read)
  socket.on('close', leave)
  socket.on('error', ignore)
}

const http1Server = (handler: Handler): Server => {
  const server = createHttp1(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    handler,
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  return server
}

const http2Server = (handler: Handler, sessions: Set<ServerHttp2Session>): Http2Server => {
  const server = createHttp2(
    { settings: { maxConcurrentStreams: 200, maxHeaderListSize: MAX_HEADER_BYTES }, maxSessionMemory: 32 },
    (request, response) => {
      // Node has this limit for HTTP/1.1 alone
      const tooSlow = setTimeout(() => request.stream.destroy(), REQUEST_MS)
      request.once('end', () => clearTimeout(tooSlow)).once('close', () => clearTimeout(tooSlow))
      handler(request as unknown as IncomingMessage, response as unknown as ServerResponse)
    },
  )
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    session.setTimeout(IDLE_SESSION_MS, () => session.destroy())
  })
  server.on('sessionError', () => undefined)
  return server
}

/** Opens the port; rejects when the address cannot be bound. */
export const openPort = async (host: string, port: number, handler: Handler): Promise<Port> => {
  const sessions = new Set<ServerHttp2Session>()
  const http2 = http2Server(handler, sessions)
  // The HTTP/1.1 server is the one that listens: its timeouts run only then.
  const http1 = http1Server(handler)
  const [serveHttp1] = http1.listeners('connection') as ((this: Server, socket: Socket) => void)[]
  http1.removeAllListeners('connection')
  http1.on('connection', (socket: Socket) =>
    detect(
      socket,
      () => serveHttp1!.call(http1, socket),
      () => void http2.emit('connection', socket),
    ),
  )
  await new Promise<void>((resolve, reject) => {
    http1.once('error', reject)
    http1.listen(port, host, resolve)
  })
  const bound = http1.address() as AddressInfo
  return {
    address: `${host}:${bound.port}`,
    stop: async (graceMs) => {
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()))
      for (const session of sessions) session.close()
      http1.closeIdleConnections()
      const cut = setTimeout(() => {
        http1.closeAllConnections()
        for (const session of sessions) session.destroy()
      }, graceMs)
      await closed
      clearTimeout(cut)
    },
  }
}

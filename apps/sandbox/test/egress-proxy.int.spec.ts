import { afterEach, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { EgressProxy, type EgressOptions } from '../src/infrastructure/bubblewrap/egress-proxy.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const start = async (server: net.Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const startProxy = async (options: Partial<EgressOptions>): Promise<{ proxy: EgressProxy; socket: string }> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'iama-egress-'))
  const proxy = new EgressProxy({ proxy: undefined, noProxy: [], allowed: new Set(), ...options })
  await proxy.listen(folder)
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => proxy.close(),
  )
  return { proxy, socket: path.join(folder, 's') }
}

/** Opens a tunnel and says a line; answers the proxy's status and what came back. */
const tunnel = async (socket: string, target: string): Promise<{ status: number; text: string }> => {
  const request = http.request({ socketPath: socket, method: 'CONNECT', path: target }).end()
  const [answer, stream] = (await once(request, 'connect')) as [http.IncomingMessage, net.Socket]
  if (answer.statusCode !== 200) return { status: answer.statusCode!, text: '' }
  stream.write('hello')
  const [data] = (await once(stream, 'data')) as [Buffer]
  stream.destroy()
  return { status: 200, text: data.toString() }
}

const echo = (prefix: string) =>
  net.createServer((socket) => socket.on('data', (data) => socket.write(prefix + String(data))))

describe('the egress proxy', () => {
  it('lets through what is allowed, by host and port, and nothing else', async () => {
    const port = await start(echo('echo '))
    const other = await start(echo('other '))
    const { proxy, socket } = await startProxy({ allowed: new Set([`127.0.0.1:${port}`]) })
    expect(await tunnel(socket, `127.0.0.1:${port}`)).toEqual({ status: 200, text: 'echo hello' })
    for (const target of [`127.0.0.1:${other}`, `localhost:${port}`, 'example.com:443', '', `x@127.0.0.1:${port}`]) {
      expect((await tunnel(socket, target)).status).toBe(403)
    }
    expect(proxy.refused).toContain('example.com:443')
  })

  it('speaks plain HTTP to a registry that does', async () => {
    const registry = http.createServer((request, response) =>
      response.end(`${request.method} ${request.url} ${request.headers.host}`),
    )
    const port = await start(registry)
    const { socket } = await startProxy({ allowed: new Set([`127.0.0.1:${port}`]) })
    const get = async (url: string) => {
      const [answer] = (await once(http.get({ socketPath: socket, path: url }), 'response')) as [http.IncomingMessage]
      return `${answer.statusCode} ${Buffer.concat(await answer.toArray()).toString()}`
    }
    expect(await get(`http://127.0.0.1:${port}/ms?x=1`)).toBe(`200 GET /ms?x=1 127.0.0.1:${port}`)
    expect(await get(`http://127.0.0.1:${port + 1}/ms`)).toBe('403 ')
    expect(await get('/ms')).toBe('403 ')
  })

  it("goes through the host's own proxy, with credentials that the inside never sees", async () => {
    const seen: (string | undefined)[] = []
    const upstream = http.createServer().on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      seen.push(`${request.url} ${request.headers['proxy-authorization']}`)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.on('data', (data) => socket.write(`via ${String(data)}`))
    })
    const port = await start(upstream)
    const direct = await start(echo('direct '))
    const { socket } = await startProxy({
      proxy: new URL(`http://user:p%40ss@127.0.0.1:${port}`),
      noProxy: ['127.0.0.1'],
      allowed: new Set(['registry.example.org:443', `127.0.0.1:${direct}`]),
    })
    expect(await tunnel(socket, 'registry.example.org:443')).toEqual({ status: 200, text: 'via hello' })
    expect(seen).toEqual([`registry.example.org:443 Basic ${Buffer.from('user:p@ss').toString('base64')}`])
    expect(await tunnel(socket, `127.0.0.1:${direct}`)).toEqual({ status: 200, text: 'direct hello' })
  })

  it('answers 502 when the registry is away', async () => {
    const port = await start(net.createServer())
    const closed = port
    await cleanups.pop()!()
    const { socket } = await startProxy({ allowed: new Set([`127.0.0.1:${closed}`]) })
    expect((await tunnel(socket, `127.0.0.1:${closed}`)).status).toBe(502)
  })
})

import { describe, expect, it } from '@jest/globals'
import { client, Code, implement, RpcError, serve, type CallContext } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@iama/testing/servers'
import { eventually, recordingLogger, tester } from './echo.ts'
import { startEcho } from './server.ts'

const waiting = (seen: CallContext[]) =>
  implement(EchoService, {
    echo: async (_request, context) => {
      seen.push(context)
      await sleep(60_000, undefined, { signal: context.signal })
      return {}
    },
    async *count(_request, context) {
      seen.push(context)
      yield { index: 0 }
      await sleep(60_000, undefined, { signal: context.signal })
    },
    collect: async () => ({}),
    async *chat() {},
  })

describe('stopping', () => {
  it('lets calls that are under way end within the grace period', async () => {
    const echo = await startEcho({ graceMs: 5_000 })
    const pending = echo.rpc.echo({ text: 'slow', delay: { nanos: 300_000_000 } })
    await eventually(() => echo.seen.contexts.length === 1)
    const started = Date.now()
    const stopped = echo.server.stop()
    expect((await pending).text).toBe('slow')
    await stopped
    expect(Date.now() - started).toBeLessThan(2_000)
    await echo.stop()
  })

  it('ends open calls with SHUTTING_DOWN after the grace period and aborts their signals', async () => {
    const contexts: CallContext[] = []
    const echo = await startEcho({ services: [waiting(contexts)], graceMs: 150 })
    const stream = echo.rpc.count({})
    await stream.next()
    const unary = echo.rpc.echo({}, { idempotent: false }).catch((error: unknown) => error)
    await eventually(() => contexts.length === 2)
    const started = Date.now()
    const stopped = echo.server.stop()
    await expect(stream.next()).rejects.toMatchObject({ code: 'SHUTTING_DOWN', kind: 'unavailable' })
    expect(await unary).toMatchObject({ code: 'SHUTTING_DOWN', status: Code.UNAVAILABLE })
    await stopped
    expect(Date.now() - started).toBeGreaterThanOrEqual(140)
    expect(Date.now() - started).toBeLessThan(2_000)
    for (const { signal } of contexts) expect(signal.reason).toMatchObject({ code: 'SHUTTING_DOWN' })
    await echo.stop()
  })

  it('accepts nothing new afterwards', async () => {
    const echo = await startEcho()
    await echo.rpc.echo({})
    await echo.server.stop()
    await expect(echo.rpc.echo({}, { idempotent: false })).rejects.toMatchObject({ status: Code.UNAVAILABLE })
    await echo.stop()
  })

  it('refuses an address that is taken', async () => {
    const echo = await startEcho()
    await expect(startEcho({ address: echo.server.address })).rejects.toThrow()
    await echo.stop()
  })
})

describe('a server that goes away', () => {
  const start = async () => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'echo-process.ts'), '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const address = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    return { child, address: address.trim() }
  }

  it('shows as UNAVAILABLE to an open stream and an open call', async () => {
    const { child, address } = await start()
    const rpc = client(EchoService, address)
    const stream = rpc.count({ count: 1_000_000, paddingBytes: 10_000 })
    await stream.next()
    const unary = rpc.echo({ delay: { seconds: 30n } }, { idempotent: false }).catch((error: unknown) => error)
    await sleep(50)
    child.kill('SIGKILL')
    const reading = async () => {
      for await (const _ of stream);
    }
    const failure = await reading().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RpcError)
    expect(failure).toMatchObject({ status: Code.UNAVAILABLE, kind: 'unavailable', transient: true })
    expect(await unary).toMatchObject({ status: Code.UNAVAILABLE })
    rpc[Symbol.dispose]()
  })

  it('is found again by idempotent calls, which repeat with growing pauses', async () => {
    const port = await freePort()
    const rpc = client(EchoService, `127.0.0.1:${port}`, { retry: { attempts: 150, baseMs: 50, maxMs: 200 } })
    const pending = rpc.echo({ text: 'at last' }, { idempotent: true })
    await sleep(300)
    // in this process: how long another one takes to start is not what the tries are counted for
    const echo = await startEcho({ address: `127.0.0.1:${port}` })
    expect((await pending).text).toBe('at last')
    rpc[Symbol.dispose]()
    await echo.stop()
  })

  it('is asked only once by a call that is not idempotent, and not beyond the deadline by one that is', async () => {
    const rpc = client(EchoService, `127.0.0.1:${await freePort()}`)
    const started = Date.now()
    await expect(rpc.echo({})).rejects.toMatchObject({ status: Code.UNAVAILABLE })
    expect(Date.now() - started).toBeLessThan(1_000)
    await expect(rpc.echo({}, { idempotent: true, deadlineMs: 200 })).rejects.toMatchObject({ transient: true })
    expect(Date.now() - started).toBeLessThan(2_000)
    rpc[Symbol.dispose]()
  })

  it('is asked a bounded number of times', async () => {
    let tries = 0
    const server = await serve({
      services: [
        implement(EchoService, {
          echo: async () => {
            tries += 1
            throw new RpcError({ status: Code.UNAVAILABLE, reason: 'AWAY', message: 'away' })
          },
          async *count() {},
          collect: async () => ({}),
          async *chat() {},
        }),
      ],
      address: '127.0.0.1:0',
      authenticate: () => tester,
      logger: recordingLogger(),
      graceMs: 0,
    })
    const rpc = client(EchoService, server.address, { retry: { attempts: 4, baseMs: 1, maxMs: 4 } })
    await expect(rpc.echo({}, { idempotent: true })).rejects.toMatchObject({ code: 'AWAY' })
    expect(tries).toBe(4)
    rpc[Symbol.dispose]()
    await server.stop()
  })
})

describe('several replicas', () => {
  it('share the calls, and the one that is left takes them all', async () => {
    const [one, two] = [await startEcho(), await startEcho()]
    const rpc = client(EchoService, `ipv4:${one.server.address},${two.server.address}`)
    const seen = () => [one.seen.contexts.length, two.seen.contexts.length] as const
    // whichever is connected first takes all the calls until the other is too
    for (let index = 0; index < 5_000 && seen().includes(0); index += 1) await rpc.echo({})
    const [ofOne, ofTwo] = seen()
    for (let index = 0; index < 60; index += 1) await rpc.echo({})
    expect(seen()).toEqual([ofOne + 30, ofTwo + 30])

    await one.server.stop()
    const before = two.seen.contexts.length
    for (let index = 0; index < 60; index += 1) await rpc.echo({ text: 'x' }, { idempotent: true })
    expect(two.seen.contexts.length).toBe(before + 60)
    rpc[Symbol.dispose]()
    await one.stop()
    await two.stop()
  })
})

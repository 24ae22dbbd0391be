import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { client, closeChannels, Code, MAX_MESSAGE_BYTES, RpcError, serve, type Client, type RpcServer } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import { setTimeout as sleep } from 'node:timers/promises'
import { echo, eventually, from, recordingLogger, tester } from './echo.ts'

describe('rpc over a real socket', () => {
  const logger = recordingLogger()
  const { seen, implementation } = echo()
  let server: RpcServer
  let rpc: Client<typeof EchoService>

  beforeAll(async () => {
    server = await serve({
      services: [implementation],
      address: '127.0.0.1:0',
      authenticate: () => tester,
      logger,
      graceMs: 200,
    })
    rpc = client(EchoService, server.address)
  })
  afterAll(async () => {
    closeChannels()
    await server.stop()
  })

  it('answers a unary call', async () => {
    const answer = await rpc.echo({ text: 'hello', payload: new Uint8Array([1, 2]) })
    expect(answer.text).toBe('hello')
    expect(answer.payload).toEqual(new Uint8Array([1, 2]))
    expect(Buffer.isBuffer(answer.payload)).toBe(false)
  })

  it('streams answers in order', async () => {
    const indices: number[] = []
    for await (const { index } of rpc.count({ count: 1_000 })) indices.push(index)
    expect(indices).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
  })

  it('takes a stream of requests', async () => {
    const answer = await rpc.collect(from(['a', 'b', 'c'].map((text) => ({ text }))))
    expect(answer).toMatchObject({ count: 3, text: 'abc' })
  })

  it('answers a stream of requests whose handler stops reading early', async () => {
    async function* endless() {
      for (let index = 0; ; index += 1) {
        yield { text: index < 5 ? 'x' : 'stop' }
        await sleep(1)
      }
    }
    expect(await rpc.collect(endless())).toMatchObject({ count: 5 })
  })

  it('streams both ways, also after the handler has stopped reading', async () => {
    const texts: string[] = []
    for await (const { text } of rpc.chat(from([{ text: 'a' }, { text: 'b' }, { text: 'stop' }, { text: 'c' }])))
      texts.push(text)
    expect(texts).toEqual(['a', 'b', 'bye'])
  })

  it('ends a call at its deadline, on both sides', async () => {
    const started = Date.now()
    const failure = await rpc.echo({ delay: { seconds: 30n } }, { deadlineMs: 150 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RpcError)
    expect(failure).toMatchObject({ status: Code.DEADLINE_EXCEEDED, code: 'DEADLINE_EXCEEDED', transient: true })
    expect(Date.now() - started).toBeLessThan(2_000)
    const { signal } = seen.contexts.at(-1)!
    await eventually(() => signal.aborted)
  })

  it('carries a cancellation to the server and rejects with the reason of the signal', async () => {
    const abort = new AbortController()
    const reason = new Error('changed my mind')
    const before = seen.contexts.length
    const pending = rpc.echo({ delay: { seconds: 30n } }, { signal: abort.signal })
    await eventually(() => seen.contexts.length > before)
    const { signal } = seen.contexts.at(-1)!
    expect(signal.aborted).toBe(false)
    abort.abort(reason)
    await expect(pending).rejects.toBe(reason)
    await eventually(() => signal.aborted)
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' })
  })

  it('cancels a stream when its reader leaves the loop', async () => {
    const closed = seen.closed
    for await (const { index } of rpc.count({ count: 10_000_000, paddingBytes: 1_000 })) if (index === 3) break
    await eventually(() => seen.closed > closed)
    expect(seen.contexts.at(-1)!.signal.aborted).toBe(true)
  })

  it('does not abort the signal of a call that ended well', async () => {
    await rpc.echo({ text: 'fine' })
    const { signal } = seen.contexts.at(-1)!
    await sleep(50)
    expect(signal.aborted).toBe(false)
  })

  it('writes no faster than a slow reader reads', async () => {
    const before = seen.yielded
    const stream = rpc.count({ count: 1_000, paddingBytes: 1_000_000 })
    await stream.next()
    await sleep(500)
    // a gigabyte is asked for; what is under way is bounded by the streams' marks on both sides
    expect(seen.yielded - before).toBeLessThan(80)
    let received = 1
    for await (const { padding } of stream) {
      received += 1
      expect(padding.length).toBe(1_000_000)
      if (received === 150) break
    }
    expect(seen.yielded - before).toBeLessThan(150 + 80)
  })

  it('asks for no more requests than a slow server takes', async () => {
    let given = 0
    async function* flood() {
      for (; given < 1_000; given += 1) yield { text: '', padding: new Uint8Array(1_000_000) }
    }
    const abort = new AbortController()
    const slow = await serve({
      services: [
        (await import('@iama/rpc')).implement(EchoService, {
          echo: async () => ({}),
          async *count() {},
          collect: async (requests, { signal }) => {
            for await (const _ of requests) await sleep(60_000, undefined, { signal })
            return {}
          },
          async *chat() {},
        }),
      ],
      address: '127.0.0.1:0',
      authenticate: () => tester,
      logger,
      graceMs: 0,
    })
    const pending = client(EchoService, slow.address).collect(flood(), { signal: abort.signal })
    await eventually(() => given > 0)
    await sleep(700)
    expect(given).toBeLessThan(80)
    abort.abort(new Error('enough'))
    await expect(pending).rejects.toThrow('enough')
    await slow.stop()
  })

  it('passes on what the iterable of requests throws', async () => {
    async function* broken() {
      yield { text: 'a' }
      throw new Error('the disk is gone')
    }
    await expect(rpc.collect(broken())).rejects.toThrow('the disk is gone')
    const chat = rpc.chat(broken())
    await expect(
      (async () => {
        for await (const _ of chat);
      })(),
    ).rejects.toThrow('the disk is gone')
  })

  it('lets the iterable of requests clean up when the server ends the call', async () => {
    let cleaned = false
    async function* requests() {
      try {
        yield { text: 'fail' }
        for (;;) {
          await sleep(5)
          yield { text: 'x' }
        }
      } finally {
        cleaned = true
      }
    }
    await expect(rpc.collect(requests())).rejects.toMatchObject({ code: 'COLLECT_FAILED', kind: 'conflict' })
    await eventually(() => cleaned)
  })

  it('refuses a message over the limit, in either direction', async () => {
    const tooMuch = MAX_MESSAGE_BYTES + 1
    const payload = new Uint8Array(tooMuch)
    await expect(rpc.echo({ payload })).rejects.toMatchObject({ kind: 'exhausted' })
    const large = rpc.count({ count: 1, paddingBytes: tooMuch })
    await expect(large.next()).rejects.toMatchObject({ kind: 'exhausted' })
    const fits = payload.subarray(0, MAX_MESSAGE_BYTES - 1_000)
    expect((await rpc.echo({ payload: fits })).payload.length).toBe(fits.length)
  })

  it('never makes a call that is already cancelled or late', async () => {
    const before = seen.contexts.length
    await expect(rpc.echo({}, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
    await expect(rpc.echo({}, { deadlineMs: 0 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    // had one gone out, it would have come before this one
    await rpc.echo({})
    expect(seen.contexts.length).toBe(before + 1)
  })
})

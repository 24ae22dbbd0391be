import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { create } from '@bufbuild/protobuf'
import { WatchJobResponseSchema, type JobService, type WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'
import type { Client } from '@iama/rpc'
import { silentLogger } from '@iama/telemetry'
import type { Admission } from './admission.ts'
import { JobEvents } from './job-events.ts'

let server: Server
let open: IncomingMessage | undefined

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] })
})

afterEach(async () => {
  open?.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  jest.useRealTimers()
})

/** A response with the log that a jobs service would send. */
const follow = async (log: () => AsyncGenerator<WatchJobResponse, void, void>): Promise<IncomingMessage> => {
  const events = new JobEvents({
    jobs: { watchJob: log } as unknown as Client<typeof JobService>,
    admission: { admit: () => Promise.resolve({ token: 't', reject: () => undefined }) } as unknown as Admission,
    logger: silentLogger(),
    stopping: new AbortController().signal,
  })
  server = createServer((asked, answer) => void events.serve(asked, answer, 'a-job', '127.0.0.1'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asked = request({ port, path: '/api/v1/jobs/a-job/events' }).end()
  ;[open] = (await once(asked, 'response')) as [IncomingMessage]
  return open
}

const entry = (sequence: number, text = ''): WatchJobResponse =>
  create(WatchJobResponseSchema, { sequence: BigInt(sequence), body: { case: 'progress', value: { text } } })

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Until it is true, for seconds of real time: what is written to a socket arrives at the kernel's pace. */
const until = async (condition: () => boolean): Promise<void> => {
  for (const since = performance.now(); !condition() && performance.now() - since < 4_000;) await turns(1)
}

/** A count, once it has not moved for a while of real time. */
const settled = async (count: () => number): Promise<number> => {
  let last = count()
  let since = performance.now()
  while (performance.now() - since < 300) {
    await turns(100)
    if (count() === last) continue
    last = count()
    since = performance.now()
  }
  return last
}

describe('a job’s log as server-sent events', () => {
  it('says every 15 s that it is alive while nothing happens', async () => {
    const response = await follow(async function* () {
      yield entry(1)
      await new Promise(() => undefined)
    })
    let text = ''
    response.on('data', (bytes: Buffer) => (text += bytes.toString()))
    const heard = (): number => (text.match(/^: alive$/gm) ?? []).length
    await until(() => text.includes('id: 1'))
    expect(heard()).toBe(0)
    for (let signs = 1; signs <= 3; signs++) {
      jest.advanceTimersByTime(14_999)
      await turns(20)
      expect(heard()).toBe(signs - 1)
      jest.advanceTimersByTime(1)
      await until(() => heard() === signs)
      expect(heard()).toBe(signs)
    }
  })

  it('asks the service for no more than the client reads', async () => {
    const total = 2_000
    let asked = 0
    const response = await follow(async function* () {
      for (let sequence = 1; sequence <= total; sequence++) {
        asked = sequence
        yield entry(sequence, 'x'.repeat(16_384))
      }
    })
    response.pause()
    // the sockets' own buffers take some megabytes of 32, at the kernel's pace
    const held = await settled(() => asked)
    expect(held).toBeLessThan(total / 2)
    let bytes = 0
    for await (const chunk of response) bytes += (chunk as Buffer).length
    expect(asked).toBe(total)
    expect(bytes).toBeGreaterThan(total * 16_384)
  })
})

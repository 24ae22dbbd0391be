import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startNatsServer, type NatsServer } from '@iama/testing/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { jetstreamManager } from '@nats-io/jetstream'
import {
  applyStreams,
  connectNats,
  deadLetterStream,
  diffStreams,
  findStream,
  readStreams,
  trialStream,
} from '../src/index.ts'
import type { NatsConnection, StreamDeclaration } from '../src/index.ts'

const FILE = path.resolve(import.meta.dirname, '../../../deploy/nats/streams.yaml')

let folder: string
let server: NatsServer
let nats: NatsConnection
let declared: StreamDeclaration[]

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-streams-'))
  server = await startNatsServer({ storeDir: path.join(folder, 'nats') })
  declared = await readStreams(FILE)
})

beforeEach(async () => {
  await server.wipe()
  nats = await connectNats({ url: server.url, name: 'streams' })
})

afterEach(async () => await nats?.close())

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('deploy/nats/streams.yaml', () => {
  it('is applied, and applying it again changes nothing', async () => {
    expect(await diffStreams(nats, declared)).toEqual(declared.map(({ name }) => `stream ${name} is missing`))
    await applyStreams(nats, declared)
    expect(await diffStreams(nats, declared)).toEqual([])
    const manager = await jetstreamManager(nats)
    const before = await manager.streams.info('EVENTS_JOBS')
    await applyStreams(nats, declared)
    expect((await manager.streams.info('EVENTS_JOBS')).created).toBe(before.created)
    expect(await diffStreams(nats, declared)).toEqual([])
  })

  it('declares a stream for every service that tells facts, and the dead letters as the library knows them', () => {
    const services = ['AUTH', 'JOBS', 'BILLING', 'ROUTER', 'SANDBOX', 'DELIVERY', 'COMPLIANCE']
    expect(declared.map(({ name }) => name).sort()).toEqual(
      [...services, 'DLQ', 'TRIALS'].map((name) => `EVENTS_${name}`).sort(),
    )
    expect(findStream(declared, 'EVENTS_DLQ')).toEqual(deadLetterStream)
    expect(findStream(declared, 'EVENTS_TRIALS')).toEqual(trialStream)
    expect(() => findStream(declared, 'EVENTS_NONE')).toThrow('does not declare the stream EVENTS_NONE')
  })

  it('tells and mends every difference', async () => {
    await applyStreams(nats, declared)
    const manager = await jetstreamManager(nats)
    await manager.streams.update('EVENTS_AUTH', { max_age: 3_600_000_000_000 })
    await manager.consumers.update('EVENTS_JOBS', 'worker', { filter_subjects: [], max_ack_pending: 7 })
    await manager.consumers.update('EVENTS_AUTH', 'compliance', { filter_subjects: ['events.*.auth.user.>'] })
    await manager.consumers.delete('EVENTS_ROUTER', 'billing')
    await manager.streams.delete('EVENTS_DLQ')
    expect(await diffStreams(nats, declared)).toEqual([
      'stream EVENTS_AUTH: max_age is 3600000000000, declared 604800000000000',
      'consumer EVENTS_AUTH/compliance: filter_subjects is ["events.*.auth.user.>"], declared []',
      expect.stringContaining('consumer EVENTS_JOBS/worker: max_ack_pending is 7'),
      expect.stringContaining('consumer EVENTS_JOBS/worker: filter_subjects is []'),
      'consumer EVENTS_ROUTER/billing is missing',
      'stream EVENTS_DLQ is missing',
    ])
    await applyStreams(nats, declared)
    expect(await diffStreams(nats, declared)).toEqual([])
  })

  it('is refused with the place of the mistake', async () => {
    const file = path.join(folder, 'wrong.yaml')
    writeFileSync(
      file,
      'streams:\n  - name: EVENTS_X\n    subjects: [events.>]\n    maxAgeDays: week\n    dedupMinutes: 1\n',
    )
    await expect(readStreams(file)).rejects.toThrow(/wrong\.yaml: [\s\S]*streams\[0\]\.maxAgeDays/)
    writeFileSync(file, 'streams:\n  - name: EVENTS_X\n    subjects: [events.>]\n    maxAge: 7\n')
    await expect(readStreams(file)).rejects.toThrow(/maxAge/)
  })
})

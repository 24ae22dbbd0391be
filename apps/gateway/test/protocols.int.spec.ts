import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { MAX_MESSAGE_BYTES } from '@iama/rpc'
import { startSystem, transportTo, type HttpVersion, type Person, type Protocol, type System } from './system.ts'

let system: System
let person: Person

beforeAll(async () => {
  system = await startSystem()
  person = await system.register()
}, 120_000)

afterAll(async () => await system?.stop())

const failure = async (call: Promise<unknown>): Promise<ConnectError> => {
  try {
    await call
  } catch (error) {
    return ConnectError.from(error)
  }
  throw new Error('the call was expected to fail')
}

const ways: [Protocol, HttpVersion][] = [
  ['connect', '1.1'],
  ['connect', '2'],
  ['grpc-web', '1.1'],
  ['grpc-web', '2'],
  ['grpc', '2'],
]

describe.each(ways)('%s over HTTP/%s, all on one port', (protocol, version) => {
  const transport = () => transportTo(system.url, protocol, version)

  it('passes a call and its answer through', async () => {
    const { user } = await system.as(AuthService, person.accessToken, transport()).getMe({})
    expect(user).toMatchObject({ id: person.userId, email: person.email, tenantId: person.tenantId, role: 'owner' })
  })

  it('streams a log from any sequence', async () => {
    const jobs = system.as(JobService, person.accessToken, transport())
    const jobId = await system.createJob(person)
    await jobs.startJob({ jobId, requestId: randomUUID() })
    await jobs.cancelJob({ jobId, requestId: randomUUID() })
    const read = async (afterSequence: bigint): Promise<bigint[]> => {
      const seen: bigint[] = []
      for await (const { sequence } of jobs.watchJob({ jobId, afterSequence })) if (sequence > 0n) seen.push(sequence)
      return seen
    }
    const all = await read(0n)
    expect(all).toEqual(all.map((_, index) => BigInt(index + 1)))
    expect(all.length).toBeGreaterThan(2)
    expect(await read(2n)).toEqual(all.slice(2))
  })

  it('keeps code, message, reason and field violations of an error', async () => {
    const jobs = system.as(JobService, person.accessToken, transport())
    const missing = await failure(jobs.getJob({ jobId: randomUUID() }))
    expect(missing.code).toBe(Code.NotFound)
    expect(missing.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'JOB_NOT_FOUND', domain: 'iama' }])
    const entries = [{ path: '../x', sha256: 'a'.repeat(64), size: 1n }]
    const wrong = await failure(jobs.createSnapshot({ requestId: randomUUID(), entries }))
    expect(wrong.code).toBe(Code.InvalidArgument)
    expect(wrong.findDetails(BadRequestSchema)[0]?.fieldViolations[0]).toMatchObject({ field: 'entries[0].path' })
  })

  it('keeps the details of an error in the middle of a stream', async () => {
    const jobs = system.as(JobService, person.accessToken, transport())
    const watch = async (): Promise<void> => {
      for await (const entry of jobs.watchJob({ jobId: randomUUID() })) expect(entry).toBeUndefined()
    }
    const missing = await failure(watch())
    expect(missing.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'JOB_NOT_FOUND' }])
  })

  it('refuses a body that is larger than a message may be, and answers the next call', async () => {
    const jobs = system.as(JobService, person.accessToken, transport())
    const blobs = [
      { sha256: 'a'.repeat(64), content: new Uint8Array(MAX_MESSAGE_BYTES + 1), offset: 0n, totalSize: 1n },
    ]
    const refused = await failure(jobs.putBlobs({ snapshotId: randomUUID(), blobs }))
    expect(refused.code).toBe(Code.ResourceExhausted)
    expect(await jobs.listJobs({}, { timeoutMs: 5_000 })).toMatchObject({ nextPageToken: '' })
  })

  it('ends a call at the client’s deadline', async () => {
    const jobs = system.as(JobService, person.accessToken, transport())
    const jobId = await system.createJob(person)
    const watch = async (): Promise<void> => {
      for await (const entry of jobs.watchJob({ jobId }, { timeoutMs: 300 })) expect(entry).toBeDefined()
    }
    expect((await failure(watch())).code).toBe(Code.DeadlineExceeded)
  })
})

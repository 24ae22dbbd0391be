import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { JobState } from '@iama/contracts/iama/jobs/v1/job'
import { InterventionAction } from '@iama/contracts/iama/jobs/v1/service'
import { putArtifact, readContents } from '@iama/snapshot'
import { isolationSuite } from '@iama/testing/isolation'
import { lookUps } from '../src/infrastructure/open-jobs.postgres.ts'
import { hash, startJobs, submit, type JobsUnderTest } from './jobs-service.ts'

let service: JobsUnderTest
const tenant = randomUUID()
const stranger = randomUUID()

beforeAll(async () => {
  service = await startJobs()
}, 60_000)

afterAll(async () => await service.stop())

const header = (jobId: string, factId: string, epoch = 0n) => ({ tenantId: tenant, jobId, epoch, factId })

/** A job that waits for a strategy. */
const analysed = async (): Promise<string> => {
  const jobId = await service.createJob(tenant)
  await service.as(tenant).startJob({ jobId, requestId: randomUUID() })
  await service.worker.recordReservation({
    header: header(jobId, 'reservation'),
    granted: true,
    reservationId: randomUUID(),
    tier: 'free',
    routes: ['L1'],
    contextTokens: 128_000n,
  })
  await service.worker.recordAnalysis({
    header: header(jobId, 'analysis'),
    analysis: { files: 1, lines: 1, floor: 'ES5' },
    baseline: { passed: 3 },
    analysisArtifact: 'a'.repeat(64),
    proposals: [{ id: 'raise-floor', title: 'Raise the floor', risk: 'low', files: ['index.js'], expectedEdits: 1 }],
  })
  return jobId
}

describe('a snapshot', () => {
  it('asks only for contents that the tenant has not sent before', async () => {
    const jobs = service.as(tenant)
    await submit(jobs, { 'a.js': 'one', 'b.js': 'two' })
    const entries = [{ path: 'c.js', sha256: hash('one'), size: 3n }]
    const again = await jobs.createSnapshot({ requestId: randomUUID(), entries })
    expect(again.missing).toEqual([])
    const other = await service.as(stranger).createSnapshot({ requestId: randomUUID(), entries })
    expect(other.missing).toEqual([hash('one')])
  })

  it('is not what another request under the same id says it is', async () => {
    const jobs = service.as(tenant)
    const requestId = randomUUID()
    const first = { requestId, entries: [{ path: 'a.js', sha256: hash('honest'), size: 6n }] }
    const { snapshotId } = await jobs.createSnapshot(first)
    expect((await jobs.createSnapshot(first)).snapshotId).toBe(snapshotId)
    const other = { requestId, entries: [{ path: 'a.js', sha256: hash('other!'), size: 6n }] }
    await expect(jobs.createSnapshot(other)).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED' })
    // ids of requests are a tenant's own
    expect((await service.as(stranger).createSnapshot(other)).missing).toEqual([hash('other!')])
  })

  it('takes a content in parts', async () => {
    const jobs = service.as(tenant)
    const text = 'x'.repeat(10)
    const entries = [{ path: 'parts.js', sha256: hash(text), size: 10n }]
    const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
    const part = (offset: number) => ({
      sha256: hash(text),
      content: Buffer.from('xxxxx'),
      offset: BigInt(offset),
      totalSize: 10n,
    })
    expect(await jobs.putBlobs({ snapshotId, blobs: [part(5)] })).toMatchObject({ missing: 1 })
    expect(await jobs.putBlobs({ snapshotId, blobs: [part(0)] })).toMatchObject({ missing: 0 })
  })

  it('refuses a content that is not what was declared', async () => {
    const jobs = service.as(tenant)
    const entries = [{ path: 'lie.js', sha256: hash('truth'), size: 5n }]
    const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
    const blob = { sha256: hash('truth'), content: Buffer.from('lies!'), offset: 0n, totalSize: 5n }
    await expect(jobs.putBlobs({ snapshotId, blobs: [blob] })).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' })
  })

  it('takes a content again, and refuses one that was not declared', async () => {
    const jobs = service.as(tenant)
    const entries = ['first', 'other'].map((text) => ({ path: `${text}.js`, sha256: hash(text), size: 5n }))
    const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
    const blob = (text: string) => ({ sha256: hash(text), content: Buffer.from(text), offset: 0n, totalSize: 5n })
    expect(await jobs.putBlobs({ snapshotId, blobs: [blob('first')] })).toMatchObject({ missing: 1 })
    expect(await jobs.putBlobs({ snapshotId, blobs: [blob('first')] })).toMatchObject({ missing: 1 })
    const refused = jobs.putBlobs({ snapshotId, blobs: [blob('other'), blob('third')] })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field: 'blobs[1]' }] })
    expect(await jobs.putBlobs({ snapshotId, blobs: [blob('other'), blob('first')] })).toMatchObject({ missing: 0 })
    const theirs = service.as(stranger).putBlobs({ snapshotId, blobs: [blob('first')] })
    await expect(theirs).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' })
  })

  it('of thousands of files comes in few calls and is complete', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, n) => [`src/${n}/index.js`, `export const n = ${n}`]),
    )
    const jobs = service.as(tenant)
    const snapshotId = await submit(jobs, files)
    const created = jobs.createJob({ requestId: randomUUID(), snapshotId, name: 'x', options: { goal: 'modernize' } })
    await expect(created).resolves.toMatchObject({ job: { state: JobState.PENDING } })
  }, 60_000)

  it.each(['../x', '/etc/passwd', 'a//b', 'a/./b', ''])('refuses the path %j and says why', async (path) => {
    const entries = [{ path, sha256: hash('x'), size: 1n }]
    const refused = service.as(tenant).createSnapshot({ requestId: randomUUID(), entries })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', violations: [{ field: 'entries[0].path' }] })
  })

  it('must be complete before a job is made of it', async () => {
    const jobs = service.as(tenant)
    const entries = [{ path: 'm.js', sha256: hash('missing'), size: 7n }]
    const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
    const created = jobs.createJob({ requestId: randomUUID(), snapshotId, name: 'x', options: { goal: 'modernize' } })
    await expect(created).rejects.toMatchObject({ code: 'SNAPSHOT_INCOMPLETE' })
  })
})

describe('a job', () => {
  it('is created once for one request', async () => {
    const jobs = service.as(tenant)
    const snapshotId = await submit(jobs, { 'once.js': 'once' })
    const request = { requestId: randomUUID(), snapshotId, name: 'once', options: { goal: 'modernize' } }
    const [one, two] = [await jobs.createJob(request), await jobs.createJob(request)]
    expect(two.job!.id).toBe(one.job!.id)
  })

  it('is not made or changed by another request under the id of an earlier one', async () => {
    const jobs = service.as(tenant)
    const reused = { code: 'REQUEST_ID_REUSED' }
    const request = { requestId: randomUUID(), name: 'one', options: { goal: 'modernize' } }
    const [snapshotId, other] = [await submit(jobs, { 'a.js': 'one' }), await submit(jobs, { 'a.js': 'two' })]
    const { job } = await jobs.createJob({ ...request, snapshotId })
    await expect(jobs.createJob({ ...request, snapshotId: other })).rejects.toMatchObject(reused)
    await expect(jobs.createJob({ ...request, snapshotId, name: 'two' })).rejects.toMatchObject(reused)
    const second = (await jobs.createJob({ ...request, requestId: randomUUID(), snapshotId })).job!
    const requestId = randomUUID()
    await jobs.cancelJob({ jobId: job!.id, requestId })
    await expect(jobs.cancelJob({ jobId: second.id, requestId })).rejects.toMatchObject(reused)
    expect((await jobs.getJob({ jobId: second.id })).job!.state).toBe(JobState.PENDING)
  })

  it('takes no hint and no spec that would fill every call to a model', async () => {
    const jobId = await service.createJob(tenant)
    const jobs = service.as(tenant)
    const hint = jobs.intervene({ jobId, action: InterventionAction.RETRY, hint: 'x'.repeat(10_001) })
    await expect(hint).rejects.toThrow(/10000 characters/)
    const spec = jobs.updateSpec({ jobId, revisionToken: randomUUID(), sdd: 'x'.repeat(200_001) })
    await expect(spec).rejects.toThrow(/200000 characters/)
  })

  it('goes from state to state by commands and facts', async () => {
    const jobId = await analysed()
    const { job } = await service.as(tenant).getJob({ jobId })
    expect(job).toMatchObject({ state: JobState.WAITING_STRATEGY, tier: 'free', analysis: { floor: 'ES5' } })
    expect(job!.proposals).toHaveLength(1)
  })

  it('does not exist for another tenant', async () => {
    const jobId = await service.createJob(tenant)
    await expect(service.as(stranger).getJob({ jobId })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(service.as(stranger).cancelJob({ jobId })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
  })

  it('drops a fact of an older epoch, and takes one that comes twice as one', async () => {
    const jobId = await analysed()
    const jobs = service.as(tenant)
    await jobs.selectProposal({ jobId, proposalId: 'raise-floor', requestId: randomUUID() })
    const draft = { header: header(jobId, 'spec'), bdd: 'Feature: same', sdd: '# Same' }
    await service.worker.recordSpec(draft)
    await service.worker.recordSpec(draft)
    const { spec } = await jobs.getSpec({ jobId })
    expect(spec).toMatchObject({ version: 1, bdd: 'Feature: same', approved: false })
    await jobs.cancelJob({ jobId, requestId: randomUUID() })
    const late = service.worker.recordFailure({ header: header(jobId, 'late'), code: 'X', message: 'late' })
    await expect(late).rejects.toMatchObject({ code: 'STALE' })
  })

  it('refuses an edit of a spec that somebody else has edited', async () => {
    const jobId = await analysed()
    const jobs = service.as(tenant)
    await jobs.selectProposal({ jobId, proposalId: 'raise-floor', requestId: randomUUID() })
    await service.worker.recordSpec({ header: header(jobId, 'spec'), bdd: 'a', sdd: 'b' })
    const { spec } = await jobs.getSpec({ jobId })
    const edit = (bdd: string) => jobs.updateSpec({ jobId, revisionToken: spec!.revisionToken, bdd })
    const [mine, yours] = ['mine', 'yours'].map(
      (name) => `Feature: ${name}\n  Scenario: one\n    Then nothing changes\n`,
    )
    expect((await edit(mine!)).spec).toMatchObject({ version: 2, bdd: mine, sdd: 'b' })
    await expect(edit(yours!)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
  })

  it('refuses scenarios that are no Gherkin, and says where', async () => {
    const jobId = await analysed()
    const jobs = service.as(tenant)
    await jobs.selectProposal({ jobId, proposalId: 'raise-floor', requestId: randomUUID() })
    await service.worker.recordSpec({ header: header(jobId, 'spec'), bdd: 'Feature: a', sdd: 'b' })
    const { revisionToken } = (await jobs.getSpec({ jobId })).spec!
    for (const [bdd, reason] of [
      ['Feature: a\n  Scenario: one\n    Given a cart\n    perhaps this', /\(4:5\)/],
      ['Feature: a\n', /no scenario/],
    ] as const) {
      const edit = jobs.updateSpec({ jobId, revisionToken, bdd })
      await expect(edit).rejects.toMatchObject({
        violations: [{ field: 'bdd', reason: expect.stringMatching(reason), fix: expect.stringContaining('Gherkin') }],
      })
    }
    expect((await jobs.getSpec({ jobId })).spec).toMatchObject({ version: 1, bdd: 'Feature: a' })
    const { spec } = await jobs.updateSpec({ jobId, revisionToken, sdd: 'only the design' })
    expect(spec).toMatchObject({ version: 2, bdd: 'Feature: a', sdd: 'only the design' })
  })

  it('is listed newest first, page by page', async () => {
    const owner = randomUUID()
    const ids = [await service.createJob(owner), await service.createJob(owner), await service.createJob(owner)]
    const first = await service.as(owner).listJobs({ pageSize: 2 })
    const second = await service.as(owner).listJobs({ pageSize: 2, pageToken: first.nextPageToken })
    expect([...first.jobs, ...second.jobs].map((job) => job.id)).toEqual(ids.reverse())
    expect(second.nextPageToken).toBe('')
  })
})

describe('watching a job', () => {
  it('tells everything from any sequence without holes, also on the replica that did not write it', async () => {
    const jobId = await analysed()
    const seen: bigint[] = []
    const watching = (async () => {
      for await (const entry of service.as(tenant, 1).watchJob({ jobId, afterSequence: 1n })) {
        if (entry.sequence > 0n) seen.push(entry.sequence)
      }
    })()
    const entries = [{ step: 'install', phase: 'done', text: 'installed', milliseconds: 5n }]
    await service.worker.appendLog({ tenantId: tenant, jobId, entries, batchId: 'one' })
    await service.worker.appendLog({ tenantId: tenant, jobId, entries, batchId: 'one' })
    await service.as(tenant).cancelJob({ jobId, requestId: randomUUID() })
    await watching
    expect(seen).toEqual([2n, 3n, 4n, 5n, 6n])
  })
})

describe('artifacts', () => {
  it('come back as they were, and only to their tenant', async () => {
    const content = Buffer.alloc(700_000, 'iama')
    async function* parts() {
      yield { part: { case: 'header' as const, value: { tenantId: tenant, jobId: randomUUID() } } }
      for (let at = 0; at < content.length; at += 250_000) {
        yield { part: { case: 'chunk' as const, value: content.subarray(at, at + 250_000) } }
      }
    }
    const { address } = await service.artifacts.put(parts())
    const chunks: Uint8Array[] = []
    for await (const { chunk } of service.artifacts.get({ tenantId: tenant, address })) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
    expect(await service.artifacts.stat({ tenantId: stranger, address })).toMatchObject({ exists: false })
  })

  it('come many at once, in the order in which they are asked for', async () => {
    const put = (text: string) =>
      putArtifact(
        service.artifacts,
        { tenantId: tenant, jobId: randomUUID(), mediaType: 'text/plain' },
        Buffer.from(text),
      )
    const texts = ['', ...Array.from({ length: 40 }, (_, at) => `content ${at} `.repeat(at * 1_000))]
    const addresses = await Promise.all(texts.map(put))
    const asked = [...addresses, ...addresses.toReversed()]
    const read: string[] = []
    for await (const content of readContents(service.artifacts, tenant, asked)) read.push(content.toString())
    expect(read).toEqual([...texts, ...texts.toReversed()])
  })

  it('are refused as a whole when one is not the tenant’s, or when they are too many', async () => {
    const address = await putArtifact(
      service.artifacts,
      { tenantId: tenant, jobId: randomUUID(), mediaType: 'text/plain' },
      Buffer.from('mine'),
    )
    const read = async (tenantId: string, addresses: string[]): Promise<void> => {
      for await (const { parts } of service.artifacts.getMany({ tenantId, addresses })) expect(parts).toEqual([])
    }
    await expect(read(stranger, [address])).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
    await expect(read(tenant, Array(1_001).fill(address) as string[])).rejects.toMatchObject({
      violations: [expect.objectContaining({ field: 'addresses' })],
    })
  })
})

describe('the kill switch', () => {
  const operatorId = randomUUID()
  const stateOf = async (tenantId: string, jobId: string) => (await service.as(tenantId).getJob({ jobId })).job!
  const ids = (jobs: readonly { jobId: string }[]) => jobs.map(({ jobId }) => jobId)

  it('ends one job, all of a tenant, or all, and says which', async () => {
    const [mine, also, theirs] = [
      await service.createJob(tenant),
      await analysed(),
      await service.createJob(stranger),
    ] as const
    expect(ids((await service.operator.killJobs({ onlyJob: mine, operatorId })).killed)).toEqual([mine])
    expect(await stateOf(tenant, mine)).toMatchObject({ state: JobState.CANCELLED, failureCode: 'KILLED' })
    expect((await stateOf(tenant, also)).state).toBe(JobState.WAITING_STRATEGY)

    const again = await service.operator.killJobs({ onlyJob: mine, operatorId })
    expect(again).toMatchObject({ killed: [], spared: [], more: false })

    const ofTenant = await service.operator.killJobs({ onlyTenant: tenant, operatorId })
    expect(ids(ofTenant.killed)).toContain(also)
    expect(ids(ofTenant.killed)).not.toContain(theirs)
    expect((await stateOf(stranger, theirs)).state).toBe(JobState.PENDING)

    const all = await service.operator.killJobs({ operatorId })
    expect(all.killed).toContainEqual(expect.objectContaining({ tenantId: stranger, jobId: theirs }))
    expect(await stateOf(stranger, theirs)).toMatchObject({ state: JobState.CANCELLED, failureCode: 'KILLED' })
    expect((await service.operator.killJobs({ operatorId })).killed).toEqual([])
  })

  it('is not for people, nor for the worker', async () => {
    const refused = { kind: 'forbidden' }
    await expect(service.operatorAs('worker').killJobs({ operatorId })).rejects.toMatchObject(refused)
    await expect(service.operatorAs(null).killJobs({ operatorId })).rejects.toMatchObject(refused)
    await expect(service.operator.killJobs({})).rejects.toMatchObject({ kind: 'invalid' })
  })
})

isolationSuite({ urls: () => service.database.urls, exceptions: lookUps })

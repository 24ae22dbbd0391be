import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'
import { PatchSource } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { formatPatch, patchBetween, type Patch } from '@iama/patch'
import { putArtifact } from '@iama/snapshot'
import { startJobs, submit, type JobsUnderTest } from './jobs-service.ts'

let service: JobsUnderTest
const tenant = randomUUID()

beforeAll(async () => {
  service = await startJobs()
}, 60_000)

afterAll(async () => await service.stop())

const treeOf = (text: string) => new Map([['index.js', { content: Buffer.from(text), executable: false }]])
const patch: Patch = patchBetween(treeOf('var a = 1\n'), treeOf('var a = 2\n'))
const header = (jobId: string, factId: string, epoch = 0n) => ({ tenantId: tenant, jobId, epoch, factId })

const request = async (checkPatchJson: string) => ({
  requestId: randomUUID(),
  snapshotId: await submit(service.as(tenant), { 'index.js': 'var a = 1\n' }),
  name: 'sample',
  options: { goal: 'check' },
  checkPatchJson,
})

/** A check of which the worker knows nothing but the reservation. */
const begun = async (): Promise<Job> => {
  const { job } = await service.as(tenant).createJob(await request(formatPatch(patch)))
  await service.as(tenant).startJob({ jobId: job!.id, requestId: randomUUID() })
  const granted = { granted: true, reservationId: randomUUID(), tier: 'free', routes: ['L1'], contextTokens: 1n }
  await service.worker.recordReservation({ header: header(job!.id, 'reservation'), ...granted })
  return job!
}

/** The same, up to the patch that is to be judged. */
const tried = async (): Promise<Job> => {
  const { id, check } = await begun()
  const baseline = { passed: 3 }
  await service.worker.recordAnalysis({ header: header(id, 'analysis'), baseline, analysis: { files: 1 }, check: true })
  const tests = { sessions: 2, notCovered: ['index.js: nothing calls it'] }
  await service.worker.recordTests({ header: header(id, 'tests'), tests, sessionsArtifact: 's'.repeat(64) })
  await service.worker.recordBaseline({ header: header(id, 'baseline'), baseline, baselineArtifact: 'b'.repeat(64) })
  const { job } = await service.worker.recordAttempt({
    header: header(id, 'attempt'),
    patchArtifact: check!.patchArtifact,
    editIds: patch.edits.map((edit) => edit.id),
    source: PatchSource.OWN_EDITS,
  })
  return job!
}

describe('a check', () => {
  it('leads from the analysis to the verdict, which its tenant can read, and is over then', async () => {
    const { id, state, check } = await tried()
    expect(state).toBe(JobState.CHECKING)
    const { orders } = await service.worker.readJob({ tenantId: tenant, jobId: id })
    expect(orders).toMatchObject({ ownPatch: check!.patchArtifact, candidatePatch: check!.patchArtifact })

    const kept = { tenantId: tenant, jobId: id, mediaType: 'application/json' }
    const verdictArtifact = await putArtifact(service.artifacts, kept, Buffer.from('{"the":"verdict"}'))
    const attempt = {
      green: false,
      gates: [{ gate: 'baseline', status: 'fail', summary: '1 test fails' }],
      failures: [{ testId: 'adds up', message: 'was 1, is 2' }],
      fingerprint: 'f-1',
      edits: 1,
    }
    const verdict = { attempt, verdictArtifact, patchArtifact: check!.patchArtifact }
    const { job } = await service.worker.recordVerdict({ header: header(id, 'verdict'), ...verdict })
    expect(job).toMatchObject({ state: JobState.CHECKED, attempts: 1, failureCode: '' })
    expect(job!.delivery).toBeUndefined()
    expect(job!.check).toMatchObject({ result: attempt, tests: { notCovered: ['index.js: nothing calls it'] } })
    expect(await service.as(tenant).getVerdict({ jobId: id })).toMatchObject({ verdictJson: '{"the":"verdict"}' })
    const { patchJson } = await service.as(tenant).getPatch({ jobId: id })
    expect(patchJson).toBe(formatPatch(patch))

    const bodies: unknown[] = []
    for await (const { state: at, body } of service.as(tenant).watchJob({ jobId: id })) {
      bodies.push([at, body.case])
      if (at === JobState.CHECKED) break
    }
    expect(bodies).toEqual([
      [JobState.PENDING, 'transitioned'],
      [JobState.QUOTA_RESERVING, 'transitioned'],
      [JobState.ANALYZING, 'transitioned'],
      [JobState.GENERATING_TESTS, 'analyzed'],
      [JobState.BASELINE_VALIDATION, 'testsGenerated'],
      [JobState.CHECKING, 'baselineChecked'],
      [JobState.CHECKING, 'transitioned'],
      [JobState.CHECKED, 'attempted'],
    ])
    await expect(service.as(tenant).cancelJob({ jobId: id, requestId: randomUUID() })).rejects.toMatchObject({
      code: 'JOB_IS_FINAL',
    })
  })

  it('is not open any more for the kill switch when it has its verdict', async () => {
    const { id, check } = await tried()
    const verdict = { attempt: { green: true }, verdictArtifact: 'v'.repeat(64), patchArtifact: check!.patchArtifact }
    await service.worker.recordVerdict({ header: header(id, 'verdict'), ...verdict })
    const asked = { onlyJob: id, operatorId: randomUUID() }
    expect(await service.operator.killJobs(asked)).toMatchObject({ killed: [], spared: [], more: false })
    const { id: open } = await tried()
    expect((await service.operator.killJobs({ ...asked, onlyJob: open })).killed).toHaveLength(1)
  })

  it('fails, with the failing tests, when those of the base are red', async () => {
    const { id } = await begun()
    const failures = [{ testId: 'adds up', message: 'boom' }]
    const { job } = await service.worker.recordAnalysis({
      header: header(id, 'analysis'),
      baseline: { passed: 3, failed: 1, failures },
      check: true,
    })
    expect(job).toMatchObject({ state: JobState.FAILED, failureCode: 'BASELINE_RED', failures })
  })

  it('is created once for a request, and never for another patch under the same id', async () => {
    const asked = await request(formatPatch(patch))
    const jobs = service.as(tenant)
    const { job } = await jobs.createJob(asked)
    expect((await jobs.createJob(asked)).job!.id).toBe(job!.id)
    const other = formatPatch(patchBetween(treeOf('var a = 1\n'), treeOf('var a = 3\n')))
    await expect(jobs.createJob({ ...asked, checkPatchJson: other })).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
    })
    await expect(jobs.createJob({ ...asked, checkPatchJson: '' })).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED' })
  })

  it.each([
    ['no JSON', '{'],
    ['no patch', '{"version":1,"edits":[{"id":"a"}]}'],
    ['a patch without edits', '{"version":1,"edits":[]}'],
    ['too large', ' '.repeat(2_000_001)],
  ])('is refused with %s', async (_, checkPatchJson) => {
    const asked = { ...(await request('')), checkPatchJson }
    await expect(service.as(tenant).createJob(asked)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

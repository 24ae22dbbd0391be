import { randomUUID } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { PatchAppliedEventSchema, ProvenanceRecordedEventSchema } from '@iama/contracts/iama/delivery/v1/events'
import type { BundleFile } from '@iama/contracts/iama/delivery/v1/service'
import { formatPatch, parsePatch, sha256, treeHash, type Tree } from '@iama/patch'
import { isolationSuite } from '@iama/testing/isolation'
import { startDelivery, type DeliveryUnderTest } from './delivery-service.ts'

jest.setTimeout(30_000)

const files = {
  'index.js': 'var a = 1\nvar b = 2\nmodule.exports = a + b\n',
  'old.js': 'module.exports = 0\n',
  'run.sh!': '#!/bin/sh\n',
  'Ä ö.js': '// untouched\r\n',
}
const bytes = (text: string): Buffer => Buffer.from(text)
const treeOf = (content: Readonly<Record<string, string>>): Tree =>
  new Map(
    Object.entries(content).map(([path, text]) => [
      path.replace(/!$/, ''),
      { content: bytes(text), executable: path.endsWith('!') },
    ]),
  )
const base = treeOf(files)

/** A patch of one edit: `index.js` changed, `old.js` gone, `new.js` there. */
const patchOf = (name: string) => {
  const operations = [
    { type: 'replace', path: 'index.js', base: sha256(bytes(files['index.js'])), anchor: 'var a', text: name },
    { type: 'delete_file', path: 'old.js', base: sha256(bytes(files['old.js'])) },
    { type: 'create_file', path: 'new.js', text: 'export {}\n' },
  ]
  const edit = { id: 'e1', recipe: 'r', title: 't', reason: 'because', operations, dependsOn: [] }
  return formatPatch(parsePatch({ version: 1, edits: [{ ...edit, evidence: { kind: 'unproven' } }] }))
}
const { 'old.js': _gone, ...kept } = files
const after = treeOf({ ...kept, 'index.js': files['index.js'].replace('var a', 'const a'), 'new.js': 'export {}\n' })

let service: DeliveryUnderTest
let tenant: string

beforeAll(async () => {
  service = await startDelivery()
}, 60_000)

beforeEach(() => {
  tenant = randomUUID()
})

afterAll(async () => await service.stop())

/** What the worker sends for a job of which the patch is green. */
const green = (patch = patchOf('const a'), jobId = randomUUID()) => ({
  tenantId: tenant,
  jobId,
  manifestArtifact: service.artifacts.snapshot(tenant, files),
  patchArtifact: service.artifacts.put(tenant, patch),
  verdictArtifact: service.artifacts.put(tenant, 'the signed verdict'),
  specRevision: 'revision-7',
  engine: 'codemod',
})

const prepared = async () => {
  const request = green()
  await service.worker().prepareBundle(request)
  return { tenantId: tenant, jobId: request.jobId }
}

const told = async () => (await service.published('EVENTS_DELIVERY')).filter(({ tenantId }) => tenantId === tenant)

const tells = async (types: readonly string[]): Promise<void> => {
  await service.untilAllIsTold()
  expect((await told()).map(({ type }) => type)).toEqual(types)
}

/** Writes a bundle onto a tree, over what it expects and nothing else. */
const write = (bundle: readonly BundleFile[], onto: Tree): Tree => {
  const written = new Map(onto)
  for (const { path, beforeSha256, afterSha256, content, executable } of bundle) {
    expect(written.has(path) ? sha256(written.get(path)!.content) : '').toBe(beforeSha256)
    if (afterSha256 === '') written.delete(path)
    else written.set(path, { content, executable })
    if (afterSha256 !== '') expect(sha256(content)).toBe(afterSha256)
  }
  return written
}

describe('a bundle', () => {
  it('leads to the tree that was verified, and back, byte for byte', async () => {
    const request = green()
    const { treeHash: promised } = await service.worker().prepareBundle(request)
    expect(promised).toBe(treeHash(after))
    const { jobId } = request
    const forward = await service.as(tenant).getBundle({ jobId })
    expect(forward.files.map(({ path }) => path)).toEqual(['index.js', 'new.js', 'old.js'])
    const there = write(forward.files, base)
    expect(treeHash(there)).toBe(forward.treeHash)
    expect(forward.treeHash).toBe(promised)
    const inverse = await service.as(tenant).getBundle({ jobId, inverse: true })
    expect(treeHash(write(inverse.files, there))).toBe(inverse.treeHash)
    expect(inverse.treeHash).toBe(treeHash(base))
  })

  it('says where it comes from', async () => {
    const request = green()
    await service.worker().prepareBundle(request)
    expect(await service.as(tenant).getProvenance({ jobId: request.jobId })).toMatchObject({
      baseTreeHash: treeHash(base),
      patchedTreeHash: treeHash(after),
      patchSha256: sha256(bytes(patchOf('const a'))),
      verdictSha256: sha256(bytes('the signed verdict')),
      specRevision: 'revision-7',
      engine: 'codemod',
    })
    await tells(['provenance.recorded'])
    const [event] = await told()
    expect(fromBinary(ProvenanceRecordedEventSchema, event!.data)).toMatchObject({
      jobId: request.jobId,
      verdictSha256: sha256(bytes('the signed verdict')),
    })
  })

  it('is made once, asked for 8 times at once over two replicas', async () => {
    const request = green()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => service.worker(index % 2 === 0 ? 0 : 1).prepareBundle(request)),
    )
    expect(new Set(answers.map((answer) => answer.treeHash))).toEqual(new Set([treeHash(after)]))
    await tells(['provenance.recorded'])
  })

  it('gives way to that of a later patch until it is applied', async () => {
    const first = green()
    const second = green(patchOf('let a'), first.jobId)
    await service.worker().prepareBundle(first)
    const { treeHash: later } = await service.worker().prepareBundle(second)
    expect((await service.as(tenant).getBundle({ jobId: first.jobId })).treeHash).toBe(later)
    await service.worker().recordApplied({ tenantId: tenant, jobId: first.jobId, treeHash: later })
    await expect(service.worker().prepareBundle(first)).rejects.toMatchObject({ code: 'DELIVERY_OUT_OF_ORDER' })
    expect(await service.worker().prepareBundle(second)).toMatchObject({ treeHash: later })
    expect((await service.as(tenant).getDelivery({ jobId: first.jobId })).state).toBe('APPLIED')
  })

  it.each([
    ['a patch of another tree', () => patchOf('const a').replaceAll('var a', 'var z'), 'PATCH_CONFLICT'],
    ['something that is no patch', () => 'no patch', 'NOT_A_PATCH'],
  ])('is not made of %s', async (_what, patch, code) => {
    const request = green(patch())
    await expect(service.worker().prepareBundle(request)).rejects.toMatchObject({ code })
    const asked = service.as(tenant).getDelivery({ jobId: request.jobId })
    await expect(asked).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
  })

  it('is not made of what another tenant has sent', async () => {
    const request = { ...green(), tenantId: randomUUID() }
    await expect(service.worker().prepareBundle(request)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
  })
})

describe('an outcome', () => {
  const [patched, original] = [treeHash(after), treeHash(base)]

  it('is recorded once, in its order, however often it is told', async () => {
    const job = await prepared()
    const [worker, person] = [service.worker(), service.as(tenant)]
    await expect(worker.recordReverted({ ...job, treeHash: original })).rejects.toMatchObject({
      code: 'DELIVERY_OUT_OF_ORDER',
    })
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        service.worker(index % 2 === 0 ? 0 : 1).recordApplied({ ...job, treeHash: patched }),
      ),
    )
    const applied = await person.getDelivery({ jobId: job.jobId })
    expect(applied).toMatchObject({ state: 'APPLIED', appliedAt: expect.anything() })
    expect(applied.revertedAt).toBeUndefined()
    for (let time = 0; time < 2; time++) await worker.recordReverted({ ...job, treeHash: original })
    expect((await person.getDelivery({ jobId: job.jobId })).state).toBe('REVERTED')
    await expect(worker.recordApplied({ ...job, treeHash: patched })).rejects.toMatchObject({
      code: 'DELIVERY_OUT_OF_ORDER',
    })
    await tells(['provenance.recorded', 'patch.applied', 'patch.reverted'])
  })

  it('is refused for a tree that the patch does not lead to', async () => {
    const job = await prepared()
    await expect(service.worker().recordApplied({ ...job, treeHash: original })).rejects.toMatchObject({
      code: 'TREE_DIFFERS',
      metadata: { expected: patched, reported: original },
    })
    await service.worker().recordApplied({ ...job, treeHash: patched })
    const reverted = service.worker().recordReverted({ ...job, treeHash: patched })
    await expect(reverted).rejects.toMatchObject({ code: 'TREE_DIFFERS' })
  })

  it('tells the tree that was reached also when the client did not', async () => {
    const job = await prepared()
    await service.worker().recordApplied({ ...job, treeHash: '' })
    await tells(['provenance.recorded', 'patch.applied'])
    const [, event] = await told()
    expect(fromBinary(PatchAppliedEventSchema, event!.data)).toMatchObject({ jobId: job.jobId, treeHash: patched })
  })
})

describe('callers', () => {
  it('see the deliveries of their tenant alone', async () => {
    const { jobId } = await prepared()
    const stranger = service.as(randomUUID())
    for (const asked of [
      stranger.getBundle({ jobId }),
      stranger.getDelivery({ jobId }),
      stranger.getProvenance({ jobId }),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
    const applied = service.worker().recordApplied({ tenantId: randomUUID(), jobId, treeHash: '' })
    await expect(applied).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
  })

  it('are told what is wrong with an id, and what is not theirs to call', async () => {
    await expect(service.as(tenant).getBundle({ jobId: 'x' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field: 'job_id' }],
    })
    await expect(service.wrong(tenant).prepareBundle(green())).rejects.toMatchObject({ code: 'CALLER_NOT_ALLOWED' })
  })
})

isolationSuite({ urls: () => service.database.urls })

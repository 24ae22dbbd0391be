import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually, startS3Server, type S3Server } from '@iama/testing/servers'
import { hash, startJobs, submit, type JobsUnderTest } from './jobs-service.ts'

const BUCKET = 'artifacts'
const tenant = randomUUID()
const stranger = randomUUID()
let server: S3Server
let bucket: S3Client
let service: JobsUnderTest

beforeAll(async () => {
  server = await startS3Server()
  process.env['AWS_ACCESS_KEY_ID'] = server.root.accessKey
  process.env['AWS_SECRET_ACCESS_KEY'] = server.root.secretKey
  const place = { endpoint: server.url, region: 'us-east-1', forcePathStyle: true }
  bucket = new S3Client(place)
  service = await startJobs({ kind: 's3', bucket: BUCKET, prefix: 'iama/', ...place })
}, 60_000)

afterAll(async () => {
  await service.stop()
  await server.stop()
})

const objects = async (): Promise<Map<string, Buffer>> => {
  const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  const read = Contents.map(async ({ Key = '' }) => {
    const { Body } = await bucket.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    return [Key, Buffer.from(await Body!.transformToByteArray())] as const
  })
  return new Map(await Promise.all(read))
}

const artifact = async (tenantId: string, address: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const { chunk } of service.artifacts.get({ tenantId, address })) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

it('is not ready before the bucket is there, and says what to do', async () => {
  expect(await service.readiness()).toEqual({
    ready: false,
    text: expect.stringMatching(/cannot list the bucket artifacts: the bucket does not exist; create it/),
  })
  await bucket.send(new CreateBucketCommand({ Bucket: BUCKET }))
  await eventually('the service is ready', async () => (await service.readiness()).ready)
})

it('keeps a snapshot in the bucket, sealed, and gives it to its tenant alone', async () => {
  const jobId = await service.createJob(tenant)
  const { manifestArtifact } = await service.worker.readJob({ tenantId: tenant, jobId })
  const manifest = JSON.parse(await artifact(tenant, manifestArtifact)) as { entries: { address: string }[] }
  const { address } = manifest.entries[0]!
  expect(await artifact(tenant, address)).toBe('var a = 1\n')
  const stored = await objects()
  expect([...stored.keys()]).toContain(`iama/${tenant}/${address.slice(0, 2)}/${address}`)
  expect([...stored.values()].some((bytes) => bytes.includes('var a') || bytes.includes('index.js'))).toBe(false)
  expect(await service.artifacts.stat({ tenantId: stranger, address })).toMatchObject({ exists: false })
  await expect(artifact(stranger, address)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
})

it('asks again for a content that the bucket has lost, and for no other', async () => {
  const files = { 'kept.js': 'kept', 'lost.js': 'lost' }
  await submit(service.as(tenant), files)
  const before = await objects()
  const entries = Object.entries(files).map(([path, text]) => ({ path, sha256: hash(text), size: 4n }))
  const declare = async () => (await service.as(tenant).createSnapshot({ requestId: randomUUID(), entries })).missing
  expect(await declare()).toEqual([])
  for (const Key of before.keys()) await bucket.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
  await submit(service.as(tenant), { 'kept.js': 'kept' })
  expect(await declare()).toEqual([hash('lost')])
  await submit(service.as(tenant), files)
  expect(await declare()).toEqual([])
})

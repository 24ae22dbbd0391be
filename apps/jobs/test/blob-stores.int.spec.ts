import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startS3Server, type S3Credentials, type S3Server } from '@iama/testing/servers'
import { FilesystemBlobStore } from '../src/infrastructure/blob-store.filesystem.ts'
import { S3BlobStore, type S3Settings } from '../src/infrastructure/blob-store.s3.ts'
import { blobStoreContract } from './blob-store-contract.ts'

let server: S3Server
beforeAll(async () => void (server = await startS3Server()), 60_000)
afterAll(() => server.stop())

/** The SDK finds its credentials as it does in production. */
const signIn = ({ accessKey, secretKey }: S3Credentials): void => {
  process.env['AWS_ACCESS_KEY_ID'] = accessKey
  process.env['AWS_SECRET_ACCESS_KEY'] = secretKey
}

const settings = (bucket: string, prefix = 'some/prefix/'): S3Settings => ({
  bucket,
  prefix,
  endpoint: server.url,
  region: undefined,
  forcePathStyle: true,
})

const admin = (): S3Client => {
  signIn(server.root)
  return new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true })
}

const makeBucket = async (bucket: string): Promise<S3Settings> => {
  await admin().send(new CreateBucketCommand({ Bucket: bucket }))
  return settings(bucket)
}

blobStoreContract('a folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-blobs-'))
  return {
    blobs: new FilesystemBlobStore(folder),
    lose: (key) => rm(path.join(folder, key)),
    close: () => rm(folder, { recursive: true }),
  }
})

for (const [name, bucket, page] of [
  ['a bucket', 'contract', 1_000],
  ['a bucket that lists three at a time', 'pages', 3],
] as const) {
  blobStoreContract(name, async () => {
    const blobs = new S3BlobStore(await makeBucket(bucket), { page })
    return {
      blobs,
      lose: async (key) => {
        await admin().send(new DeleteObjectCommand({ Bucket: bucket, Key: `some/prefix/${key}` }))
      },
      close: async () => blobs.close(),
    }
  })
}

describe('a bucket', () => {
  const reasonOf = (blobs: S3BlobStore): Promise<string> =>
    blobs.ready().then(
      () => 'it is ready',
      (error: Error) => error.message,
    )

  it('that does not exist is told in readiness, and to nobody else', async () => {
    signIn(server.root)
    const blobs = new S3BlobStore(settings('nowhere'))
    expect(await reasonOf(blobs)).toMatch(/the bucket nowhere: the bucket does not exist; create it/)
    const refused = { code: 'ARTIFACTS_UNAVAILABLE', message: expect.not.stringContaining('nowhere') }
    await expect(blobs.write('a', Buffer.from('x'))).rejects.toMatchObject(refused)
    await expect(blobs.read('a')).rejects.toMatchObject(refused)
  })

  it('of somebody else is told as denied, with what to allow', async () => {
    const theirs = await makeBucket('theirs')
    signIn(server.stranger)
    expect(await reasonOf(new S3BlobStore(theirs))).toMatch(/access is denied; allow s3:ListBucket .*s3:PutObject/)
  })

  it('is not opened by a wrong secret or without one', async () => {
    const mine = await makeBucket('mine')
    signIn({ ...server.root, secretKey: 'wrong' })
    expect(await reasonOf(new S3BlobStore(mine))).toMatch(/the credentials are refused \(SignatureDoesNotMatch\)/)
    signIn({ accessKey: 'nobody', secretKey: 'wrong' })
    expect(await reasonOf(new S3BlobStore(mine))).toMatch(/the credentials are refused \(InvalidAccessKeyId\)/)
    delete process.env['AWS_ACCESS_KEY_ID']
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
    expect(await reasonOf(new S3BlobStore(mine))).toMatch(/there are no credentials; set AWS_ACCESS_KEY_ID/)
  })

  it('whose server is away is told', async () => {
    signIn(server.root)
    const blobs = new S3BlobStore({ ...settings('mine'), endpoint: 'http://127.0.0.1:1' })
    expect(await reasonOf(blobs)).toMatch(/cannot list the bucket mine: .*ECONNREFUSED/)
  })

  it('that does not answer is given up at the deadline, and used again when it does', async () => {
    const slow = await makeBucket('slow')
    const blobs = new S3BlobStore(slow, { connectMs: 2_000, attemptMs: 60_000, callMs: 2_000 })
    await blobs.write('a', Buffer.from('x'))
    server.pause()
    const from = performance.now()
    try {
      expect(await reasonOf(blobs)).toMatch(/there was no answer within 2000 ms/)
    } finally {
      server.goOn()
    }
    expect(performance.now() - from).toBeLessThan(5_000)
    expect(Buffer.from((await blobs.read('a'))!).toString()).toBe('x')
  })

  it('keeps two prefixes apart', async () => {
    await makeBucket('shared')
    const [one, other] = [new S3BlobStore(settings('shared', 'a/')), new S3BlobStore(settings('shared', 'b/'))]
    const keys = Array.from({ length: 60 }, (_, n) => `tenant/${n}`)
    await Promise.all(keys.map((key) => one.write(key, Buffer.from('x'))))
    expect((await one.present(keys)).size).toBe(60)
    expect((await other.present(keys)).size).toBe(0)
  })
})

describe('a folder', () => {
  it('that cannot be used is told in readiness', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'iama-blobs-'))
    try {
      await writeFile(path.join(folder, 'file'), '')
      await expect(new FilesystemBlobStore(path.join(folder, 'file')).ready()).rejects.toThrow('EEXIST')
    } finally {
      await chmod(folder, 0o700)
      await rm(folder, { recursive: true })
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import { readConfig } from './config.ts'

const common = {
  NATS_URL: 'nats://127.0.0.1:4222',
  AUTH_ADDRESS: '127.0.0.1:1',
  SERVICE_SECRET: 'x'.repeat(16),
  DATABASE_URL: 'postgres://app@127.0.0.1/jobs',
  RELAY_DATABASE_URL: 'postgres://relay@127.0.0.1/jobs',
}

describe('the silence of an attached client', () => {
  const grace = (environment: Record<string, string>) =>
    readConfig({ ...common, DATA_DIR: '/data', ...environment }).heartbeatGraceMs

  it('is 300 seconds unless set', () => {
    expect(grace({})).toBe(300_000)
    expect(grace({ HEARTBEAT_GRACE_SECONDS: '3' })).toBe(3_000)
  })

  it.each(['0', '-1', '1.5', 'soon', '86401'])('is not %s', (value) => {
    expect(() => grace({ HEARTBEAT_GRACE_SECONDS: value })).toThrow(/HEARTBEAT_GRACE_SECONDS/)
  })
})

const artifacts = (environment: Record<string, string>) => readConfig({ ...common, ...environment }).artifacts

describe('the place of the artifacts', () => {
  it('is DATA_DIR unless ARTIFACTS names another folder', () => {
    expect(artifacts({ DATA_DIR: '/data' })).toEqual({ kind: 'folder', folder: '/data' })
    for (const url of ['file:/else', 'file:///else']) {
      expect(artifacts({ DATA_DIR: '/data', ARTIFACTS: url })).toEqual({ kind: 'folder', folder: '/else' })
    }
  })

  it.each([
    ['s3://bucket', ''],
    ['s3://bucket/', ''],
    ['s3://bucket/a', 'a/'],
    ['s3://bucket//a/b/', 'a/b/'],
  ])('is the bucket of %s', (url, prefix) => {
    const expected = { kind: 's3', bucket: 'bucket', prefix, endpoint: undefined, region: undefined }
    expect(artifacts({ ARTIFACTS: url })).toEqual({ ...expected, forcePathStyle: false })
  })

  it('is at the endpoint that is given', () => {
    const environment = { S3_ENDPOINT: 'http://127.0.0.1:9000', S3_REGION: 'eu-central-1', S3_FORCE_PATH_STYLE: 'true' }
    expect(artifacts({ ARTIFACTS: 's3://bucket', ...environment })).toMatchObject({
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-central-1',
      forcePathStyle: true,
    })
  })

  it.each<[Record<string, string>, RegExp]>([
    [{}, /is missing, and so is DATA_DIR\s.*at ARTIFACTS/],
    [{ ARTIFACTS: 'gs://bucket' }, /is neither file:\/folder nor s3:\/\/bucket\/prefix\s.*at ARTIFACTS/],
    [{ ARTIFACTS: 's3://Bucket_' }, /is neither file:.*\s.*at ARTIFACTS/],
    [{ ARTIFACTS: 'file:relative' }, /does not name an absolute folder\s.*at ARTIFACTS/],
    [{ ARTIFACTS: 's3://bucket', S3_ENDPOINT: 'localhost:9000' }, /is not an http or https URL\s.*at S3_ENDPOINT/],
    [{ ARTIFACTS: 's3://bucket', S3_FORCE_PATH_STYLE: 'yes' }, /at S3_FORCE_PATH_STYLE/],
  ])('is refused with the name of the variable: %j', (environment, message) => {
    expect(() => artifacts(environment)).toThrow(message)
  })
})

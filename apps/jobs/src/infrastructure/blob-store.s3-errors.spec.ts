import { describe, expect, it } from '@jest/globals'
import { ArtifactsUnavailable, bucketUnusable } from './blob-store.s3-errors.ts'

const place = { bucket: 'b', endpoint: 'http://s3.example.org' }
const failed = (name: string, code?: string, httpStatusCode?: number) =>
  Object.assign(new Error('as the server says it'), { name, ...(code && { code }), $metadata: { httpStatusCode } })

describe('a bucket that cannot be used', () => {
  it.each([
    [failed('NoSuchBucket', undefined, 404), 'the bucket does not exist; create it, or correct ARTIFACTS'],
    [failed('AccessDenied', undefined, 403), 'access is denied; allow s3:ListBucket'],
    [failed('403', undefined, 403), 'access is denied; allow s3:ListBucket'],
    [failed('CredentialsProviderError'), 'there are no credentials; set AWS_ACCESS_KEY_ID'],
    [failed('ExpiredToken', undefined, 400), 'the credentials are refused (ExpiredToken)'],
    [failed('SignatureDoesNotMatch', undefined, 403), 'the credentials are refused (SignatureDoesNotMatch)'],
    [failed('PermanentRedirect', undefined, 301), 'the bucket is in another region; set S3_REGION'],
    [failed('Error', 'ECONNREFUSED'), 'http://s3.example.org does not answer (ECONNREFUSED)'],
    [failed('TimeoutError'), 'http://s3.example.org does not answer (TimeoutError)'],
    [failed('InternalError', undefined, 500), 'InternalError (HTTP 500): as the server says it'],
  ])('says why and what to do: %s', (error, expected) => {
    expect(bucketUnusable('list', place, error).message).toContain(`cannot list the bucket b: ${expected}`)
  })

  it('says how long it was waited for', () => {
    const { message } = bucketUnusable('read from', place, failed('AbortError'), 500)
    expect(message).toMatch(/cannot read from the bucket b: there was no answer within 500 ms; /)
  })

  it('is no affair of the caller', () => {
    const { message, kind } = new ArtifactsUnavailable(bucketUnusable('list', place, failed('NoSuchBucket')))
    expect({ message, kind }).toEqual({ message: expect.not.stringMatching(/bucket|example/), kind: 'unavailable' })
  })
})

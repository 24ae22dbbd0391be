import { DomainError } from '@iama/kernel'

/** What a caller hears: the bucket is the operators' affair, and readiness tells them. */
export class ArtifactsUnavailable extends DomainError {
  readonly code = 'ARTIFACTS_UNAVAILABLE'
  override readonly kind = 'unavailable'

  constructor(cause: Error) {
    super('the store of artifacts cannot be used at the moment; try again later')
    this.cause = cause
  }
}

/** What an operator hears: which bucket, what is wrong with it, and what to do. */
export class BucketUnusable extends Error {}

interface Place {
  readonly bucket: string
  readonly endpoint: string | undefined
}

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError'])
const WRONG_CREDENTIALS = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
])
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
])
const AWAY = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ECONNRESET', 'EPIPE', 'TimeoutError'])

/** What the SDK throws: the server's refusals by name and status, the network's failures by code. */
interface Failure {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const reasonAndFix = (failure: Failure, place: Place): [string, string] => {
  const { name = 'Error', code = '', message = '', $metadata } = failure
  const status = $metadata?.httpStatusCode ?? 0
  if (name === 'NoSuchBucket') return ['the bucket does not exist', 'create it, or correct ARTIFACTS']
  if (NO_CREDENTIALS.has(name)) {
    return ['there are no credentials', 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role']
  }
  if (WRONG_CREDENTIALS.has(name)) {
    return [`the credentials are refused (${name})`, 'give a key that this server knows and that has not expired']
  }
  if (WRONG_REGION.has(name) || status === 301) {
    return ['the bucket is in another region', 'set S3_REGION to the region of the bucket']
  }
  if (status === 403) {
    return ['access is denied', 'allow s3:ListBucket on the bucket, s3:GetObject and s3:PutObject on its objects']
  }
  if (AWAY.has(code) || AWAY.has(name)) {
    const where = place.endpoint ?? 'the endpoint of AWS'
    return [`${where} does not answer (${code || name})`, 'see that it runs and can be reached, check S3_ENDPOINT']
  }
  return [`${name}${status > 0 ? ` (HTTP ${status})` : ''}: ${message}`, 'see the log of the server']
}

/** What a failed call means for whoever runs the service. The key of the object is left out: it names a tenant. */
export const bucketUnusable = (what: string, place: Place, thrown: unknown, passedMs?: number): BucketUnusable => {
  const [reason, fix] =
    passedMs === undefined
      ? reasonAndFix(thrown as Failure, place)
      : [`there was no answer within ${passedMs} ms`, 'see that the server is well and can be reached']
  return new BucketUnusable(`cannot ${what} the bucket ${place.bucket}: ${reason}; ${fix}`, { cause: thrown })
}

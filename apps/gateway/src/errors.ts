import { fromBinary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { StatusSchema } from '@iama/contracts/google/rpc/status'
import { DomainError } from '@iama/kernel'
import { RpcError, statusOf } from '@iama/rpc'
import type { Logger } from '@iama/telemetry'

/** The credential or the address has used up its requests for the moment. */
export class TooManyRequests extends DomainError {
  readonly code = 'RATE_LIMITED'
  override readonly kind = 'exhausted'

  constructor(seconds: number) {
    super(`too many requests; try again in ${seconds} s`, { retry_after_seconds: String(seconds) })
  }
}

/** The HTTP status of each code, as the Connect protocol has it. */
const httpStatus: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
}

export const httpStatusOf = ({ code }: ConnectError): number => httpStatus[code]

/** The details of a status are taken over as they stand: ErrorInfo, BadRequest, Help and what comes later. */
const fromDomain = (error: DomainError): ConnectError => {
  const { code, details, metadata } = statusOf(error)
  const answer = new ConnectError(details, code as number as Code)
  const status = metadata.get('grpc-status-details-bin')[0]
  if (status instanceof Uint8Array)
    answer.details = fromBinary(StatusSchema, new Uint8Array(status)).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
      value,
    }))
  const retryAfter = error.metadata['retry_after_seconds']
  if (retryAfter !== undefined) answer.metadata.set('retry-after', retryAfter)
  return answer
}

/** The error as a client shall see it. What nobody foresaw stays in the log. */
export const toConnectError = (error: unknown, logger: Logger): ConnectError => {
  if (error instanceof ConnectError) return error
  if (error instanceof DomainError) return fromDomain(error)
  logger.error({ err: error }, 'a request failed for a reason that is not the client’s')
  return new ConnectError('internal error; the gateway’s log has it', Code.Internal)
}

/** Whether a service did not accept the token that came with a call. */
export const isRejectedToken = (error: unknown): boolean =>
  error instanceof RpcError && error.status === (Code.Unauthenticated as number)

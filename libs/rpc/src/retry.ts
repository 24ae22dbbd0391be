import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt'
import type { DescMethod } from '@bufbuild/protobuf'
import { Code, RpcError } from './rpc-error.ts'

/** How often an idempotent unary call is tried while the other side is away. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number
  /** The first pause is up to this long, in milliseconds; each later one up to twice the one before. */
  readonly baseMs: number
  readonly maxMs: number
}

export const defaultRetry: RetryPolicy = { attempts: 5, baseMs: 50, maxMs: 1_000 }

// the standard methods of contracts.md that read; commands declare themselves, or carry a request id
const reads = /^(Get|List|Read|Stat|Preview)([A-Z]|$)/

const isSet = (message: object, field: string): boolean => {
  const value: unknown = Reflect.get(message, field)
  return typeof value === 'string' && value !== ''
}

/**
 * Whether a call may be made twice: its proto says so (`idempotency_level`), it is a standard read, or the request
 * carries the `request_id` (a fact: the `header.fact_id`) by which the server knows a repetition.
 */
export const isIdempotent = (method: DescMethod, request: object): boolean =>
  method.idempotency !== Idempotency.IDEMPOTENCY_UNKNOWN ||
  reads.test(method.name) ||
  isSet(request, 'requestId') ||
  ('header' in request &&
    typeof request.header === 'object' &&
    request.header !== null &&
    isSet(request.header, 'factId'))

/** The pause before the next try in milliseconds, or undefined when the error is final. `random` is in [0, 1). */
export const pauseBeforeRetry = (
  error: unknown,
  failedAttempts: number,
  policy: RetryPolicy,
  random: number,
): number | undefined => {
  if (!(error instanceof RpcError) || error.status !== Code.UNAVAILABLE) return undefined
  if (failedAttempts >= policy.attempts) return undefined
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (failedAttempts - 1))
  // half fixed, half random: clients that failed together do not come back together, and none comes back at once
  return ceiling / 2 + (ceiling / 2) * random
}

import { status as Code } from '@grpc/grpc-js'
import { DomainError, type ErrorKind, type FieldViolation } from '@iama/kernel'

/** gRPC's numeric status codes, by name. */
export { Code }

const codeOfKind: Record<ErrorKind, Code> = {
  invalid: Code.INVALID_ARGUMENT,
  'not-found': Code.NOT_FOUND,
  conflict: Code.ABORTED,
  refused: Code.FAILED_PRECONDITION,
  unauthenticated: Code.UNAUTHENTICATED,
  forbidden: Code.PERMISSION_DENIED,
  exhausted: Code.RESOURCE_EXHAUSTED,
  unavailable: Code.UNAVAILABLE,
}

const kindOfCode: Partial<Record<Code, ErrorKind>> = {
  [Code.INVALID_ARGUMENT]: 'invalid',
  [Code.OUT_OF_RANGE]: 'invalid',
  [Code.NOT_FOUND]: 'not-found',
  [Code.ALREADY_EXISTS]: 'conflict',
  [Code.ABORTED]: 'conflict',
  [Code.FAILED_PRECONDITION]: 'refused',
  [Code.UNAUTHENTICATED]: 'unauthenticated',
  [Code.PERMISSION_DENIED]: 'forbidden',
  [Code.RESOURCE_EXHAUSTED]: 'exhausted',
  [Code.UNAVAILABLE]: 'unavailable',
  [Code.DEADLINE_EXCEEDED]: 'unavailable',
}

/** The gRPC code under which a refusal of this kind travels. */
export const codeForKind = (kind: ErrorKind): Code => codeOfKind[kind]

/** The kind that a gRPC code stands for; defects (INTERNAL, UNKNOWN ...) count as `refused`: repeating will not help. */
export const kindForCode = (code: Code): ErrorKind => kindOfCode[code] ?? 'refused'

/** The name of a gRPC code, as in `NOT_FOUND`. */
export const codeName = (code: Code): string => Code[code] ?? `CODE_${code}`

export interface RpcErrorInit {
  readonly status: Code
  readonly message: string
  /** The UPPER_SNAKE reason; the name of the status where the server gave none. */
  readonly reason?: string | undefined
  readonly metadata?: Readonly<Record<string, string>>
  readonly violations?: readonly FieldViolation[]
  /** A page that explains the reason. */
  readonly help?: string | undefined
  readonly cause?: unknown
}

/**
 * A call that did not succeed, as its caller sees it. `code` is the server's reason (`PROPOSAL_NOT_OFFERED`), `kind`
 * what can be done about it, `status` the gRPC code. A handler may let it pass: it leaves with the same code, reason,
 * metadata and violations with which it came.
 */
export class RpcError extends DomainError {
  readonly code: string
  override readonly kind: ErrorKind
  readonly status: Code
  readonly violations: readonly FieldViolation[]
  readonly help: string | undefined

  constructor(init: RpcErrorInit) {
    super(init.message, init.metadata)
    this.status = init.status
    this.code = init.reason ?? codeName(init.status)
    this.kind = kindForCode(init.status)
    this.violations = init.violations ?? []
    this.help = init.help
    if (init.cause !== undefined) this.cause = init.cause
  }

  /** The other side is away or too slow; the same call may succeed later. */
  get transient(): boolean {
    return this.status === Code.UNAVAILABLE || this.status === Code.DEADLINE_EXCEEDED
  }
}

import { DomainError } from './domain-error.ts'

/** One wrong field of a request: where, what is wrong, and how to mend it. */
export interface FieldViolation {
  readonly field: string
  readonly reason: string
  readonly fix: string
}

/** The request could not be turned into domain values; it travels as `google.rpc.BadRequest`. */
export class InvalidRequest extends DomainError {
  readonly code = 'INVALID_REQUEST'
  override readonly kind = 'invalid'
  readonly violations: readonly FieldViolation[]

  constructor(violations: readonly FieldViolation[]) {
    super(violations.map((v) => `${v.field}: ${v.reason}; ${v.fix}`).join('. '))
    this.violations = violations
  }
}

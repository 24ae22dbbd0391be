import type { Outcome } from '../domain/breaker.ts'
import type { Offer } from '../domain/route.ts'

/** What a circuit is kept for. */
export interface Target {
  readonly provider: string
  readonly model: string
  /** Whose circuit it is; undefined for one of all tenants. */
  readonly tenantId?: string
}

/** A tenant that calls with its own key has its own circuit: a quota that is used up stops nobody else. */
export const targetOf = ({ provider, model, keyOf }: Offer, tenantId: string): Target =>
  keyOf === 'tenant' ? { provider, model, tenantId } : { provider, model }

/** Whether a call may be made. A granted leave is reported back exactly once. */
export type Leave =
  | { readonly granted: true; /** Set when the call is a trial. */ readonly trial: string | undefined }
  | { readonly granted: false; /** Not before then. */ readonly retryAt: Date }

export interface CircuitState {
  readonly target: Target
  readonly state: 'closed' | 'open' | 'half-open'
  /** Within the window when closed, else those that opened it. */
  readonly failures: number
  /** When it is open: from then on trials are let through. */
  readonly retryAt?: Date
}

/** One circuit breaker for each target, shared by the replicas. */
export interface Circuits {
  admit(target: Target): Promise<Leave>
  /**
   * @param outcome `abandoned`: cancelled by the caller, neither good nor bad; it gives the place of a trial back
   */
  report(target: Target, leave: Leave, outcome: Outcome): Promise<void>
  /** In the order of the targets. */
  states(targets: readonly Target[]): Promise<readonly CircuitState[]>
}

/** A circuit has opened or closed. */
export interface CircuitChange {
  /** UUID; the same however often it is told. */
  readonly id: string
  readonly target: Target
  readonly to: 'open' | 'closed'
  /** Milliseconds since 1970. */
  readonly at: number
  /** That led to it; 0 when it has closed. */
  readonly failures: number
  /** Milliseconds since 1970, when trials begin; 0 when it has closed. */
  readonly retryAt: number
}

/** Tells the other services of a change. */
export interface CircuitNews {
  /** Telling the same change again tells nothing. */
  tell(change: CircuitChange): Promise<void>
}

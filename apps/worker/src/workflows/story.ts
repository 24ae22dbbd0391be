/** Which job a workflow tells the story of. */
export interface JobRef {
  readonly tenantId: string
  readonly jobId: string
  /** W3C trace context of the command that began it; empty when there was none. */
  readonly traceparent: string
}

/**
 * A job as the workflow needs it: states and references. What else an activity needs (scope, options, spec) it reads
 * itself, so that histories hold neither code nor personal data, and stay small.
 */
export interface JobView {
  readonly state: string
  readonly epoch: number
  readonly attached: boolean
  /** Milliseconds since 1970; 0 for detached jobs. */
  readonly lastSeenAt: number
  /** The silence after which its client counts as lost; absent in old histories, and in answers of an older service. */
  readonly heartbeatGraceMs?: number
  readonly hasSpec: boolean
  readonly reserved: boolean
  /** Who writes: `codemod` or `model`; empty before a strategy is selected. */
  readonly engine: string
  readonly orders: OrdersView
  /** Whether it judges a patch from elsewhere; absent in refactorings, and in old histories. */
  readonly check?: boolean
}

export interface OrdersView {
  readonly attempt: number
  readonly route: string
  readonly candidatePatch: string
  readonly candidateGreen: boolean
  readonly ownPatch: string
  readonly takeGreenPart: boolean
  readonly verifySubset: boolean
  /** The clarifier's turn about the spec is due. */
  readonly clarify: boolean
  readonly settleAcceptance: boolean
  readonly settleRevert: boolean
  readonly consumed: boolean
}

/** A job, in the epoch in which a piece of work began. */
export interface Task extends JobRef {
  readonly epoch: number
}

/** A sandbox session on the replica that owns it. */
export interface Session {
  readonly sessionId: string
  readonly address: string
}

/** How a patch that was verified came out. */
export interface Verification {
  readonly green: boolean
  readonly verdict: string
  /** The address of the maximal green subset; empty when there is none. */
  readonly greenPart: string
  /** The address of a list of edits that the green subset leaves out, with reasons; empty when there is none. */
  readonly dropped: string
  /** The address of everything that the verification found. */
  readonly result: string
}

/** The code of a job that failed again and again, seen afresh. */
export interface Reanalysis {
  /** The address of findings and steps; empty when what came could not be read. */
  readonly address: string
  /** What it cost, in micro-dollars. */
  readonly costMicros: number
}

/** What a route wrote: a patch, or an answer that is of no use as one. */
export type Written =
  | {
      readonly kind: 'patch'
      readonly patch: string
      /** The address of what the route refused to change, with reasons. */
      readonly refused: string
      /** Hash of the code with the patch in it. */
      readonly treeHash: string
      readonly engine: string
      /** The address of what the model was shown; empty when none was asked. */
      readonly briefing: string
    }
  | {
      readonly kind: 'useless'
      /** `MALFORMED_OUTPUT` or `NO_OPERATION`. */
      readonly code: string
      /** The address of why, in words. */
      readonly message: string
    }

export const finalStates: readonly string[] = ['CANCELLED', 'FAILED', 'REVERTED', 'CHECKED']

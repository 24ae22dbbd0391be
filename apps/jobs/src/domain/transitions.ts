import type { Tier } from './entitlements.ts'
import type { JobEvent } from './events.ts'
import type { Job, JobState, NoJob } from './job.ts'

/** From which state a job may come into which, and by what. Documentation and tests read it; `decide` enforces it. */
export const allowedTransitions = {
  NONE: { PENDING: 'create' },
  PENDING: { QUOTA_RESERVING: 'start', CANCELLED: 'cancel' },
  QUOTA_RESERVING: { ANALYZING: 'reserved', CANCELLED: 'cancel', FAILED: 'exhausted, failure' },
  ANALYZING: {
    WAITING_STRATEGY: 'proposals',
    GENERATING_TESTS: 'check',
    WAITING_INTERVENTION: 'baseline red, interrupted',
    CANCELLED: 'nothing to do, cancel',
    FAILED: 'failure',
  },
  WAITING_STRATEGY: { WAITING_SPEC_APPROVAL: 'select, auto policy', CANCELLED: 'cancel' },
  WAITING_SPEC_APPROVAL: {
    GENERATING_TESTS: 'approve, auto policy',
    WAITING_INTERVENTION: 'interrupted while drafting',
    CANCELLED: 'cancel',
    FAILED: 'failure while drafting',
  },
  GENERATING_TESTS: {
    BASELINE_VALIDATION: 'tests ready',
    WAITING_INTERVENTION: 'interrupted',
    CANCELLED: 'cancel',
    FAILED: 'failure',
  },
  BASELINE_VALIDATION: {
    REFACTORING: 'green',
    CHECKING: 'green, check',
    WAITING_INTERVENTION: 'baseline red, interrupted',
    CANCELLED: 'cancel',
    FAILED: 'failure',
  },
  REFACTORING: {
    DELIVERED: 'verified',
    SELF_HEALING: 'red',
    WAITING_SPEC_APPROVAL: 'edit spec',
    WAITING_INTERVENTION: 'interrupted',
    CANCELLED: 'cancel',
    FAILED: 'failure',
  },
  SELF_HEALING: {
    DELIVERED: 'verified',
    WAITING_SPEC_APPROVAL: 'edit spec',
    WAITING_INTERVENTION: 'repeated failure, attempts exhausted, interrupted',
    CANCELLED: 'cancel',
    FAILED: 'failure',
  },
  WAITING_INTERVENTION: {
    ANALYZING: 'retry',
    WAITING_SPEC_APPROVAL: 'edit spec, retry',
    GENERATING_TESTS: 'retry',
    BASELINE_VALIDATION: 'retry',
    REFACTORING: 'retry, own edits',
    SELF_HEALING: 'retry, own edits, green part',
    DEEP_FIX: 'deep fix confirmed, retry',
    CANCELLED: 'cancel',
  },
  DEEP_FIX: {
    DELIVERED: 'verified',
    WAITING_INTERVENTION: 'red, interrupted',
    CANCELLED: 'cancel',
    FAILED: 'failure',
  },
  DELIVERED: { ACCEPTED: 'accept', WAITING_SPEC_APPROVAL: 'edit spec', CANCELLED: 'reject, cancel' },
  ACCEPTED: { REVERTED: 'revert' },
  REVERTED: {},
  CHECKING: { CHECKED: 'verdict', CANCELLED: 'cancel', FAILED: 'failure, interrupted' },
  CHECKED: {},
  CANCELLED: {},
  FAILED: {},
} as const satisfies Record<JobState | NoJob['state'], Partial<Record<JobState, string>>>

/** A change of state, as `job.transitioned` and the transition counter tell it. */
export interface Transition {
  readonly from: JobState | 'NONE'
  readonly to: JobState
  /** Null until the quota is reserved. */
  readonly tier: Tier | null
  readonly sequence: number
  readonly at: number
}

/** The transition that an event made, or null when the state stayed as it was. */
export const transitionOf = (event: JobEvent, before: Job | NoJob, after: Job): Transition | null => {
  if (before.state === after.state) return null
  const tier = after.entitlements?.tier ?? null
  return { from: before.state, to: after.state, tier, sequence: after.sequence, at: event.at }
}

import { JobState } from '@iama/contracts/iama/jobs/v1/job'

const words: Readonly<Record<JobState, string>> = {
  [JobState.UNSPECIFIED]: 'unknown',
  [JobState.PENDING]: 'pending',
  [JobState.QUOTA_RESERVING]: 'reserving quota',
  [JobState.ANALYZING]: 'analysing',
  [JobState.WAITING_STRATEGY]: 'waiting for a choice of strategy',
  [JobState.WAITING_SPEC_APPROVAL]: 'waiting for the approval of the spec',
  [JobState.GENERATING_TESTS]: 'pinning behaviour with characterization tests',
  [JobState.BASELINE_VALIDATION]: 'checking the baseline',
  [JobState.REFACTORING]: 'refactoring',
  [JobState.SELF_HEALING]: 'healing',
  [JobState.WAITING_INTERVENTION]: 'waiting for you',
  [JobState.DEEP_FIX]: 'deep fix',
  [JobState.DELIVERED]: 'delivered',
  [JobState.ACCEPTED]: 'accepted',
  [JobState.REVERTED]: 'reverted',
  [JobState.CHECKING]: 'checking the given patch',
  [JobState.CHECKED]: 'checked',
  [JobState.CANCELLED]: 'cancelled',
  [JobState.FAILED]: 'failed',
}

/** A state in words; the name of one that this client does not know yet. */
export const stateWords = (state: JobState): string => words[state] ?? `state ${state}`

const names = new Map(Object.entries(JobState).map(([name, value]) => [Number(value), name]))

/** A state as the protocol names it, for example `WAITING_STRATEGY`. */
export const stateName = (state: JobState): string => names.get(state) ?? String(state)

import type { RecordBaseline, RecordTests } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import { interventionNeeded } from './interruption.ts'
import type { JobIn } from './job.ts'
import { keptRun } from './work.ts'

export const recordTests = (fact: RecordTests, _: JobIn<'GENERATING_TESTS'>): JobEvent[] => [
  { type: 'BehaviourPinned', ...causedBy(fact), characterization: fact.characterization },
]

/** Code whose tests are red before the first change cannot be proven unchanged after it. */
export const recordBaseline = (fact: RecordBaseline, _: JobIn<'BASELINE_VALIDATION'>): JobEvent[] => {
  if (fact.green) return [{ type: 'BaselineConfirmed', ...causedBy(fact), baseline: keptRun(fact.baseline) }]
  return interventionNeeded(fact, 'BASELINE_RED', 'BASELINE_VALIDATION', fact.baseline)
}

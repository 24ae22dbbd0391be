import type { AttemptSummary } from '@iama/contracts/iama/jobs/v1/job'
import type { ReadJobResponse } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { Phase } from '@iama/contracts/iama/router/v1/service'

/** Failing tests that a model is shown: the first tell what is wrong, the others only cost. */
const MOST_FAILURES = 20
/** Lines of a gate that a model is shown. */
const MOST_DETAILS = 10

/** Why the patch before failed, as a repair needs it; nothing in other phases. */
export const repairEvidence = (phase: Phase, { orders }: ReadJobResponse, greenPart: string) => {
  if (phase !== Phase.REPAIR || !orders) return {}
  const last = orders.lastAttempt
  return {
    repair: {
      failedPatch: orders.lastRedPatch,
      greenPart,
      failures: (last?.failures ?? []).slice(0, MOST_FAILURES),
      problems: last ? problemsOf(last) : [],
      hint: orders.hint,
    },
  }
}

/** What was wrong beside failing tests: gates that failed, or why there was nothing to verify. */
const problemsOf = ({ gates, refusal, refusalMessage }: AttemptSummary): string[] => {
  const failed = gates.filter(({ status }) => status === 'fail')
  const words = failed.map(({ gate, summary, details }) =>
    [`the ${gate} gate failed: ${summary}`, ...details.slice(0, MOST_DETAILS)].join('\n'),
  )
  return refusal === '' ? words : [...words, `${refusal}: ${refusalMessage}`]
}

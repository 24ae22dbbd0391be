import { DomainError } from '@iama/kernel'
import type { DeliveringState } from './attempts.ts'
import type { RecordDelivery } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import type { JobIn } from './job.ts'

/** Nothing is delivered without a green verdict on exactly that patch. */
export class NotVerified extends DomainError {
  readonly code = 'NOT_VERIFIED'

  constructor() {
    super('there is no patch with a green verdict to deliver; record a green verdict first')
  }
}

/** A verified subset takes the place of the patch that it was chosen from. */
export const recordDelivery = (fact: RecordDelivery, { candidate }: JobIn<DeliveringState>): JobEvent[] => {
  if (!candidate?.verdict?.green) throw new NotVerified()
  const { bundle, treeHash, at } = fact
  const delivery = { patch: candidate.patch, verdict: candidate.verdict, bundle, treeHash, at }
  return [{ type: 'PatchDelivered', ...causedBy(fact), delivery }]
}

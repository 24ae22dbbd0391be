import { DomainError } from '@iama/kernel'
import type { AcceptJob, RevertJob } from './commands.ts'
import type { RecordAccepted, RecordReverted } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import type { EditSelection, Job, JobIn } from './job.ts'
import { isProperSubset } from './subset.ts'

/** The user has accepted, and the worker is carrying it out: the job is not to be decided again. */
export class AcceptanceUnderWay extends DomainError {
  readonly code = 'ACCEPTANCE_UNDER_WAY'

  constructor() {
    super('the job was accepted and is being settled; wait for the result, then revert if need be')
  }
}

/** A subset of the patch is being verified. */
export class SubsetUnderWay extends DomainError {
  readonly code = 'SUBSET_UNDER_WAY'

  constructor() {
    super('a choice among the edits is being verified; wait for its verdict, then accept')
  }
}

/** The worker reports an acceptance that nobody asked for. */
export class AcceptanceNotAsked extends DomainError {
  readonly code = 'ACCEPTANCE_NOT_ASKED'

  constructor() {
    super('nobody has accepted this job; only AcceptJob opens that door')
  }
}

/** The user has asked for a revert of another tree, and the worker is carrying it out. */
export class RevertUnderWay extends DomainError {
  readonly code = 'REVERT_UNDER_WAY'

  constructor() {
    super('the job is being reverted; wait for the result')
  }
}

/** The worker reports a revert that nobody asked for. */
export class RevertNotAsked extends DomainError {
  readonly code = 'REVERT_NOT_ASKED'

  constructor() {
    super('nobody has asked to revert this job; only RevertJob opens that door')
  }
}

/** The whole patch is accepted at once; a proper subset has to be verified before it can be. */
export const acceptJob = (command: AcceptJob, job: JobIn<'DELIVERED'>): JobEvent[] => {
  const { treeHash, selection } = command
  if (job.acceptance) {
    if (selection === null && treeHash === job.acceptance.treeHash) return []
    throw new AcceptanceUnderWay()
  }
  if (job.subset) {
    if (isSameSelection(selection, job.subset.selection) && treeHash === job.subset.treeHash) return []
    throw new SubsetUnderWay()
  }
  if (selection === null || !isProperSubset(selection, job.delivery.patch))
    return [{ type: 'AcceptanceAsked', ...causedBy(command), treeHash }]
  return [{ type: 'SubsetAsked', ...causedBy(command), selection, treeHash, epoch: job.epoch + 1 }]
}

/** Delivery is done and the one ledger entry is made. */
export const recordAccepted = (fact: RecordAccepted, job: JobIn<'DELIVERED'>): JobEvent[] => {
  if (!job.acceptance) throw new AcceptanceNotAsked()
  return [{ type: 'JobAccepted', ...causedBy(fact), ledgerEntryId: fact.ledgerEntryId }]
}

export const revertJob = (command: RevertJob, job: JobIn<'ACCEPTED'>): JobEvent[] => {
  if (!job.reversal) return [{ type: 'RevertAsked', ...causedBy(command), treeHash: command.treeHash }]
  if (command.treeHash === job.reversal.treeHash) return []
  throw new RevertUnderWay()
}

export const recordReverted = (fact: RecordReverted, job: JobIn<'ACCEPTED'>): JobEvent[] => {
  if (!job.reversal) throw new RevertNotAsked()
  return [{ type: 'JobReverted', ...causedBy(fact) }]
}

/** From acceptance until it is settled or has failed, money and trees are moving: nothing else may decide. */
export const expectUndecided = (job: Job): void => {
  if (job.state === 'DELIVERED' && job.acceptance) throw new AcceptanceUnderWay()
}

const isSameSelection = (one: EditSelection | null, other: EditSelection): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

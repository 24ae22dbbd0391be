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

/** The tree that the client wrote is not the one that was verified. */
export class TreeDiffers extends DomainError {
  readonly code = 'TREE_DIFFERS'
  override readonly kind = 'conflict'

  constructor(written: string, verified: string) {
    super('the tree with the patch in it is not the tree that was verified; undo, and apply the bundle again', {
      written,
      verified,
    })
  }
}

/** A tree hash came with a choice among the edits, as if it had been written before it was verified. */
export class SubsetNotVerified extends DomainError {
  readonly code = 'SUBSET_NOT_VERIFIED'
  override readonly kind = 'invalid'

  constructor() {
    super('a choice among the edits is verified before it is written; send it without a tree hash, and wait')
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

/**
 * The whole patch is accepted at once. A proper subset is another patch, and has no verdict yet: it is verified,
 * delivered in the place of the whole, and only then written and accepted.
 */
export const acceptJob = (command: AcceptJob, job: JobIn<'DELIVERED'>): JobEvent[] => {
  const { treeHash, selection } = command
  const subset = selection !== null && isProperSubset(selection, job.delivery.patch) ? selection : null
  if (job.acceptance) return expectRepeated(!subset && treeHash === job.acceptance.treeHash, new AcceptanceUnderWay())
  if (job.subset) return expectRepeated(isSameSelection(subset, job.subset.selection), new SubsetUnderWay())
  if (subset) return askForSubset(command, job, subset)
  if (treeHash !== null && treeHash !== job.delivery.treeHash) throw new TreeDiffers(treeHash, job.delivery.treeHash)
  return [{ type: 'AcceptanceAsked', ...causedBy(command), treeHash }]
}

/** Delivery is done and the one ledger entry is made. */
export const recordAccepted = (fact: RecordAccepted, job: JobIn<'DELIVERED'>): JobEvent[] => {
  if (!job.acceptance) throw new AcceptanceNotAsked()
  return [{ type: 'JobAccepted', ...causedBy(fact), ledgerEntryId: fact.ledgerEntryId }]
}

export const revertJob = (command: RevertJob, job: JobIn<'ACCEPTED'>): JobEvent[] => {
  const { treeHash } = command
  if (job.reversal) return expectRepeated(treeHash === job.reversal.treeHash, new RevertUnderWay())
  return [{ type: 'RevertAsked', ...causedBy(command), treeHash }]
}

export const recordReverted = (fact: RecordReverted, job: JobIn<'ACCEPTED'>): JobEvent[] => {
  if (!job.reversal) throw new RevertNotAsked()
  return [{ type: 'JobReverted', ...causedBy(fact) }]
}

/** From acceptance until it is settled or has failed, money and trees are moving: nothing else may decide. */
export const expectUndecided = (job: Job): void => {
  if (job.state === 'DELIVERED' && job.acceptance) throw new AcceptanceUnderWay()
}

const askForSubset = (command: AcceptJob, job: JobIn<'DELIVERED'>, selection: EditSelection): JobEvent[] => {
  if (command.treeHash !== null) throw new SubsetNotVerified()
  return [{ type: 'SubsetAsked', ...causedBy(command), selection, epoch: job.epoch + 1 }]
}

/** A client that is not sure whether it was heard says the same again, and nothing changes. */
const expectRepeated = (isRepeated: boolean, refusal: DomainError): JobEvent[] => {
  if (!isRepeated) throw refusal
  return []
}

const isSameSelection = (one: EditSelection | null, other: EditSelection): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

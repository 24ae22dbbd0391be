import { DomainError } from '@iama/kernel'
import { expectUndecided } from './acceptance.ts'
import type { ApproveSpec, AskClarifier, Intervene, SpecEdit, UpdateSpec } from './commands.ts'
import type { RecordClarification, RecordSpec } from './facts.ts'
import { causedBy, type JobEvent } from './events.ts'
import { currentSpec, type Job, type JobIn } from './job.ts'
import type { SpecVersion } from './work.ts'

/** The spec's draft is still being written, or was never asked for. */
export class SpecNotDrafted extends DomainError {
  readonly code = 'SPEC_NOT_DRAFTED'

  constructor() {
    super('there is no spec yet; wait until the draft is ready')
  }
}

/** A draft stands already: from now on only people change the spec. */
export class SpecAlreadyDrafted extends DomainError {
  readonly code = 'SPEC_ALREADY_DRAFTED'

  constructor(current: SpecVersion) {
    super(`the spec is drafted and at revision ${current.revision}; change it with an edit`, {
      revision: String(current.revision),
    })
  }
}

/** Somebody changed the spec since it was read. */
export class RevisionConflict extends DomainError {
  readonly code = 'REVISION_CONFLICT'
  override readonly kind = 'conflict'

  constructor(current: SpecVersion) {
    super(`the spec is at revision ${current.revision} by now; read it again and repeat`, {
      revision: String(current.revision),
      token: current.token,
    })
  }
}

export const recordSpec = (fact: RecordSpec, job: JobIn<'WAITING_SPEC_APPROVAL'>): JobEvent[] => {
  const current = currentSpec(job)
  if (current) throw new SpecAlreadyDrafted(current)
  const version = { revision: 1, token: fact.draft.token, content: fact.draft.content, at: fact.at }
  const drafted: JobEvent = { type: 'SpecDrafted', ...causedBy(fact), version }
  return job.autoSelect ? [drafted, { type: 'SpecApproved', ...causedBy(fact), revision: 1 }] : [drafted]
}

/**
 * One decision does it all: the new version, the epoch that makes work in flight stale, and the fresh start of
 * attempts and fingerprints.
 */
export const reviseSpec = (command: UpdateSpec | Intervene, edit: SpecEdit, job: Job): JobEvent[] => {
  expectUndecided(job)
  const { revision } = expectToken(job, edit.token)
  const version = { revision: revision + 1, token: edit.nextToken, content: edit.content, at: command.at }
  return [{ type: 'SpecRevised', ...causedBy(command), version, epoch: job.epoch + 1 }]
}

/** Approves exactly the text that was read. */
export const approveSpec = (command: ApproveSpec, job: JobIn<'WAITING_SPEC_APPROVAL'>): JobEvent[] => {
  const { revision } = expectToken(job, command.token)
  if (job.clarifying) throw new ClarificationPending()
  return [{ type: 'SpecApproved', ...causedBy(command), revision }]
}

/** A clarifier is answering: the text that would be approved may be another in a moment. */
export class ClarificationPending extends DomainError {
  readonly code = 'CLARIFICATION_PENDING'

  constructor() {
    super('the clarifier is answering; wait for its turn, or edit the spec yourself, which ends the question')
  }
}

/** Nobody asked the clarifier anything, or its turn is told already. */
export class NothingToClarify extends DomainError {
  readonly code = 'NOTHING_TO_CLARIFY'

  constructor() {
    super('no question about the spec is open')
  }
}

/** The conversation goes turn by turn: the user's, then the clarifier's. */
export const askClarifier = (command: AskClarifier, job: JobIn<'WAITING_SPEC_APPROVAL'>): JobEvent[] => {
  if (!currentSpec(job)) throw new SpecNotDrafted()
  if (job.clarifying) throw new ClarificationPending()
  return [{ type: 'ClarificationAsked', ...causedBy(command), turn: command.turn }]
}

export const recordClarification = (fact: RecordClarification, job: JobIn<'WAITING_SPEC_APPROVAL'>): JobEvent[] => {
  const current = currentSpec(job)
  if (!job.clarifying || !current) throw new NothingToClarify()
  const { turn, draft } = fact
  const version = draft && { revision: current.revision + 1, ...draft, at: fact.at }
  return [{ type: 'ClarificationGiven', ...causedBy(fact), turn, version }]
}

const expectToken = (job: Job, token: string): SpecVersion => {
  const current = currentSpec(job)
  if (!current) throw new SpecNotDrafted()
  if (current.token !== token) throw new RevisionConflict(current)
  return current
}

import { assertNever, DomainError } from '@iama/kernel'
import type { SelectProposal } from './commands.ts'
import type { RecordAnalysis } from './facts.ts'
import { cancelled } from './ending.ts'
import { causedBy, type JobEvent } from './events.ts'
import { interventionNeeded } from './interruption.ts'
import { isCheck, type JobIn } from './job.ts'
import { keptRun } from './work.ts'

/** The proposal is not one of those that the analysis offered. */
export class ProposalNotOffered extends DomainError {
  readonly code = 'PROPOSAL_NOT_OFFERED'
  override readonly kind = 'invalid'

  constructor(proposalId: string, offered: readonly string[]) {
    super(`there is no proposal ${proposalId}; choose one of ${offered.join(', ')}`, { offered: offered.join(' ') })
  }
}

/** Strategies are for refactorings: a check judges the patch that it was given, and only that. */
export class AnalysisOfAnotherKind extends DomainError {
  readonly code = 'ANALYSIS_OF_ANOTHER_KIND'

  constructor(kind: RecordAnalysis['outcome']['kind'], isOfCheck: boolean) {
    super(`${kind} is no end of the analysis of a ${isOfCheck ? 'check' : 'refactoring'}`, { kind })
  }
}

/** A red baseline stops the job before anything is paid for; nothing to do ends it. */
export const recordAnalysis = (fact: RecordAnalysis, job: JobIn<'ANALYZING'>): JobEvent[] => {
  const { outcome } = fact
  if (outcome.kind !== 'BASELINE_RED' && (outcome.kind === 'ANALYZED') !== isCheck(job))
    throw new AnalysisOfAnotherKind(outcome.kind, isCheck(job))
  switch (outcome.kind) {
    case 'ANALYZED': {
      const { analysis, baseline } = outcome
      return [{ type: 'CodeAnalyzed', ...causedBy(fact), analysis, baseline: keptRun(baseline) }]
    }
    case 'NOTHING_TO_DO':
      return cancelled(fact, job, 'NOTHING_TO_DO')
    case 'BASELINE_RED':
      return interventionNeeded(fact, 'BASELINE_RED', 'ANALYZING', outcome.baseline)
    case 'PROPOSALS':
      return [offered(fact, outcome), ...(job.autoSelect ? [selected(fact, outcome.proposals[0].id)] : [])]
    default:
      return assertNever(outcome)
  }
}

export const selectProposal = (command: SelectProposal, job: JobIn<'WAITING_STRATEGY'>): JobEvent[] => {
  const offered = job.proposals.map((proposal) => proposal.id)
  if (!offered.includes(command.proposalId)) throw new ProposalNotOffered(command.proposalId, offered)
  return [selected(command, command.proposalId)]
}

type Proposals = Extract<RecordAnalysis['outcome'], { kind: 'PROPOSALS' }>

const offered = (fact: RecordAnalysis, { analysis, proposals, baseline }: Proposals): JobEvent => ({
  type: 'ProposalsOffered',
  ...causedBy(fact),
  analysis,
  proposals,
  baseline: keptRun(baseline),
})

const selected = (command: RecordAnalysis | SelectProposal, proposalId: string): JobEvent => ({
  type: 'ProposalSelected',
  ...causedBy(command),
  proposalId,
})

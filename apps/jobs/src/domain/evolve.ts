import { isStored, type JobCreated, type JobEvent } from './events.ts'
import { isCheck, type Job, type NoJob } from './job.ts'
import type { Candidate, VerdictReference } from './work.ts'

/** The job after an event. It never refuses: what has happened has happened. */
export const evolve = (job: Job | NoJob, event: JobEvent): Job => {
  if (event.type === 'JobCreated') return created(event)
  if (job.state === 'NONE') throw new Error(`the history of a job begins with JobCreated, not with ${event.type}`)
  const apply = after[event.type] as (job: Job, event: LaterEvent) => Job
  return stamped(job, apply(job, event), event)
}

type LaterEvent = Exclude<JobEvent, JobCreated>

/** One entry for each event: a forgotten one is a type error. */
type Chapters = { readonly [Type in LaterEvent['type']]: (job: Job, event: LaterEvent & { type: Type }) => Job }

const created = ({ jobId, tenantId, userId, order, snapshot, attached, autoSelect, at }: JobCreated): Job => ({
  ...blank,
  id: jobId,
  tenantId,
  userId,
  order,
  snapshot,
  attached,
  autoSelect,
  state: 'PENDING',
  sequence: 1,
  createdAt: at,
  lastSeenAt: at,
})

const after: Chapters = {
  JobStarted: (job) => ({ ...job, state: 'QUOTA_RESERVING' }),
  QuotaReserved: (job, { reservationId, entitlements }) => ({
    ...job,
    state: 'ANALYZING',
    reservationId,
    entitlements,
  }),
  ProposalsOffered: (job, { analysis, proposals, baseline }) => ({
    ...job,
    state: 'WAITING_STRATEGY',
    analysis,
    proposals,
    baseline,
  }),
  CodeAnalyzed: (job, { analysis, baseline }) => ({ ...job, state: 'GENERATING_TESTS', analysis, baseline }),
  ProposalSelected: (job, { proposalId }) => ({
    ...job,
    state: 'WAITING_SPEC_APPROVAL',
    selectedProposalId: proposalId,
  }),
  SpecDrafted: (job, { version }) => ({ ...job, spec: [version] }),
  ClarificationAsked: (job, { turn }) => ({
    ...job,
    clarifying: true,
    conversation: [...job.conversation, turn],
  }),
  ClarificationGiven: (job, { turn, version }) => ({
    ...job,
    clarifying: false,
    conversation: [...job.conversation, turn],
    spec: version ? [...job.spec, version] : job.spec,
  }),
  SpecRevised: (job, { version, epoch }) => ({
    ...job,
    ...unbuilt,
    clarifying: false,
    state: 'WAITING_SPEC_APPROVAL',
    spec: [...job.spec, version],
    epoch,
  }),
  SpecApproved: (job, { revision }) => ({ ...job, state: 'GENERATING_TESTS', approvedRevision: revision }),
  BehaviourPinned: (job, { characterization }) => ({ ...job, state: 'BASELINE_VALIDATION', characterization }),
  BaselineConfirmed: (job, { baseline }) => ({ ...job, state: isCheck(job) ? 'CHECKING' : 'REFACTORING', baseline }),

  AttemptMade: (job, { attempt, source, route, patch }) => ({
    ...job,
    candidate: { attempt, source, route, patch, verdict: null },
    instruction: job.instruction?.kind === 'HINT' ? job.instruction : null,
  }),
  AttemptPassed: (job, { verdict }) => ({ ...job, candidate: judged(job.candidate, verdict) }),
  AttemptFailed: (job, { verdict, fingerprint }) => ({
    ...job,
    candidate: judged(job.candidate, verdict),
    fingerprints: [...job.fingerprints, fingerprint],
  }),
  AttemptRefused: (job, { code }) => ({
    ...job,
    candidate: job.candidate?.verdict ? job.candidate : null,
    fingerprints: [...job.fingerprints, code],
  }),
  PatchChecked: (job, { verdict }) => ({ ...job, state: 'CHECKED', candidate: judged(job.candidate, verdict) }),
  RepairOrdered: (job, { attempt }) => ({ ...job, state: 'SELF_HEALING', attempt }),

  InterventionNeeded: (job, { reason, resumeState, at, evidence, failing }) => ({
    ...job,
    state: 'WAITING_INTERVENTION',
    waiting: { reason, resumeState, since: at, evidence, failing },
  }),
  JobResumed: (job, { to, epoch, instruction, newRound }) => ({
    ...job,
    ...(newRound ? { ...roundBegun(job), attempt: to === 'SELF_HEALING' ? 1 : 0 } : {}),
    state: to,
    waiting: null,
    instruction,
    epoch,
  }),
  DeepFixConfirmed: (job, { epoch, limit }) => ({
    ...job,
    ...roundBegun(job),
    state: 'DEEP_FIX',
    waiting: null,
    instruction: null,
    deepFixLimit: limit,
    epoch,
  }),

  PatchDelivered: (job, { delivery }) => ({
    ...job,
    state: 'DELIVERED',
    delivery,
    firstDeliveredAt: job.firstDeliveredAt ?? delivery.at,
    candidate: null,
    instruction: null,
    subset: null,
  }),
  SubsetAsked: (job, { selection, epoch, at }) => ({ ...job, subset: { selection, askedAt: at }, epoch }),
  SubsetRefused: (job) => ({ ...job, subset: null, candidate: null }),
  AcceptanceAsked: (job, { treeHash, at }) => ({ ...job, acceptance: { treeHash, askedAt: at, recordedAt: null } }),
  AcceptanceFailed: (job) => ({ ...job, acceptance: null }),
  JobAccepted: (job, { ledgerEntryId, at }) => ({
    ...job,
    state: 'ACCEPTED',
    acceptance: job.acceptance && { ...job.acceptance, recordedAt: at },
    ledgerEntryId,
  }),
  RevertAsked: (job, { treeHash, at }) => ({ ...job, reversal: { treeHash, askedAt: at, recordedAt: null } }),
  RevertFailed: (job) => ({ ...job, reversal: null }),
  JobReverted: (job, { at }) => ({
    ...job,
    state: 'REVERTED',
    reversal: job.reversal && { ...job.reversal, recordedAt: at },
  }),

  JobCancelled: (job, { reason, epoch }) => ({ ...job, ...ended, state: 'CANCELLED', endedBecause: reason, epoch }),
  JobFailed: (job, { code }) => ({ ...job, ...ended, state: 'FAILED', endedBecause: code }),
  ClientSeen: (job) => job,
}

/** What holds after every event: its place in the log, the facts that are known, the last sign of life. */
const stamped = (before: Job, after: Job, event: LaterEvent): Job => {
  const factIds = after.epoch === before.epoch ? before.factIds : []
  const { cause } = event
  return {
    ...after,
    sequence: isStored(event) ? before.sequence + 1 : before.sequence,
    // One fact may cause several events; a fact of an older epoch is stale and need not be known any more.
    factIds: 'factId' in cause && !factIds.includes(cause.factId) ? [...factIds, cause.factId] : factIds,
    lastSeenAt: 'by' in cause ? Math.max(before.lastSeenAt, event.at) : before.lastSeenAt,
  }
}

const judged = (candidate: Candidate | null, verdict: VerdictReference): Candidate | null =>
  candidate && { ...candidate, verdict }

/** A new round of attempts remembers only the red patch, whose green part may still be wanted. */
const roundBegun = (job: Job): Pick<Job, 'attempt' | 'fingerprints' | 'candidate'> => ({
  attempt: 0,
  fingerprints: [],
  candidate: job.candidate?.verdict?.green === false ? job.candidate : null,
})

/** Nothing that was built on a former spec counts for the next one. */
const unbuilt = {
  approvedRevision: null,
  characterization: null,
  attempt: 0,
  fingerprints: [],
  candidate: null,
  instruction: null,
  deepFixLimit: null,
  waiting: null,
  delivery: null,
  subset: null,
} as const

const ended = { waiting: null, instruction: null, subset: null } as const

const blank = {
  ...unbuilt,
  epoch: 0,
  factIds: [],
  reservationId: null,
  entitlements: null,
  analysis: null,
  proposals: [],
  selectedProposalId: null,
  spec: [],
  conversation: [],
  clarifying: false,
  baseline: null,
  firstDeliveredAt: null,
  acceptance: null,
  ledgerEntryId: null,
  reversal: null,
  endedBecause: null,
} as const

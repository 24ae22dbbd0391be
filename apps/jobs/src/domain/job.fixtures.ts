import type { AcceptJob, CreateJob, Intervention, JobCommand, SpecEdit } from './commands.ts'
import type { Entitlements, Tier } from './entitlements.ts'
import type { JobEvent, StoredJobEvent } from './events.ts'
import type {
  Fact,
  RecordAnalysis,
  RecordAttempt,
  RecordClarification,
  RecordRefusedAttempt,
  RecordVerdict,
} from './facts.ts'
import type { InterventionReason, JobState, ResumeState } from './job.ts'
import type {
  Delivery,
  Money,
  Order,
  PatchReference,
  Proposal,
  SpecVersion,
  TestRun,
  VerdictReference,
} from './work.ts'

// One job's story, in pieces, for the specs of this folder.

export const noon = Date.UTC(2026, 0, 15, 12)
export const user = 'user-1'
export const euros = (amount: number): Money => ({ micros: amount * 1_000_000, currency: 'EUR' })

const byUser = { at: noon, cause: { by: user } }
const byFact = (factId: string) => ({ at: noon, cause: { factId } })

const order: Order = {
  goal: 'modernize',
  include: [],
  target: null,
  recipes: [],
  skip: [],
  testCommand: null,
  evidence: 'PROVEN',
}

const proposal = (id: string): Proposal => ({
  id,
  title: `strategy ${id}`,
  risk: 'LOW',
  files: 2,
  expectedEdits: 12,
  seconds: { min: 20, max: 40 },
  cost: { min: euros(0), max: euros(0) },
  details: 'details-1',
})

export const proposals: [Proposal, ...Proposal[]] = [proposal('p-1'), proposal('p-2')]

export const testRun = (failing: readonly string[] = []): TestRun => ({
  passed: 153,
  failed: failing.length,
  skipped: 0,
  failing,
  report: 'report-1',
})

export const characterization = { sessions: 40, notCovered: 2, report: 'sessions-1' }
export const patch: PatchReference = { artifact: 'patch-1', edits: ['e-1', 'e-2', 'e-3'], dropped: [] }
export const green = { green: true, artifact: 'verdict-1' }
export const red = { green: false, hasGreenPart: true, artifact: 'verdict-1' }
export const draft: SpecVersion = { revision: 1, token: 'token-1', content: 'spec-1', at: noon }
export const delivery: Delivery = { patch, verdict: green, bundle: 'bundle-1', treeHash: 'tree-1', at: noon }

const routes = { FREE: ['L1'], PLUS: ['L1', 'L2'], PRO: ['L1', 'L2'], MAX: ['L1', 'L2', 'L3'] } as const

export const entitlements = (tier: Tier): Entitlements => ({
  tier,
  routes: tier === 'ENTERPRISE' ? routes.MAX : routes[tier],
  contextTokens: 200_000,
})

// Events, with the past in which nothing unusual happened as their default.

export const created = (how: Partial<CreateJob> = {}): StoredJobEvent => ({
  type: 'JobCreated',
  ...byUser,
  jobId: 'job-1',
  tenantId: 'tenant-1',
  userId: user,
  order,
  snapshot: 'snapshot-1',
  attached: how.attached ?? true,
  autoSelect: how.autoSelect ?? false,
})
/** A job that judges a patch from elsewhere. */
export const checkOrder: Order = { ...order, goal: 'check', check: 'patch-1' }
export const checkCreated: StoredJobEvent = { ...created({ attached: false }), order: checkOrder } as StoredJobEvent
export const started: StoredJobEvent = { type: 'JobStarted', ...byUser }
export const reserved = (tier: Tier = 'MAX'): StoredJobEvent => ({
  type: 'QuotaReserved',
  ...byFact('reservation'),
  reservationId: 'reservation-1',
  entitlements: entitlements(tier),
})
export const offered: StoredJobEvent = {
  type: 'ProposalsOffered',
  ...byFact('analysis'),
  analysis: 'analysis-1',
  proposals,
  baseline: testRun(),
}
export const analyzed: StoredJobEvent = {
  type: 'CodeAnalyzed',
  ...byFact('analysis'),
  analysis: 'analysis-1',
  baseline: testRun(),
}
export const selected: StoredJobEvent = { type: 'ProposalSelected', ...byUser, proposalId: 'p-1' }
export const drafted: StoredJobEvent = { type: 'SpecDrafted', ...byFact('spec'), version: draft }
export const revised = (revision: number, epoch: number): StoredJobEvent => ({
  type: 'SpecRevised',
  ...byUser,
  version: { revision, token: `token-${revision}`, content: `spec-${revision}`, at: noon },
  epoch,
})
export const approved: StoredJobEvent = { type: 'SpecApproved', ...byUser, revision: 1 }
export const pinned: StoredJobEvent = { type: 'BehaviourPinned', ...byFact('tests'), characterization }
export const confirmed: StoredJobEvent = { type: 'BaselineConfirmed', ...byFact('baseline'), baseline: testRun() }
export const tried = (attempt: number, how: Partial<RecordAttempt> = {}): StoredJobEvent => ({
  type: 'AttemptMade',
  ...byFact(`attempt-${attempt}`),
  attempt,
  source: how.source ?? 'ROUTE',
  route: how.route === undefined ? (attempt > 3 ? 'L2' : 'L1') : how.route,
  patch: how.patch ?? patch,
})
export const passed: StoredJobEvent = { type: 'AttemptPassed', ...byFact('verdict'), verdict: green }
export const failed = (fingerprint: string): StoredJobEvent => ({
  type: 'AttemptFailed',
  ...byFact(`verdict-${fingerprint}`),
  verdict: red,
  fingerprint,
})
export const repairing = (attempt: number): StoredJobEvent => ({
  type: 'RepairOrdered',
  ...byFact(`verdict-${attempt}`),
  attempt,
})
/** Attempts that all came out red, each with its fingerprint, and the repair that follows. */
export const failures = (...fingerprints: readonly string[]): StoredJobEvent[] =>
  fingerprints.flatMap((fingerprint, attempt) => [tried(attempt), failed(fingerprint), repairing(attempt + 1)])
export const waiting = (
  reason: InterventionReason,
  resumeState: ResumeState,
  report: string | null = null,
): StoredJobEvent => ({
  type: 'InterventionNeeded',
  ...byFact(`waiting-${reason}`),
  reason,
  resumeState,
  evidence: report,
  failing: [],
})
export const deepFixConfirmed: StoredJobEvent = { type: 'DeepFixConfirmed', ...byUser, epoch: 1, limit: euros(5) }
export const delivered: StoredJobEvent = { type: 'PatchDelivered', ...byFact('delivery'), delivery }
export const subsetAsked: StoredJobEvent = {
  type: 'SubsetAsked',
  ...byUser,
  selection: { only: ['e-1'] },
  epoch: 1,
}
export const acceptanceAsked = { type: 'AcceptanceAsked', ...byUser, treeHash: 'tree-1' } as const
export const accepted: StoredJobEvent = { type: 'JobAccepted', ...byFact('accepted'), ledgerEntryId: 'entry-1' }
export const revertAsked: StoredJobEvent = { type: 'RevertAsked', ...byUser, treeHash: 'tree-0' }
export const reverted: StoredJobEvent = { type: 'JobReverted', ...byFact('reverted') }
export const stopped: StoredJobEvent = { type: 'JobCancelled', ...byUser, reason: 'CANCELLED_BY_USER', epoch: 1 }
export const broken: StoredJobEvent = { type: 'JobFailed', ...byFact('failure'), code: 'WORKSPACE_LOST' }

// Histories, each ending in the state that it is named after.

const pending = [created()]
const reserving = [...pending, started]
const analyzing = [...reserving, reserved()]
const waitingStrategy = [...analyzing, offered]
export const drafting: readonly JobEvent[] = [...waitingStrategy, selected]
const waitingSpecApproval = [...drafting, drafted]
const generatingTests = [...waitingSpecApproval, approved]
const baselineValidation = [...generatingTests, pinned]
const refactoring = [...baselineValidation, confirmed]
const selfHealing = [...refactoring, ...failures('f-0')]
const waitingIntervention = [...selfHealing, tried(1), failed('f-1'), waiting('ATTEMPTS_EXHAUSTED', 'SELF_HEALING')]
const deliveredHistory = [...refactoring, tried(0), passed, delivered]
const checking = [checkCreated, started, reserved(), analyzed, pinned, confirmed]
export const checkTried = tried(0, { source: 'OWN_EDITS', route: null })
export const checked = (verdict: VerdictReference): StoredJobEvent => ({
  type: 'PatchChecked',
  ...byFact('verdict'),
  verdict,
  failing: [],
})
const acceptedHistory = [...deliveredHistory, acceptanceAsked, accepted]

export const historyOf: Readonly<Record<JobState | 'NONE', readonly JobEvent[]>> = {
  NONE: [],
  PENDING: pending,
  QUOTA_RESERVING: reserving,
  ANALYZING: analyzing,
  WAITING_STRATEGY: waitingStrategy,
  WAITING_SPEC_APPROVAL: waitingSpecApproval,
  GENERATING_TESTS: generatingTests,
  BASELINE_VALIDATION: baselineValidation,
  REFACTORING: refactoring,
  SELF_HEALING: selfHealing,
  WAITING_INTERVENTION: waitingIntervention,
  DEEP_FIX: [...waitingIntervention, deepFixConfirmed],
  DELIVERED: deliveredHistory,
  ACCEPTED: acceptedHistory,
  REVERTED: [...acceptedHistory, revertAsked, reverted],
  CHECKING: checking,
  CHECKED: [...checking, checkTried, checked(green)],
  CANCELLED: [...analyzing, stopped],
  FAILED: [...analyzing, broken],
}

/** The same job on another tier, up to its refactoring. */
export const refactoringOn = (tier: Tier): readonly JobEvent[] => [
  ...reserving,
  reserved(tier),
  offered,
  selected,
  drafted,
  approved,
  pinned,
  confirmed,
]

// Commands. Facts are new, and from the first epoch, unless said otherwise.

const asked = { at: noon, by: user }
const found = { at: noon, factId: 'fact-1', epoch: 0 }
type Seen = Partial<typeof found>

export const create = (): JobCommand => ({
  type: 'CreateJob',
  ...asked,
  jobId: 'job-1',
  tenantId: 'tenant-1',
  order,
  snapshot: 'snapshot-1',
  attached: true,
  autoSelect: false,
})
export const start = (): JobCommand => ({ type: 'StartJob', ...asked })
export const select = (proposalId = 'p-1'): JobCommand => ({ type: 'SelectProposal', ...asked, proposalId })
export const edit = (token = 'token-1'): SpecEdit => ({ token, nextToken: 'token-2', content: 'spec-2' })
export const updateSpec = (token = 'token-1'): JobCommand => ({ type: 'UpdateSpec', ...asked, ...edit(token) })
export const approve = (token = 'token-1'): JobCommand => ({ type: 'ApproveSpec', ...asked, token })
export const askClarifier = (turn = 'turn-1'): JobCommand => ({ type: 'AskClarifier', ...asked, turn })
export const intervene = (intervention: Intervention = { kind: 'RETRY', hint: null }): JobCommand => ({
  type: 'Intervene',
  ...asked,
  intervention,
})
export const heartbeat = (at = noon): JobCommand => ({ type: 'Heartbeat', at, by: user })
export const accept = (how: Partial<AcceptJob> = { treeHash: 'tree-1' }): JobCommand => ({
  type: 'AcceptJob',
  ...asked,
  treeHash: how.treeHash ?? null,
  selection: how.selection ?? null,
})
export const reject = (): JobCommand => ({ type: 'RejectJob', ...asked })
export const cancel = (): JobCommand => ({ type: 'CancelJob', ...asked })
export const kill = (): JobCommand => ({ type: 'KillJob', at: noon, by: 'operator-1' })
export const revert = (treeHash: string | null = 'tree-0'): JobCommand => ({ type: 'RevertJob', ...asked, treeHash })

export const recordReservation = (tier: Tier | null = 'MAX', seen: Seen = {}): Fact => ({
  type: 'RecordReservation',
  ...found,
  ...seen,
  outcome:
    tier === null
      ? { kind: 'EXHAUSTED' }
      : { kind: 'RESERVED', reservationId: 'reservation-1', entitlements: entitlements(tier) },
})
export const recordAnalysis = (
  outcome: RecordAnalysis['outcome'] = { kind: 'PROPOSALS', analysis: 'analysis-1', proposals, baseline: testRun() },
  seen: Seen = {},
): Fact => ({ type: 'RecordAnalysis', ...found, ...seen, outcome })
export const recordSpec = (seen: Seen = {}): Fact => ({
  type: 'RecordSpec',
  ...found,
  ...seen,
  draft: { token: 'token-1', content: 'spec-1' },
})
export const recordClarification = (how: Partial<RecordClarification> = {}): Fact => ({
  type: 'RecordClarification',
  ...found,
  turn: 'turn-2',
  draft: null,
  ...how,
})
export const recordTests = (seen: Seen = {}): Fact => ({ type: 'RecordTests', ...found, ...seen, characterization })
export const recordBaseline = (failing: readonly string[] = [], seen: Seen = {}): Fact => ({
  type: 'RecordBaseline',
  ...found,
  ...seen,
  green: failing.length === 0,
  baseline: testRun(failing),
})
export const recordAttempt = (attempt = 0, how: Partial<RecordAttempt> = {}): Fact => ({
  type: 'RecordAttempt',
  ...found,
  attempt,
  source: 'ROUTE',
  route: 'L1',
  patch,
  ...how,
})
export const recordRefusedAttempt = (attempt = 0, how: Partial<RecordRefusedAttempt> = {}): Fact => ({
  type: 'RecordRefusedAttempt',
  ...found,
  attempt,
  route: 'L1',
  code: 'MALFORMED_OUTPUT',
  ...how,
})
export const recordGreen = (how: Partial<RecordVerdict> = {}): Fact => ({
  type: 'RecordVerdict',
  ...found,
  patch: 'patch-1',
  verdict: 'verdict-1',
  outcome: { kind: 'GREEN' },
  ...how,
})
export const recordRed = (fingerprint: string, how: Partial<RecordVerdict> = {}): Fact =>
  recordGreen({ outcome: { kind: 'RED', fingerprint, failing: ['test a'], hasGreenPart: true }, ...how })
export const recordDelivery = (seen: Seen = {}): Fact => ({
  type: 'RecordDelivery',
  ...found,
  ...seen,
  bundle: 'bundle-1',
  treeHash: 'tree-1',
})
export const recordAccepted = (seen: Seen = {}): Fact => ({
  type: 'RecordAccepted',
  ...found,
  ...seen,
  ledgerEntryId: 'entry-1',
})
export const recordReverted = (seen: Seen = {}): Fact => ({ type: 'RecordReverted', ...found, ...seen })
export const recordFailure = (code = 'WORKSPACE_LOST', seen: Seen = {}): Fact => ({
  type: 'RecordFailure',
  ...found,
  ...seen,
  code,
})
export const recordHeartbeatLost = (seen: Seen & { graceMs?: number } = {}): Fact => ({
  type: 'RecordHeartbeatLost',
  ...found,
  at: noon + 300_000,
  graceMs: 300_000,
  ...seen,
})
export const recordBudgetReached = (seen: Seen = {}): Fact => ({ type: 'RecordBudgetReached', ...found, ...seen })
export const recordProviderUnavailable = (seen: Seen = {}): Fact => ({
  type: 'RecordProviderUnavailable',
  ...found,
  ...seen,
})

/** The stamps that commands of this file leave on their events. */
export const stamps = { byUser, byFact: byFact('fact-1') }

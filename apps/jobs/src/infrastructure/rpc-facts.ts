import type { AttemptSummary, BaselineSummary, Proposal as WireProposal } from '@iama/contracts/iama/jobs/v1/job'
import {
  PatchSource as WireSource,
  type RecordAnalysisRequest,
  type RecordAttemptRequest,
  type RecordBaselineRequest,
  type RecordFailureRequest,
  type RecordRefusedAttemptRequest,
  type RecordReservationRequest,
  type RecordVerdictRequest,
} from '@iama/contracts/iama/jobs/v1/lifecycle'
import type { Route, Tier } from '../domain/entitlements.ts'
import type { PatchSource, Proposal, TestRun } from '../domain/work.ts'
import type { BareFact } from './rpc-lifecycle.ts'
import { RequestCheck } from './rpc-requests.ts'

const tiers: readonly string[] = ['FREE', 'PLUS', 'PRO', 'MAX', 'ENTERPRISE']
const routes: readonly string[] = ['L1', 'L2', 'L3']

const toTier = (tier: string): Tier => {
  const known = tier.toUpperCase()
  if (!tiers.includes(known)) refuse('tier', `${tier} is not a tier`, 'send free, plus, pro, max or enterprise')
  return known as Tier
}

const toRoute = (route: string): Route => {
  if (!routes.includes(route)) refuse('route', `${route} is not a route`, 'send L1, L2 or L3')
  return route as Route
}

const refuse = (field: string, reason: string, fix: string): void => {
  const check = new RequestCheck()
  check.refuse(field, reason, fix)
  check.done()
}

export const toReservation = (request: RecordReservationRequest): BareFact =>
  request.granted
    ? {
        type: 'RecordReservation',
        outcome: {
          kind: 'RESERVED',
          reservationId: request.reservationId,
          entitlements: {
            tier: toTier(request.tier),
            routes: request.routes.map(toRoute),
            contextTokens: Number(request.contextTokens),
          },
        },
      }
    : { type: 'RecordReservation', outcome: { kind: 'EXHAUSTED' } }

export const toAnalysis = (request: RecordAnalysisRequest): BareFact => {
  const baseline = toTestRun(request.baseline, request.analysisArtifact)
  if (baseline.failed > 0) return { type: 'RecordAnalysis', outcome: { kind: 'BASELINE_RED', baseline } }
  if (request.check)
    return { type: 'RecordAnalysis', outcome: { kind: 'ANALYZED', analysis: request.analysisArtifact, baseline } }
  const [first, ...others] = request.proposals.map((proposal) => toProposal(proposal, request.analysisArtifact))
  if (!first) return { type: 'RecordAnalysis', outcome: { kind: 'NOTHING_TO_DO' } }
  const analysis = request.analysisArtifact
  return { type: 'RecordAnalysis', outcome: { kind: 'PROPOSALS', analysis, proposals: [first, ...others], baseline } }
}

const toProposal = (proposal: WireProposal, details: string): Proposal => {
  const cost = { micros: Number(proposal.estimatedCostMicros), currency: proposal.currency || 'USD' }
  const risk = proposal.risk.toUpperCase()
  if (!['LOW', 'MEDIUM', 'HIGH'].includes(risk)) refuse('proposals.risk', 'is unknown', 'send low, medium or high')
  return {
    id: proposal.id,
    title: proposal.title,
    risk: risk as Proposal['risk'],
    files: proposal.files.length,
    expectedEdits: proposal.expectedEdits,
    seconds: { min: proposal.estimatedSeconds, max: proposal.estimatedSeconds },
    cost: { min: cost, max: cost },
    details,
  }
}

const toTestRun = (summary: BaselineSummary | undefined, report: string): TestRun => ({
  passed: summary?.passed ?? 0,
  failed: summary?.failed ?? 0,
  skipped: summary?.skipped ?? 0,
  failing: (summary?.failures ?? []).map((failure) => failure.testId),
  report,
})

export const toBaseline = (request: RecordBaselineRequest): BareFact => {
  const baseline = toTestRun(request.baseline, request.baselineArtifact)
  return { type: 'RecordBaseline', green: baseline.failed === 0, baseline }
}

const sources: Record<WireSource, PatchSource> = {
  [WireSource.UNSPECIFIED]: 'ROUTE',
  [WireSource.ROUTE]: 'ROUTE',
  [WireSource.GREEN_PART]: 'GREEN_PART',
  [WireSource.OWN_EDITS]: 'OWN_EDITS',
  [WireSource.SUBSET]: 'SUBSET',
}

export const toAttempt = (request: RecordAttemptRequest): BareFact => ({
  type: 'RecordAttempt',
  attempt: request.number,
  source: sources[request.source],
  route: request.route === '' ? null : toRoute(request.route),
  patch: {
    artifact: request.patchArtifact,
    edits: request.editIds,
    dropped: request.dropped.map((dropped) => dropped.editId),
  },
})

export const toRefusedAttempt = ({ number, route, code }: RecordRefusedAttemptRequest): BareFact => {
  if (!refusals.includes(code)) refuse('code', `${code} is unknown`, `send one of ${refusals.join(', ')}`)
  return { type: 'RecordRefusedAttempt', attempt: number, route: toRoute(route), code }
}

const refusals: readonly string[] = ['MALFORMED_OUTPUT', 'NO_OPERATION', 'SAME_PATCH', 'UNDOES_LAST']

export const toVerdict = (request: RecordVerdictRequest): BareFact => ({
  type: 'RecordVerdict',
  patch: request.patchArtifact,
  verdict: request.verdictArtifact,
  outcome: request.attempt?.green
    ? { kind: 'GREEN' }
    : {
        kind: 'RED',
        fingerprint: request.attempt?.fingerprint ?? '',
        failing: (request.attempt?.failures ?? []).map((failure) => failure.testId),
        hasGreenPart: hasGreenPart(request.attempt),
      },
})

/** The edits outside of the green part are named as dropped: when all of them are, there is no such part. */
const hasGreenPart = (attempt: AttemptSummary | undefined): boolean =>
  attempt !== undefined && attempt.dropped.length > 0 && attempt.dropped.length < attempt.edits

export const toFailure = (request: RecordFailureRequest, heartbeatGraceMs: number): BareFact => {
  switch (request.code) {
    case 'HEARTBEAT_LOST':
      return { type: 'RecordHeartbeatLost', graceMs: heartbeatGraceMs }
    case 'BUDGET_REACHED':
      return { type: 'RecordBudgetReached' }
    case 'PROVIDER_UNAVAILABLE':
      return { type: 'RecordProviderUnavailable' }
    default:
      return { type: 'RecordFailure', code: request.code }
  }
}

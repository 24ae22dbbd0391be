import {
  create,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  toJson,
  type DescMessage,
  type MessageShape,
} from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import {
  AnalysisSummarySchema,
  AttemptSummarySchema,
  CheckSchema,
  DeliverySummarySchema,
  JobOptionsSchema,
  JobSchema,
  JobState as WireState,
  ProposalSchema,
  TestFailureSchema,
  TestsSummarySchema,
  type Check,
  type Job as WireJob,
} from '@iama/contracts/iama/jobs/v1/job'
import type { Documents, Json, StoredJob } from '../application/ports.ts'
import { hasGreenPart } from '../domain/intervention.ts'
import { currentSpec, type JobState } from '../domain/job.ts'

/** A protobuf message as a document of the job. */
export const toDocument = <Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc> | undefined): Json =>
  message ? (toJson(schema, message) as Json) : null

/** A document of the job as the protobuf message that it was. */
export const fromDocument = <Desc extends DescMessage>(schema: Desc, document: Json | undefined): MessageShape<Desc> =>
  fromJson(schema, (document ?? {}) as JsonValue, { ignoreUnknownFields: true })

export const listFrom = <Desc extends DescMessage>(schema: Desc, document: Json | undefined): MessageShape<Desc>[] =>
  Array.isArray(document) ? document.map((item: Json) => fromDocument(schema, item)) : []

const textFrom = (documents: Documents, kind: string): string => {
  const document = documents[kind]
  return typeof document === 'string' ? document : ''
}

export const toWireState = (state: JobState | 'NONE'): WireState =>
  state === 'NONE' ? WireState.UNSPECIFIED : WireState[state]

/** A job as its tenant sees it. */
export const toWireJob = (stored: StoredJob): WireJob => {
  const { job, documents } = stored
  return create(JobSchema, {
    id: job.id,
    tenantId: job.tenantId,
    createdBy: job.userId,
    state: toWireState(job.state),
    epoch: BigInt(job.epoch),
    sequence: BigInt(stored.logSequence),
    snapshotId: stored.snapshotId,
    name: stored.name,
    options: fromDocument(JobOptionsSchema, documents['options']),
    tier: job.entitlements?.tier.toLowerCase() ?? '',
    routes: [...(job.entitlements?.routes ?? [])],
    proposals: listFrom(ProposalSchema, documents['proposals']),
    selectedProposalId: job.selectedProposalId ?? '',
    resumeState: toWireState(job.waiting?.resumeState ?? 'NONE'),
    waitingReason: job.waiting?.reason ?? '',
    failureCode: job.endedBecause ?? '',
    failureMessage: textFrom(documents, 'failureMessage'),
    attempts: attemptsMade(stored),
    failures: listFrom(TestFailureSchema, documents['failures']),
    settling: isSettling(stored),
    verifyingSubset: job.subset !== null,
    createdAt: timestampFromDate(stored.createdAt),
    updatedAt: timestampFromDate(stored.updatedAt),
    approvedRevision: approvedToken(stored),
    hasGreenPart: job.state === 'WAITING_INTERVENTION' && hasGreenPart(job),
    specVersion: currentSpec(job)?.revision ?? 0,
    patchArtifact: job.candidate?.patch.artifact ?? job.delivery?.patch.artifact ?? '',
    sessionsArtifact: job.characterization?.report ?? '',
    baselineArtifact: textFrom(documents, 'baselineArtifact'),
    analysisArtifact: textFrom(documents, 'analysisArtifact'),
    acceptedTreeHash: job.acceptance?.treeHash ?? '',
    ...optional(documents),
    ...(job.order.check === undefined ? {} : { check: checkOf(job.order.check, stored) }),
  })
}

const optional = (documents: Documents): MessageInitShape<typeof JobSchema> => ({
  ...(documents['analysis'] ? { analysis: fromDocument(AnalysisSummarySchema, documents['analysis']) } : {}),
  ...(documents['delivery'] ? { delivery: fromDocument(DeliverySummarySchema, documents['delivery']) } : {}),
})

const checkOf = (patchArtifact: string, { job, documents }: StoredJob): Check =>
  create(CheckSchema, {
    patchArtifact,
    ...(job.candidate?.verdict ? { result: fromDocument(AttemptSummarySchema, documents['attempt']) } : {}),
    ...(documents['tests'] ? { tests: fromDocument(TestsSummarySchema, documents['tests']) } : {}),
  })

/** Attempts that have a verdict: the red ones of this round, and the green one or that of a check. */
const attemptsMade = ({ job }: StoredJob): number =>
  job.fingerprints.length +
  (job.state === 'CHECKED' || job.delivery !== null || job.candidate?.verdict?.green === true ? 1 : 0)

const isSettling = ({ job }: StoredJob): boolean =>
  job.acceptance?.recordedAt === null || job.reversal?.recordedAt === null

const approvedToken = ({ job }: StoredJob): string => {
  const spec = currentSpec(job)
  return spec && spec.revision === job.approvedRevision ? spec.token : ''
}

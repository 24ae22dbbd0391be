import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import {
  AnalysisSummarySchema,
  AttemptSummarySchema,
  BaselineSummarySchema,
  DeliverySummarySchema,
  ProposalSchema,
  SpecSchema,
  TestsSummarySchema,
} from '@iama/contracts/iama/jobs/v1/job'
import { WatchJobResponseSchema, type WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'
import type { Documents, LogEntry } from '../application/ports.ts'
import type { StoredJobEvent } from '../domain/events.ts'
import { fromDocument, listFrom, toWireState } from './rpc-job.ts'

type Body = NonNullable<MessageInitShape<typeof WatchJobResponseSchema>['body']>

/** One entry of a job's log as clients read it; undefined is a sign of life. */
export const toWireEntry = (entry: LogEntry | undefined): WatchJobResponse =>
  entry
    ? create(WatchJobResponseSchema, {
        sequence: BigInt(entry.sequence),
        at: timestampFromDate(entry.at),
        state: toWireState(entry.to),
        body: bodyOf(entry),
      })
    : create(WatchJobResponseSchema)

const bodyOf = (entry: LogEntry): Body => {
  if (entry.body.kind === 'event') return eventBody(entry, entry.body.event, entry.body.documents)
  const { step, phase, text, milliseconds } = entry.body.progress
  return { case: 'progress', value: { step, phase, text, milliseconds: BigInt(milliseconds) } }
}

const eventBody = (entry: LogEntry, event: StoredJobEvent, documents: Documents): Body => {
  switch (event.type) {
    case 'ProposalsOffered': {
      const analysis = fromDocument(AnalysisSummarySchema, documents['analysis'])
      return { case: 'analyzed', value: { analysis, proposals: listFrom(ProposalSchema, documents['proposals']) } }
    }
    case 'CodeAnalyzed':
      return { case: 'analyzed', value: { analysis: fromDocument(AnalysisSummarySchema, documents['analysis']) } }
    case 'ProposalSelected':
      return { case: 'proposalSelected', value: { proposalId: event.proposalId } }
    case 'ClarificationGiven':
      return event.version ? specRevised(documents) : transitioned(entry, event, documents)
    case 'SpecDrafted':
    case 'SpecRevised':
      return specRevised(documents)
    case 'BehaviourPinned':
      return { case: 'testsGenerated', value: { tests: fromDocument(TestsSummarySchema, documents['tests']) } }
    case 'BaselineConfirmed':
      return {
        case: 'baselineChecked',
        value: { baseline: fromDocument(BaselineSummarySchema, documents['baseline']) },
      }
    case 'SubsetRefused':
      // without a verdict it was never tried, and the reason says why
      return event.verdict ? attempted(documents) : transitioned(entry, event, documents)
    case 'AttemptPassed':
    case 'AttemptFailed':
    case 'AttemptRefused':
    case 'PatchChecked':
      return attempted(documents)
    case 'PatchDelivered':
      return { case: 'delivered', value: { delivery: fromDocument(DeliverySummarySchema, documents['delivery']) } }
    default:
      return transitioned(entry, event, documents)
  }
}

const specRevised = (documents: Documents): Body => ({
  case: 'specRevised',
  value: { spec: fromDocument(SpecSchema, documents['spec']) },
})

const attempted = (documents: Documents): Body => ({
  case: 'attempted',
  value: { attempt: fromDocument(AttemptSummarySchema, documents['attempt']) },
})

const transitioned = (entry: LogEntry, event: StoredJobEvent, documents: Documents): Body => {
  const message = documents['failureMessage']
  return {
    case: 'transitioned',
    value: {
      from: toWireState(entry.from),
      to: toWireState(entry.to),
      reason: reasonOf(event),
      message: typeof message === 'string' ? message : '',
    },
  }
}

const reasonOf = (event: StoredJobEvent): string => {
  if ('reason' in event) return event.reason
  return 'code' in event ? event.code : ''
}

import { create } from '@bufbuild/protobuf'
import {
  AnalysisSummarySchema,
  AttemptSummarySchema,
  BaselineSummarySchema,
  ClarifyTurnSchema,
  DeliverySummarySchema,
  ProposalSchema,
  TestFailureSchema,
  TestsSummarySchema,
  type ClarifyQuestion,
} from '@iama/contracts/iama/jobs/v1/job'
import { LifecycleService, type FactHeader } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { InvalidRequest } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { tenantOf } from '@iama/security'
import type { JobsApplication } from '../application/jobs-application.ts'
import type { Documents } from '../application/ports.ts'
import type { FactReport } from '../application/record-fact.ts'
import { storeSpec } from '../application/update-spec.ts'
import {
  toAnalysis,
  toAttempt,
  toBaseline,
  toFailure,
  toRefusedAttempt,
  toReservation,
  toVerdict,
} from './rpc-facts.ts'
import { toDocument, toWireJob } from './rpc-job.ts'
import { toOrders } from './rpc-orders.ts'
import { RequestCheck } from './rpc-requests.ts'

/** Characters of why an attempt was refused: it becomes part of the next call to a model. */
const MOST_MESSAGE = 4_000

type Stamp = 'epoch' | 'factId'
type Unstamped<Report> = Report extends unknown ? Omit<Report, Stamp> : never

/** A fact before its header is added. */
export type BareFact = Unstamped<FactReport>

export const lifecycleService = (app: JobsApplication): ServiceImplementation => {
  const record = async (
    context: CallContext,
    header: FactHeader | undefined,
    fact: BareFact,
    documents: Documents = {},
  ) => {
    const { tenantId, jobId, epoch, factId } = checked(context, header)
    const stamped = { ...fact, epoch, factId } as FactReport
    return { job: toWireJob(await app.recordFact.execute({ tenantId, jobId, fact: stamped, documents })) }
  }

  return implement(LifecycleService, {
    readJob: async (request, context) => {
      const tenantId = tenantOf(context.principal, request.tenantId)
      new RequestCheck().uuid('job_id', request.jobId).done()
      const stored = await app.readJob.execute(tenantId, request.jobId)
      return {
        job: toWireJob(stored),
        manifestArtifact: stored.job.snapshot,
        heartbeatGraceMs: BigInt(app.heartbeatGraceMs),
        ...(await toOrders(app, tenantId, stored)),
      }
    },

    recordReservation: (request, context) =>
      record(context, request.header, toReservation(request), { failureMessage: request.refusal }),

    recordAnalysis: (request, context) =>
      record(context, request.header, toAnalysis(request), {
        analysis: toDocument(AnalysisSummarySchema, request.analysis),
        proposals: request.proposals.map((proposal) => toDocument(ProposalSchema, proposal)),
        analysisArtifact: request.analysisArtifact,
        failures: (request.baseline?.failures ?? []).map((failure) => toDocument(TestFailureSchema, failure)),
        failureMessage: request.nothingToDo,
      }),

    recordSpec: async (request, context) => {
      const { tenantId } = checked(context, request.header)
      const text = { bdd: request.bdd, sdd: request.sdd }
      const content = await storeSpec(app.artifacts, tenantId, text)
      const token = app.ids.next()
      const spec = { version: 1, revisionToken: token, ...text }
      return await record(context, request.header, { type: 'RecordSpec', draft: { token, content } }, { spec })
    },

    recordClarification: async (request, context) => {
      const { tenantId, jobId } = checked(context, request.header)
      const said = request.turn ?? create(ClarifyTurnSchema)
      const { turn, draft, documents } = await app.clarify.answer(tenantId, jobId, {
        turn: { role: 'assistant', text: said.text, questions: said.questions.map(toQuestion) },
        text: { bdd: request.bdd, sdd: request.sdd },
      })
      return await record(context, request.header, { type: 'RecordClarification', turn, draft }, documents)
    },

    recordTests: (request, context) =>
      record(
        context,
        request.header,
        {
          type: 'RecordTests',
          characterization: {
            sessions: request.tests?.sessions ?? 0,
            notCovered: request.tests?.notCovered.length ?? 0,
            report: request.sessionsArtifact,
          },
        },
        {
          tests: toDocument(TestsSummarySchema, request.tests),
          sessionsArtifact: request.sessionsArtifact,
          testsArtifact: request.testsArtifact,
        },
      ),

    recordBaseline: (request, context) =>
      record(context, request.header, toBaseline(request), {
        baseline: toDocument(BaselineSummarySchema, request.baseline),
        baselineArtifact: request.baselineArtifact,
        failures: (request.baseline?.failures ?? []).map((failure) => toDocument(TestFailureSchema, failure)),
      }),

    recordAttempt: (request, context) =>
      record(
        context,
        request.header,
        toAttempt(request),
        request.briefingArtifact === '' ? {} : { briefingArtifact: request.briefingArtifact },
      ),

    recordRefusedAttempt: (request, context) => {
      const { number, code: refusal, message } = request
      const attempt = create(AttemptSummarySchema, { number, refusal, refusalMessage: message.slice(0, MOST_MESSAGE) })
      return record(context, request.header, toRefusedAttempt(request), {
        attempt: toDocument(AttemptSummarySchema, attempt),
      })
    },

    recordVerdict: (request, context) =>
      record(context, request.header, toVerdict(request), {
        attempt: toDocument(AttemptSummarySchema, request.attempt),
        failures: (request.attempt?.failures ?? []).map((failure) => toDocument(TestFailureSchema, failure)),
      }),

    recordDelivery: (request, context) =>
      record(
        context,
        request.header,
        {
          type: 'RecordDelivery',
          bundle: request.delivery?.patchArtifact ?? '',
          treeHash: request.delivery?.treeHash ?? '',
        },
        {
          delivery: toDocument(DeliverySummarySchema, request.delivery),
          diffArtifact: request.delivery?.diffArtifact ?? '',
        },
      ),

    recordAccepted: (request, context) =>
      record(context, request.header, { type: 'RecordAccepted', ledgerEntryId: request.ledgerEntryId }),

    recordReverted: (request, context) => record(context, request.header, { type: 'RecordReverted' }),

    recordFailure: (request, context) =>
      record(context, request.header, toFailure(request, app.heartbeatGraceMs), { failureMessage: request.message }),

    appendLog: async (request, context) => {
      const tenantId = tenantOf(context.principal, request.tenantId)
      const check = new RequestCheck().uuid('job_id', request.jobId).filled('batch_id', request.batchId, 200)
      check.atMost('entries', request.entries, 200).done()
      const entries = request.entries.map(({ step, phase, text, milliseconds }) => ({
        step,
        phase,
        text,
        milliseconds: Number(milliseconds),
      }))
      const { jobId, batchId } = request
      return { sequence: BigInt(await app.appendProgress.execute({ tenantId, jobId, batchId, entries })) }
    },
  })
}

const toQuestion = ({ id, text, choices }: ClarifyQuestion) => ({ id, text, choices })

const checked = (context: CallContext, header: FactHeader | undefined) => {
  if (!header) {
    throw new InvalidRequest([{ field: 'header', reason: 'is missing', fix: 'say which job, in which epoch' }])
  }
  new RequestCheck().uuid('header.job_id', header.jobId).filled('header.fact_id', header.factId, 200).done()
  const tenantId = tenantOf(context.principal, header.tenantId)
  return { tenantId, jobId: header.jobId, epoch: Number(header.epoch), factId: header.factId }
}

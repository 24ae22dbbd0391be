import { create } from '@bufbuild/protobuf'
import {
  ClarifyTurnSchema,
  DroppedEditSchema,
  JobOptionsSchema,
  SpecSchema,
  type ClarifyTurn,
  type Spec,
} from '@iama/contracts/iama/jobs/v1/job'
import {
  ArtifactKind,
  InterventionAction,
  JobService,
  type AcceptJobRequest,
  type InterveneRequest,
} from '@iama/contracts/iama/jobs/v1/service'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type Permission } from '@iama/security'
import type { Turn } from '../application/clarify.ts'
import type { UserRequest } from '../application/command-job.ts'
import type { Documents } from '../application/ports.ts'
import type { SpecRead } from '../application/update-spec.ts'
import type { JobsApplication } from '../application/jobs-application.ts'
import type { ArtifactName } from '../application/read-patch.ts'
import type { EditSelection } from '../domain/job.ts'
import { fromDocument, listFrom, toDocument, toWireJob } from './rpc-job.ts'
import { toWireEntry } from './rpc-log.ts'
import { pageSizeOf, RequestCheck, toForeignPatch, toOrder } from './rpc-requests.ts'

const CHUNK = 256 * 1024
/** Characters of a hint and of half a spec: both become part of every call to a model. */
const MOST_HINT = 10_000
const MOST_SPEC = 200_000

/** Who asks, and for which tenant, once the permission is checked. */
const caller = (context: CallContext, permission: Permission): { tenantId: string; userId: string } => {
  requirePermission(context.principal, permission)
  return { tenantId: tenantOf(context.principal), userId: context.principal.userId ?? '' }
}

export const jobService = (app: JobsApplication): ServiceImplementation => {
  const command = async (
    context: CallContext,
    request: { jobId: string; requestId?: string },
    userRequest: UserRequest,
    { documents = {} }: { readonly documents?: Documents } = {},
  ) => {
    const { tenantId, userId } = caller(context, 'jobs.write')
    const requestId = request.requestId ?? ''
    const check = new RequestCheck().uuid('job_id', request.jobId)
    if (requestId !== '') check.uuid('request_id', requestId)
    check.done()
    const input = { tenantId, userId, jobId: request.jobId, requestId, request: userRequest, documents }
    return { job: toWireJob(await app.commandJob.execute(input)) }
  }

  return implement(JobService, {
    createSnapshot: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.write')
      new RequestCheck().uuid('request_id', request.requestId).done()
      const entries = request.entries.map(({ path, sha256, size, executable, linkTarget }) => ({
        path,
        sha256,
        size: Number(size),
        executable,
        linkTarget,
      }))
      return await app.createSnapshot.execute({ tenantId, requestId: request.requestId, entries })
    },

    putBlobs: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.write')
      new RequestCheck().uuid('snapshot_id', request.snapshotId).done()
      const blobs = request.blobs.map(({ sha256, content, offset, totalSize }) => ({
        sha256,
        content,
        offset: Number(offset),
        totalSize: Number(totalSize),
      }))
      return await app.putBlobs.execute({ tenantId, snapshotId: request.snapshotId, blobs })
    },

    createJob: async (request, context) => {
      const { tenantId, userId } = caller(context, 'jobs.write')
      const check = new RequestCheck().uuid('request_id', request.requestId).uuid('snapshot_id', request.snapshotId)
      check.filled('name', request.name, 200)
      const order = toOrder(request.options, check)
      const json = request.checkPatchJson
      const patch = json === '' ? undefined : toForeignPatch('check_patch_json', json, check)
      check.done()
      const stored = await app.createJob.execute({
        tenantId,
        userId,
        requestId: request.requestId,
        snapshotId: request.snapshotId,
        name: request.name,
        order: patch === undefined ? order : { ...order, check: await app.artifacts.put(tenantId, Buffer.from(patch)) },
        attached: request.options?.attached ?? false,
        autoApprove: request.options?.autoApprove ?? false,
        documents: { options: toDocument(JobOptionsSchema, request.options) },
      })
      return { job: toWireJob(stored) }
    },

    startJob: (request, context) => command(context, request, { type: 'StartJob' }),

    getJob: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.read')
      new RequestCheck().uuid('job_id', request.jobId).done()
      return { job: toWireJob(await app.readJob.execute(tenantId, request.jobId)) }
    },

    listJobs: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.read')
      if (request.pageToken !== '') new RequestCheck().uuid('page_token', request.pageToken).done()
      const { jobs, next } = await app.listJobs.execute(tenantId, pageSizeOf(request.pageSize), request.pageToken)
      return { jobs: jobs.map(toWireJob), nextPageToken: next }
    },

    async *watchJob(request, context) {
      const { tenantId } = caller(context, 'jobs.read')
      new RequestCheck().uuid('job_id', request.jobId).done()
      const entries = app.watchJob.execute(tenantId, request.jobId, Number(request.afterSequence), context.signal)
      for await (const entry of entries) yield toWireEntry(entry)
    },

    selectProposal: (request, context) =>
      command(context, request, { type: 'SelectProposal', proposalId: request.proposalId }),

    getSpec: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.read')
      new RequestCheck().uuid('job_id', request.jobId).done()
      const spec = toWireSpec(await app.readSpec.execute(tenantId, request.jobId))
      const { job } = await app.readJob.execute(tenantId, request.jobId)
      return { spec, conversation: (await app.clarify.conversation(tenantId, job)).map(toWireTurn) }
    },

    updateSpec: async (request, context) => {
      const { tenantId, userId } = caller(context, 'jobs.write')
      const check = new RequestCheck().uuid('job_id', request.jobId).uuid('revision_token', request.revisionToken)
      if (request.requestId !== '') check.uuid('request_id', request.requestId)
      if (request.bdd !== '') check.filled('bdd', request.bdd, MOST_SPEC)
      if (request.sdd !== '') check.filled('sdd', request.sdd, MOST_SPEC)
      check.done()
      const { jobId, requestId, revisionToken: token, bdd, sdd } = request
      return {
        spec: toWireSpec(
          await app.updateSpec.execute({ tenantId, jobId, userId, requestId, token, text: { bdd, sdd } }),
        ),
      }
    },

    approveSpec: (request, context) => command(context, request, { type: 'ApproveSpec', token: request.revisionToken }),

    async *clarifySpec(request, context) {
      const { tenantId, userId } = caller(context, 'jobs.write')
      const check = new RequestCheck().uuid('job_id', request.jobId).filled('text', request.text, MOST_HINT)
      if (request.requestId !== '') check.uuid('request_id', request.requestId)
      check.done()
      const { jobId, requestId, text } = request
      for await (const heard of app.clarify.execute({ tenantId, jobId, userId, requestId, text }, context.signal)) {
        if (heard.kind === 'progress') yield { part: { case: 'progress', value: heard.text } }
        else yield { part: { case: 'done', value: { turn: toWireTurn(heard.turn), spec: toWireSpec(heard.spec) } } }
      }
    },

    intervene: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.write')
      const intervention = await interventionOf(app, tenantId, request)
      const documents = await newBudget(app, tenantId, request)
      return await command(context, request, { type: 'Intervene', intervention }, { documents })
    },

    heartbeat: async (request, context) => {
      await command(context, request, { type: 'Heartbeat' })
      return {}
    },

    acceptJob: (request, context) =>
      command(context, request, {
        type: 'AcceptJob',
        treeHash: request.treeHash || null,
        selection: selectionOf(request),
      }),

    revertJob: (request, context) =>
      command(context, request, { type: 'RevertJob', treeHash: request.treeHash || null }),

    cancelJob: (request, context) => command(context, request, { type: 'CancelJob' }),

    getPatch: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.read')
      new RequestCheck().uuid('job_id', request.jobId).done()
      const { dropped, ...patch } = await app.readPatch.execute(tenantId, request.jobId)
      return { ...patch, dropped: listFrom(DroppedEditSchema, dropped) }
    },

    getVerdict: async (request, context) => {
      const { tenantId } = caller(context, 'jobs.read')
      new RequestCheck().uuid('job_id', request.jobId).done()
      return { verdictJson: await app.readPatch.verdict(tenantId, request.jobId) }
    },

    async *getArtifact(request, context) {
      const { tenantId } = caller(context, 'jobs.read')
      const check = new RequestCheck().uuid('job_id', request.jobId)
      if (request.kind === ArtifactKind.UNSPECIFIED) check.refuse('kind', 'is missing', 'say which artifact')
      check.done()
      const content = await app.readPatch.artifact(tenantId, request.jobId, artifactName[request.kind])
      for (let at = 0; at < content.length; at += CHUNK) yield { chunk: content.subarray(at, at + CHUNK) }
    },
  })
}

const artifactName: Record<ArtifactKind, ArtifactName> = {
  [ArtifactKind.UNSPECIFIED]: 'analysis',
  [ArtifactKind.ANALYSIS]: 'analysis',
  [ArtifactKind.SESSIONS]: 'sessions',
  [ArtifactKind.DIFF]: 'diff',
  [ArtifactKind.TESTS]: 'tests',
  [ArtifactKind.BASELINE]: 'baseline',
  [ArtifactKind.BRIEFING]: 'briefing',
}

const selectionOf = (request: AcceptJobRequest): EditSelection | null => {
  if (request.onlyEdits.length > 0 && request.exceptEdits.length > 0) {
    const check = new RequestCheck()
    check.refuse('except_edits', 'stands beside only_edits', 'send one of them')
    check.done()
  }
  if (request.onlyEdits.length > 0) return { only: request.onlyEdits }
  return request.exceptEdits.length > 0 ? { except: request.exceptEdits } : null
}

const interventionOf = async (app: JobsApplication, tenantId: string, request: InterveneRequest) => {
  const store = async (text: string): Promise<string> => await app.artifacts.put(tenantId, Buffer.from(text))
  switch (request.action) {
    case InterventionAction.RETRY:
      if (request.hint !== '') new RequestCheck().filled('hint', request.hint, MOST_HINT).done()
      return { kind: 'RETRY', hint: request.hint === '' ? null : await store(request.hint) } as const
    case InterventionAction.TAKE_GREEN:
      return { kind: 'GREEN_PART' } as const
    case InterventionAction.OWN_EDITS: {
      const check = new RequestCheck()
      const patch = toForeignPatch('patch_json', request.patchJson, check)
      check.done()
      return { kind: 'OWN_EDITS', patch: await store(patch!) } as const
    }
    case InterventionAction.DEEP_FIX: {
      const micros = Number(request.confirmedMicros)
      return { kind: 'DEEP_FIX', confirmedLimit: micros > 0 ? { micros, currency: 'USD' } : null } as const
    }
    default: {
      const check = new RequestCheck()
      check.refuse('action', 'is missing', 'say what to do: retry, take the green part, own edits, or deep fix')
      check.done()
      throw new Error('unreachable')
    }
  }
}

/** Whoever retries may give the job more to spend. */
const newBudget = async (
  app: JobsApplication,
  tenantId: string,
  { jobId, action, budgetMicros }: InterveneRequest,
): Promise<Documents> => {
  if (budgetMicros === 0n) return {}
  const check = new RequestCheck().uuid('job_id', jobId)
  if (budgetMicros < 0n) check.refuse('budget_micros', 'is less than nothing', 'send the most that models may cost')
  if (action !== InterventionAction.RETRY) check.refuse('budget_micros', 'is for a retry', 'leave it out')
  check.done()
  const { documents } = await app.readJob.execute(tenantId, jobId)
  const options = fromDocument(JobOptionsSchema, documents['options'])
  return { options: toDocument(JobOptionsSchema, { ...options, budgetMicros }) }
}

export const toWireTurn = ({ role, text, questions }: Turn): ClarifyTurn =>
  create(ClarifyTurnSchema, {
    role,
    text,
    questions: questions.map((question) => ({ ...question, choices: [...question.choices] })),
  })

export const toWireSpec = (spec: SpecRead): Spec =>
  create(SpecSchema, {
    version: spec.version.revision,
    revisionToken: spec.version.token,
    bdd: spec.bdd,
    sdd: spec.sdd,
    approved: spec.approved,
  })

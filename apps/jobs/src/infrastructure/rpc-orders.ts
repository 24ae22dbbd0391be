import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { AttemptSummarySchema } from '@iama/contracts/iama/jobs/v1/job'
import { OrdersSchema, type Orders, type ReadJobResponseSchema } from '@iama/contracts/iama/jobs/v1/lifecycle'
import type { JobsApplication } from '../application/jobs-application.ts'
import type { StoredJob } from '../application/ports.ts'
import { dueRoute } from '../domain/attempts.ts'
import { currentSpec, type Job } from '../domain/job.ts'
import { fromDocument } from './rpc-job.ts'
import { toWireSpec, toWireTurn } from './rpc-public.ts'

/** What the workflow needs beyond the job itself. */
export const toOrders = async (
  app: JobsApplication,
  tenantId: string,
  stored: StoredJob,
): Promise<MessageInitShape<typeof ReadJobResponseSchema>> => {
  const { job } = stored
  const version = currentSpec(job)
  const { instruction } = job
  const hint = instruction?.kind === 'HINT' ? await app.artifacts.get(tenantId, instruction.hint) : undefined
  const attempt = stored.documents['attempt']
  return {
    conversation: (await app.clarify.conversation(tenantId, job)).map(toWireTurn),
    orders: {
      ...ordersOf(job),
      hint: hint ? Buffer.from(hint).toString() : '',
      ...(attempt ? { lastAttempt: fromDocument(AttemptSummarySchema, attempt) } : {}),
    },
    ...(version
      ? {
          spec: toWireSpec({
            ...(await app.readSpec.text(tenantId, version)),
            version,
            approved: job.approvedRevision === version.revision,
          }),
        }
      : {}),
    ...(job.attached ? { lastSeenAt: timestampFromMs(job.lastSeenAt) } : {}),
  }
}

const ordersOf = (job: Job): Orders => {
  const { candidate, instruction, acceptance, reversal } = job
  const red = candidate?.verdict?.green === false
  return create(OrdersSchema, {
    attempt: job.attempt,
    route: dueRoute(job),
    candidatePatch: red ? '' : (candidate?.patch.artifact ?? ''),
    candidateGreen: candidate?.verdict?.green === true,
    candidateVerdict: candidate?.verdict?.artifact ?? '',
    ownPatch: job.order.check ?? (instruction?.kind === 'OWN_EDITS' ? instruction.patch : ''),
    takeGreenPart: instruction?.kind === 'GREEN_PART',
    lastRedPatch: red ? candidate.patch.artifact : '',
    settleAcceptance: acceptance?.recordedAt === null,
    settleRevert: reversal?.recordedAt === null,
    treeHash: reversal?.treeHash ?? acceptance?.treeHash ?? '',
    confirmedMicros: job.state === 'DEEP_FIX' ? BigInt(job.deepFixLimit?.micros ?? 0) : 0n,
    clarify: job.state === 'WAITING_SPEC_APPROVAL' && job.clarifying,
    consumed: job.firstDeliveredAt !== null,
    ...(job.subset ? { subset: subsetOf(job.subset.selection) } : {}),
  })
}

const subsetOf = (selection: NonNullable<Job['subset']>['selection']) =>
  'only' in selection ? { only: [...selection.only] } : { except: [...selection.except] }

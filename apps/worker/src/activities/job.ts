import { timestampMs } from '@bufbuild/protobuf/wkt'
import { enumToJson } from '@bufbuild/protobuf'
import { JobStateSchema, type JobState, type Proposal } from '@iama/contracts/iama/jobs/v1/job'
import { PatchSource, type ReadJobResponse } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { DomainError } from '@iama/kernel'
import type { Clients } from '../clients.ts'
import type { JobRef, JobView, Task } from '../workflows/story.ts'
import { work } from './work.ts'

/** A reservation that was granted, or why it was not. */
export interface Reservation {
  readonly reservationId: string
  readonly tier: string
  readonly routes: readonly string[]
  readonly contextTokens: number
  readonly refusal: string
}

/** The header of every fact. Its id is stable over retries, so that the fact counts once. */
export const header = (task: Task, factId: string) => ({
  tenantId: task.tenantId,
  jobId: task.jobId,
  epoch: BigInt(task.epoch),
  factId,
})

/** What is cheap and internal: reading the job, its quota, its endings. */
export const jobActivities = ({ lifecycle, quota }: Clients) => ({
  readJob: (ref: JobRef): Promise<JobView> =>
    work(ref, 'readJob', 3, async () => toView(await lifecycle.readJob({ tenantId: ref.tenantId, jobId: ref.jobId }))),

  reserveQuota: (task: Task): Promise<Reservation> =>
    work(task, 'reserveQuota', 5, async () => {
      const { tenantId, jobId } = task
      try {
        const { reservationId, plan } = await quota.reserve({ tenantId, jobId }, { idempotent: true })
        return {
          reservationId,
          tier: plan?.tier ?? '',
          routes: plan?.routes ?? [],
          contextTokens: Number(plan?.contextTokens ?? 0n),
          refusal: '',
        }
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'QUOTA_EXHAUSTED') throw error
        return { reservationId: '', tier: '', routes: [], contextTokens: 0, refusal: error.message }
      }
    }),

  consumeQuota: ({ tenantId, jobId, ...ref }: Task): Promise<void> =>
    work({ tenantId, jobId, ...ref }, 'consumeQuota', 5, async () => {
      await quota.consume({ tenantId, jobId }, { idempotent: true })
    }),

  releaseQuota: ({ tenantId, jobId, ...ref }: Task): Promise<void> =>
    work({ tenantId, jobId, ...ref }, 'releaseQuota', 5, async () => {
      await quota.release({ tenantId, jobId }, { idempotent: true })
    }),

  settle: ({ tenantId, jobId, ...ref }: Task): Promise<string> =>
    work({ tenantId, jobId, ...ref }, 'settle', 5, async () => {
      const { ledgerEntryId } = await quota.settle({ tenantId, jobId }, { idempotent: true })
      return ledgerEntryId
    }),

  recordReservation: (task: Task, reservation: Reservation): Promise<void> =>
    work(task, 'recordReservation', 3, async () => {
      const { contextTokens, routes, ...rest } = reservation
      await lifecycle.recordReservation({
        header: header(task, 'reservation'),
        granted: rest.refusal === '',
        ...rest,
        routes: [...routes],
        contextTokens: BigInt(contextTokens),
      })
    }),

  recordFailure: (task: Task, factId: string, code: string, message: string): Promise<void> =>
    work(task, 'recordFailure', 3, async () => {
      await lifecycle
        .recordFailure({ header: header(task, factId), code, message })
        .catch(ignoring('STALE', 'NOT_IN_STATE', 'JOB_IS_FINAL', 'CLIENT_IS_ALIVE'))
    }),

  recordAccepted: (task: Task, ledgerEntryId: string): Promise<void> =>
    work(task, 'recordAccepted', 3, async () => {
      await lifecycle.recordAccepted({ header: header(task, 'accepted'), ledgerEntryId })
    }),

  recordReverted: (task: Task): Promise<void> =>
    work(task, 'recordReverted', 3, async () => {
      await lifecycle.recordReverted({ header: header(task, 'reverted') })
    }),
})

/** The job has moved on: there is nothing to tell it. */
const ignoring =
  (...codes: string[]) =>
  (error: unknown): undefined => {
    if (error instanceof DomainError && codes.includes(error.code)) return undefined
    throw error
  }

const stateName = (state: JobState): string => String(enumToJson(JobStateSchema, state)).replace('JOB_STATE_', '')

const toView = (read: ReadJobResponse): JobView => {
  const { job, orders, spec, lastSeenAt, heartbeatGraceMs } = read
  if (!job || !orders) throw new Error('jobs answered without a job')
  return {
    state: stateName(job.state),
    epoch: Number(job.epoch),
    attached: lastSeenAt !== undefined,
    lastSeenAt: lastSeenAt ? timestampMs(lastSeenAt) : 0,
    ...(heartbeatGraceMs > 0n && { heartbeatGraceMs: Number(heartbeatGraceMs) }),
    hasSpec: spec !== undefined,
    reserved: job.tier !== '',
    ...(job.check !== undefined && { check: true }),
    engine: job.proposals.find(({ id }) => id === job.selectedProposalId)?.engine ?? '',
    orders: {
      attempt: orders.attempt,
      route: orders.route,
      candidatePatch: orders.candidatePatch,
      candidateGreen: orders.candidateGreen,
      ownPatch: orders.ownPatch,
      takeGreenPart: orders.takeGreenPart,
      clarify: orders.clarify,
      verifySubset: orders.subset !== undefined,
      settleAcceptance: orders.settleAcceptance,
      settleRevert: orders.settleRevert,
      consumed: orders.consumed,
    },
  }
}

/** The strategy that was chosen. */
export const selectedProposal = (read: ReadJobResponse): Proposal => {
  const chosen = read.job?.proposals.find((proposal) => proposal.id === read.job?.selectedProposalId)
  if (!chosen) throw new Error('no strategy is selected')
  return chosen
}

export const sourceOf: Readonly<Record<string, PatchSource>> = {
  ROUTE: PatchSource.ROUTE,
  GREEN_PART: PatchSource.GREEN_PART,
  OWN_EDITS: PatchSource.OWN_EDITS,
  SUBSET: PatchSource.SUBSET,
}

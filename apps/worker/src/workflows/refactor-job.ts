import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  patched,
} from '@temporalio/workflow'
import { readJob, recordFailure, releaseQuota } from './activities.ts'
import {
  analyze,
  check,
  clarify,
  draft,
  pinBehaviour,
  refactor,
  reserve,
  settleAcceptance,
  validateBaseline,
  verifySubset,
} from './chapters.ts'
import { deepFix } from './deep-fix.ts'
import { Desk } from './desk.ts'
import { finalStates, type JobRef, type JobView } from './story.ts'
import { Wakes } from './wakes.ts'

const WAKES_PER_RUN = 2_000
/** Of jobs whose history says nothing about it. */
const HEARTBEAT_GRACE_MS = 300_000
const MOST_LOOK_MS = 30_000

/**
 * The story of a refactoring job. The job itself decides what is legal and where it stands; this reads it, does what its
 * state asks for, records what was found, and reads again. A person's command wakes it; when that changed the job's
 * epoch, the work in flight is cancelled.
 */
export async function refactorJob(ref: JobRef): Promise<void> {
  const wakes = new Wakes()
  const desk = new Desk(ref)
  for (;;) {
    wakes.takeAll()
    const job = await readJob(ref)
    if (isOver(job)) return await finish(desk, job)
    const chapter = chapterOf(job)
    if (!chapter) {
      await desk.closeSandbox() // nobody computes while a person thinks
      if (wakes.count > WAKES_PER_RUN) await continueAsNew<typeof refactorJob>(ref)
      await wakes.next()
      continue
    }
    await tell(desk, job, chapter, wakes)
  }
}

type Chapter = (desk: Desk, job: JobView) => Promise<void>

const chapterOf = (job: JobView): Chapter | undefined => {
  switch (job.state) {
    case 'QUOTA_RESERVING':
      return reserve
    case 'ANALYZING':
      return analyze
    case 'WAITING_SPEC_APPROVAL':
      if (!job.hasSpec) return draft
      return job.orders.clarify ? clarify : undefined
    case 'GENERATING_TESTS':
      return pinBehaviour
    case 'BASELINE_VALIDATION':
      return validateBaseline
    case 'REFACTORING':
    case 'SELF_HEALING':
      return refactor
    case 'CHECKING':
      return check
    case 'DEEP_FIX':
      return fixDeeply
    case 'DELIVERED':
      if (job.orders.settleAcceptance) return settleAcceptance
      return job.orders.verifySubset ? verifySubset : undefined
    default:
      return undefined
  }
}

/** In a workflow of its own: what the job's own history holds of the attempts before stays out of it. */
const fixDeeply: Chapter = async (desk, job) => {
  await desk.closeSandbox()
  desk.greenPart = ''
  const workflowId = `job-${desk.ref.jobId}-deep-fix-${job.epoch}`
  await executeChild(deepFix, { workflowId, args: [desk.ref, job] })
}

/** Does a chapter until it ends, fails, or the job moves on without it. */
const tell = async (desk: Desk, job: JobView, chapter: Chapter, wakes: Wakes): Promise<void> => {
  const lookMs = job.attached ? Math.min(MOST_LOOK_MS, graceMs(job) / 4) : MOST_LOOK_MS
  const scope = new CancellationScope()
  let done = false
  const work = scope
    .run(() => chapter(desk, job))
    .catch((error: unknown) => afterFailure(desk, job, error))
    .finally(() => (done = true))
  const watch = new CancellationScope()
  const watching = watch
    .run(async () => {
      while (!done) {
        const woken = await wakes.next(lookMs)
        wakes.takeAll()
        if (!woken && !job.attached) continue
        const now = await readJob(desk.ref)
        if (now.epoch !== job.epoch || isOver(now)) return scope.cancel()
        if (isSilent(now) && (await loseHeartbeat(desk, now))) return scope.cancel()
      }
    })
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error
    })
  await work
  watch.cancel()
  await watching
}

const isSilent = (job: JobView): boolean => job.attached && Date.now() - job.lastSeenAt >= graceMs(job)

/** Histories from before it could be set hold none. */
const graceMs = (job: JobView): number => job.heartbeatGraceMs ?? HEARTBEAT_GRACE_MS

/** @returns whether the job waits for a person now; it does not when its client was heard from just before */
const loseHeartbeat = async (desk: Desk, job: JobView): Promise<boolean> => {
  const message = `no client was heard from for ${graceMs(job) / 1_000} s; watch or retry the job to go on`
  await recordFailure(desk.task(job), 'heartbeat-lost', 'HEARTBEAT_LOST', message)
  // Work for a job that waits would go on costing; stories from before this was known went on.
  return patched('silence-cancels') && (await readJob(desk.ref)).state === 'WAITING_INTERVENTION'
}

/** Cancelled work is dropped; anything else the job must hear of. */
const afterFailure = async (desk: Desk, job: JobView, error: unknown): Promise<void> => {
  if (isCancellation(error)) return
  const { code, message } = explain(error)
  if (code === 'STALE') return
  if (code === 'SANDBOX_LOST') return desk.forgetSandbox()
  log.warn('a chapter failed', { code })
  await recordFailure(desk.task(job), `failure-${job.state}-${job.orders.attempt}`, code, message)
}

const explain = (failure: unknown): { code: string; message: string } => {
  const error = failure instanceof ChildWorkflowFailure ? failure.cause : failure
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && cause.type) return { code: cause.type, message: cause.message }
  if (error instanceof ActivityFailure)
    return { code: 'DEPENDENCY_UNAVAILABLE', message: `${error.activityType} did not end` }
  throw error // a defect of the workflow: the task fails and is repeated after a deployment
}

const isOver = (job: JobView): boolean => finalStates.includes(job.state) || job.state === 'ACCEPTED'

const finish = async (desk: Desk, job: JobView): Promise<void> => {
  await desk.closeSandbox()
  if (job.reserved && !job.orders.consumed) await releaseQuota(desk.task(job))
}

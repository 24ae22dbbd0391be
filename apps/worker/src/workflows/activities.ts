import { proxyActivities, type ActivityOptions } from '@temporalio/workflow'
import type {
  DeliveryActivities,
  FactActivities,
  GenerationActivities,
  JobActivities,
  SandboxActivities,
} from '../activities/index.ts'
import { atOnce } from './at-once.ts'

/** A dependency that is away is waited for this long, whatever the activity. */
const waitForDependencies = { scheduleToCloseTimeout: '1 hour' } as const

const backingOff = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const
const immediate = { initialInterval: '200 milliseconds', backoffCoefficient: 1 } as const

const options = (
  taskQueue: string,
  startToCloseTimeout: NonNullable<ActivityOptions['startToCloseTimeout']>,
  retry: NonNullable<ActivityOptions['retry']>,
): ActivityOptions => ({
  taskQueue,
  startToCloseTimeout,
  retry,
  heartbeatTimeout: '90 seconds',
  ...waitForDependencies,
})

/** The activity table: queue, start-to-close, backoff. How often the work itself may fail stands with the activity. */
export const { readJob, recordReservation, recordFailure, recordAccepted, recordReverted } = atOnce(
  proxyActivities<JobActivities>(options('refactor', '30 seconds', immediate)),
)

export const { reserveQuota, consumeQuota, releaseQuota, settle } = atOnce(
  proxyActivities<JobActivities>(options('refactor', '30 seconds', backingOff)),
)

export const {
  recordAnalysis,
  recordSpec,
  recordTests,
  recordBaseline,
  recordAttempt,
  recordRefusedAttempt,
  recordClarification,
  recordVerdict,
  recordDelivery,
} = atOnce(proxyActivities<FactActivities>(options('refactor', '1 minute', immediate)))

export const { provisionSandbox } = proxyActivities<SandboxActivities>(options('sandbox', '3 minutes', backingOff))

export const { installDependencies, analyzeScope } = proxyActivities<SandboxActivities>(
  options('sandbox', '5 minutes', backingOff),
)

export const { generateTests, exerciseCode } = proxyActivities<SandboxActivities>(
  options('sandbox', '10 minutes', backingOff),
)

export const { applyPatch, destroySandbox } = proxyActivities<SandboxActivities>(
  options('sandbox', '2 minutes', backingOff),
)

export const { runTests, verifyPatch } = proxyActivities<SandboxActivities>(
  options('sandbox', '15 minutes', backingOff),
)

export const { generateProposals, draftSpec, clarifySpec, reanalyze, writeExercises } =
  proxyActivities<GenerationActivities>(options('llm', '3 minutes', immediate))

export const { generatePatch } = proxyActivities<GenerationActivities>(options('llm', '30 minutes', backingOff))

export const { selectSubset, prepareBundle, recordApplied, recordRevertedDelivery } =
  proxyActivities<DeliveryActivities>(options('delivery', '5 minutes', backingOff))

import { assertNever, DomainError } from '@iama/kernel'
import type { Intervene, Intervention } from './commands.ts'
import { cancelled } from './ending.ts'
import { mayUse, type Tier } from './entitlements.ts'
import { causedBy, type JobEvent } from './events.ts'
import type { InterventionReason, Job, JobIn, ResumeState } from './job.ts'
import { reviseSpec } from './specification.ts'
import type { Instruction, Money } from './work.ts'

/** What the person chose does not fit why the job waits. */
export class InterventionNotPossible extends DomainError {
  readonly code = 'INTERVENTION_NOT_POSSIBLE'

  constructor(kind: Intervention['kind'], reason: InterventionReason, because: string) {
    super(`${kind} is not possible while the job waits for ${reason}: ${because}`, { intervention: kind, reason })
  }
}

/** The tier has no deep fix. */
export class EscalationNotAllowed extends DomainError {
  readonly code = 'ESCALATION_NOT_ALLOWED'
  override readonly kind = 'forbidden'

  constructor(tier: Tier | undefined) {
    super('a deep fix needs the tier Max or Enterprise; choose another way on, or a higher tier for the next job', {
      tier: tier ?? '',
    })
  }
}

/** A deep fix costs more than the job did so far: it runs only with a limit that the user has confirmed. */
export class ConfirmationMissing extends DomainError {
  readonly code = 'CONFIRMATION_MISSING'
  override readonly kind = 'invalid'

  constructor() {
    super('a deep fix needs your confirmation of its cost; send the most that you agree to pay')
  }
}

/** A person decides how the job goes on. */
export const intervene = (command: Intervene, job: JobIn<'WAITING_INTERVENTION'>): JobEvent[] => {
  const { intervention } = command
  switch (intervention.kind) {
    case 'RETRY':
      return retry(command, job, intervention.hint)
    case 'EDIT_SPEC':
      return reviseSpec(command, intervention, job)
    case 'OWN_EDITS':
      return tryPatch(command, job, { kind: 'OWN_EDITS', patch: intervention.patch })
    case 'GREEN_PART':
      return takeGreenPart(command, job)
    case 'DEEP_FIX':
      return deepFix(command, job, intervention.confirmedLimit)
    case 'CANCEL':
      return cancelled(command, job, 'CANCELLED_BY_USER')
    default:
      return assertNever(intervention)
  }
}

/** After failures of the patch itself a round begins anew; after an interruption the job goes on where it was. */
const retry = (command: Intervene, job: JobIn<'WAITING_INTERVENTION'>, hint: string | null): JobEvent[] => {
  const { reason, resumeState } = job.waiting
  const newRound = reason === 'ATTEMPTS_EXHAUSTED' || reason === 'REPEATED_FAILURE'
  const standing = newRound ? null : job.instruction
  const instruction: Instruction | null = hint === null ? standing : { kind: 'HINT', hint }
  return resumed(command, job, { to: resumeState, instruction, newRound })
}

/** The given patch passes the same gates as any other; if it is red, it is repaired like any other. */
const tryPatch = (
  command: Intervene,
  job: JobIn<'WAITING_INTERVENTION'>,
  instruction: Extract<Instruction, { kind: 'OWN_EDITS' | 'GREEN_PART' }>,
): JobEvent[] => {
  const state = expectPatching(job, instruction.kind)
  const to = state === 'DEEP_FIX' ? 'SELF_HEALING' : state
  return resumed(command, job, { to, instruction, newRound: true })
}

/** Whether the last patch is red and a part of it is green. */
export const hasGreenPart = ({ candidate }: Job): boolean => candidate?.verdict?.hasGreenPart === true

const takeGreenPart = (command: Intervene, job: JobIn<'WAITING_INTERVENTION'>): JobEvent[] => {
  if (!hasGreenPart(job))
    throw new InterventionNotPossible('GREEN_PART', job.waiting.reason, 'no part of the last patch is green')
  return tryPatch(command, job, { kind: 'GREEN_PART' })
}

const deepFix = (command: Intervene, job: JobIn<'WAITING_INTERVENTION'>, limit: Money | null): JobEvent[] => {
  expectPatching(job, 'DEEP_FIX')
  if (!mayUse(job.entitlements, 'L3')) throw new EscalationNotAllowed(job.entitlements?.tier)
  if (limit === null || limit.micros <= 0) throw new ConfirmationMissing()
  return [{ type: 'DeepFixConfirmed', ...causedBy(command), epoch: job.epoch + 1, limit }]
}

/** Before the baseline is green there is no patch to help with. */
const expectPatching = (
  job: JobIn<'WAITING_INTERVENTION'>,
  kind: Intervention['kind'],
): 'REFACTORING' | 'SELF_HEALING' | 'DEEP_FIX' => {
  const { resumeState, reason } = job.waiting
  if (resumeState === 'REFACTORING' || resumeState === 'SELF_HEALING' || resumeState === 'DEEP_FIX') return resumeState
  throw new InterventionNotPossible(kind, reason, 'no patch has been tried yet')
}

const resumed = (
  command: Intervene,
  job: JobIn<'WAITING_INTERVENTION'>,
  how: { readonly to: ResumeState; readonly instruction: Instruction | null; readonly newRound: boolean },
): JobEvent[] => [{ type: 'JobResumed', ...causedBy(command), epoch: job.epoch + 1, ...how }]

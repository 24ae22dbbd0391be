import { toJson } from '@bufbuild/protobuf'
import { JobSchema, JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'

import type { Cli } from './cli.ts'
import { ExitCode } from './exit-code.ts'
import { failureLines } from './view/attempt.ts'
import { costRange } from './view/money.ts'
import { stateName, stateWords } from './view/states.ts'
import { oneLine } from './view/style.ts'

export interface Outcome {
  readonly exitCode: ExitCode
  /** One sentence. */
  readonly message: string
  /** Commands that lead on. */
  readonly next: readonly string[]
}

const whyWaiting: Readonly<Record<string, string>> = {
  BASELINE_RED: 'tests fail on the untouched code: mend them, or start again with --test and a command that is green',
  REPEATED_FAILURE: 'three attempts in a row failed in the same way',
  ATTEMPTS_EXHAUSTED: 'every attempt failed',
  BUDGET_REACHED: 'the budget is used up',
  HEARTBEAT_LOST: 'the client that was attached fell silent; whoever answers it next takes its place',
  PROVIDER_UNAVAILABLE: 'no model provider could be reached',
}

const waysOn = ({ id, waitingReason, hasGreenPart, routes }: Job): string[] => {
  const isSpent = waitingReason === 'BUDGET_REACHED'
  const isRedBefore = waitingReason === 'BASELINE_RED'
  return [
    isSpent ? `iama intervene ${id} --retry --budget USD` : `iama intervene ${id} --retry --hint "..."`,
    ...(hasGreenPart ? [`iama intervene ${id} --take-green`] : []),
    ...(!isRedBefore && routes.includes('L3') ? [`iama intervene ${id} --deep-fix --confirm USD`] : []),
    ...(isSpent ? [`iama cost ${id}`] : []),
    `iama cancel ${id}`,
  ]
}

const waiting = (job: Job): Outcome => {
  const { id } = job
  if (job.state === JobState.WAITING_STRATEGY) {
    const next = job.proposals.map((proposal) => `iama answer ${id} --select ${proposal.id}`)
    return { exitCode: ExitCode.waitsForYou, message: 'the job waits for a choice of strategy', next }
  }
  if (job.state === JobState.WAITING_SPEC_APPROVAL) {
    const selected = job.proposals.find((proposal) => proposal.id === job.selectedProposalId)
    const cost = selected ? ` (to the patch: ${costRange(selected)})` : ''
    const talk = selected?.engine === 'model' ? [`iama clarify ${id} "..."`] : []
    const next = [`iama spec ${id} [--edit]`, ...talk, `iama answer ${id} --approve`]
    return { exitCode: ExitCode.waitsForYou, message: `the job waits for the approval of its spec${cost}`, next }
  }
  const reason = whyWaiting[job.waitingReason] ?? 'it cannot go on by itself'
  return {
    exitCode: ExitCode.waitsForYou,
    message: `the job waits for you (${oneLine(job.waitingReason)}): ${reason}`,
    next: waysOn(job),
  }
}

/** What a job's state means for the user and the shell. */
export const outcomeOf = (job: Job): Outcome => {
  const { id, state } = job
  const why = [job.failureCode, job.failureMessage].map(oneLine).filter((text) => text !== '')
  switch (state) {
    case JobState.DELIVERED: {
      const next = [`iama diff ${id}`, `iama accept ${id}`]
      return { exitCode: ExitCode.ok, message: 'the patch is verified and ready', next }
    }
    case JobState.ACCEPTED:
      return { exitCode: ExitCode.ok, message: 'the patch is accepted', next: [`iama revert ${id}`] }
    case JobState.REVERTED:
      return { exitCode: ExitCode.ok, message: 'the patch is taken back', next: [] }
    case JobState.CANCELLED: {
      if (job.failureCode === 'NOTHING_TO_DO') {
        const message = ['nothing to do', oneLine(job.failureMessage)].filter((text) => text !== '').join(': ')
        return { exitCode: ExitCode.jobFailed, message, next: [] }
      }
      return { exitCode: ExitCode.jobFailed, message: ['the job was cancelled', ...why].join(': '), next: [] }
    }
    case JobState.CHECKED: {
      const isGreen = job.check?.result?.green === true
      const message = isGreen ? 'the checked patch is green' : 'the checked patch is red'
      return { exitCode: isGreen ? ExitCode.ok : ExitCode.jobFailed, message, next: [`iama verdict ${id}`] }
    }
    case JobState.FAILED:
      return { exitCode: ExitCode.jobFailed, message: ['the job failed', ...why].join(': '), next: [] }
    case JobState.WAITING_STRATEGY:
    case JobState.WAITING_SPEC_APPROVAL:
    case JobState.WAITING_INTERVENTION:
      return waiting(job)
    default:
      return {
        exitCode: ExitCode.ok,
        message: `the job goes on (${stateName(state)}: ${stateWords(state)})`,
        next: [`iama watch ${id}`, `iama cancel ${id}`],
      }
  }
}

/** Tells how a job stands: the whole as JSON, or the sentence, the failing tests and the way on as notes. */
export const tellOutcome = (cli: Cli, job: Job): ExitCode => {
  const { exitCode, message, next } = outcomeOf(job)
  const { out } = cli
  out.event({ type: 'job', exitCode, message, job: toJson(JobSchema, job) })
  if (out.json) return exitCode
  const paint = exitCode === ExitCode.ok ? out.noteStyle.green : out.noteStyle.yellow
  out.note(paint(message))
  if (exitCode !== ExitCode.ok) out.note(...failureLines(job.failures, out.noteStyle))
  out.note(...next.map((command) => `  ${command}`))
  return exitCode
}

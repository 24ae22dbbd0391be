import { JobState, type Progress, type Proposal, type Spec } from '@iama/contracts/iama/jobs/v1/job'
import type { Transitioned, WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'

import { analysisLines, proposalsLines } from './analysis.ts'
import { attemptLines, baselineLines, testsLines } from './attempt.ts'
import { count, duration } from './format.ts'
import { money } from './money.ts'
import { stateName, stateWords } from './states.ts'
import { oneLine, printable, type Style } from './style.ts'

/** The spec as people read it: the scenarios, then the design. */
export const specLines = (spec: Spec, style: Style): string[] => [
  `${style.bold(`spec, version ${spec.version}`)} ${style.dim(`(revision ${oneLine(spec.revisionToken)})`)}` +
    (spec.approved ? style.green(' approved') : ''),
  ...printable(`${spec.bdd.trimEnd()}\n`)
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`)),
  ...printable(spec.sdd.trimEnd())
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`)),
]

/**
 * Turns a job's log into lines, entry by entry. It remembers the state, so that each new one is announced once,
 * whichever entry brings it.
 */
export class JobReporter {
  private readonly style: Style
  private state: JobState = JobState.UNSPECIFIED
  private readonly titles = new Map<string, string>()
  private readonly withoutVerdicts: boolean
  private spent = ''
  private generated = ''

  /**
   * @param proposals of a job whose earlier entries were shown before
   * @param withoutVerdicts leaves out what the gates said about an attempt
   */
  constructor(style: Style, proposals: readonly Proposal[] = [], withoutVerdicts = false) {
    this.style = style
    this.withoutVerdicts = withoutVerdicts
    for (const { id, title } of proposals) this.titles.set(id, title)
  }

  lines(event: WatchJobResponse): string[] {
    const lines = [...this.body(event)]
    if (event.state === this.state || event.state === JobState.UNSPECIFIED) return lines
    this.state = event.state
    const title = `${this.style.cyan('▸')} ${this.style.bold(stateName(event.state))} ${this.style.dim(stateWords(event.state))}`
    return [...lines, title]
  }

  /** What the job does right now, for a status line; undefined when an entry says nothing about it. */
  status(event: WatchJobResponse): string | undefined {
    if (event.body.case === undefined) return undefined
    if (event.body.case !== 'progress') return this.live('')
    const { phase, step, text } = event.body.value
    const words = oneLine(text) || oneLine(step)
    const isOver = phase === 'done' || phase === 'failed'
    // what a model has written and what that took stands until something else is said
    if (step === 'generate') this.generated = isOver ? '' : words
    return this.live(isOver ? '' : words)
  }

  /** From now on the status line tells what the job has cost. */
  costs(micros: bigint, currency: string, budgetMicros: bigint): void {
    const budget = budgetMicros > 0n ? ` of ${money(budgetMicros, currency)}` : ''
    this.spent = micros > 0n ? `${money(micros, currency)}${budget} so far` : ''
  }

  private live(words: string): string {
    const shown = words || this.generated
    return [...(shown === '' ? [] : [`… ${shown}`]), ...(this.spent === '' ? [] : [this.spent])].join(' · ')
  }

  private body({ body }: WatchJobResponse): string[] {
    const { style } = this
    switch (body.case) {
      case 'transitioned':
        return this.transitioned(body.value)
      case 'analyzed':
        for (const { id, title } of body.value.proposals) this.titles.set(id, title)
        return [
          ...(body.value.analysis ? analysisLines(body.value.analysis, style) : []),
          ...proposalsLines(body.value.proposals, style),
        ]
      case 'proposalSelected': {
        const { proposalId } = body.value
        return [`chosen: ${style.bold(oneLine(this.titles.get(proposalId) ?? proposalId))}`]
      }
      case 'specRevised':
        return body.value.spec ? specLines(body.value.spec, style) : []
      case 'testsGenerated':
        return body.value.tests ? testsLines(body.value.tests, style) : []
      case 'baselineChecked':
        return body.value.baseline ? baselineLines(body.value.baseline, style) : []
      case 'attempted':
        return body.value.attempt && !this.withoutVerdicts ? attemptLines(body.value.attempt, style) : []
      case 'delivered': {
        const { delivery } = body.value
        if (!delivery) return []
        return [style.green(`a verified patch of ${count(delivery.edits, 'edit')} is ready`)]
      }
      case 'progress':
        return this.progress(body.value)
      default:
        return []
    }
  }

  private transitioned({ reason, message }: Transitioned): string[] {
    const why = [reason, message].map(oneLine).filter((text) => text !== '')
    return why.length === 0 ? [] : [`  ${why.join(': ')}`]
  }

  private progress({ phase, step, text, milliseconds }: Progress): string[] {
    const { style } = this
    const words = oneLine(text) || oneLine(step)
    if (phase === 'done') return [`  ${style.green('✓')} ${words}  ${style.dim(duration(Number(milliseconds)))}`]
    if (phase === 'failed') return [`  ${style.red('✗')} ${words}  ${style.dim(duration(Number(milliseconds)))}`]
    return []
  }
}

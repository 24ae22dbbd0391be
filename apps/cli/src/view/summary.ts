import type { Job, Measures } from '@iama/contracts/iama/jobs/v1/job'

import { droppedLines } from './attempt.ts'
import { count, percent, some } from './format.ts'
import { stateName } from './states.ts'
import { oneLine, type Style } from './style.ts'
import { table } from './table.ts'

const SHOWN_FILES = 12

const measures = (before: Measures | undefined, after: Measures | undefined): string[][] => {
  if (!before || !after) return []
  const row = (name: string, old: string, now: string): string[] => [name, old === now ? old : `${old} → ${now}`]
  return [
    row('lines', String(before.lines), String(after.lines)),
    row('cyclomatic complexity', String(before.cyclomatic), String(after.cyclomatic)),
    row('cognitive complexity', String(before.cognitive), String(after.cognitive)),
    row('duplication', percent(before.duplicationPercent), percent(after.duplicationPercent)),
  ]
}

export interface SummaryContext {
  /** Where the client keeps the patch; undefined when there is none. */
  readonly patchFile?: string
  /** What the user may do now, a command each. */
  readonly next: readonly string[]
}

/** The end of a job as a table: what it did, and how to go on. */
export const summaryLines = (job: Job, context: SummaryContext, style: Style): string[] => {
  const { delivery } = job
  const strategy = job.proposals.find(({ id }) => id === job.selectedProposalId)
  const rows = [
    ['job', job.id],
    ['state', stateName(job.state)],
    ...(strategy ? [['strategy', oneLine(strategy.title)]] : []),
    ...(delivery
      ? [
          ['edits', String(delivery.edits)],
          ['left out', String(delivery.dropped.length)],
          ['files', some(delivery.files.map(oneLine), SHOWN_FILES).join(', ')],
          ...measures(delivery.before, delivery.after),
          ['attempts', String(job.attempts)],
        ]
      : []),
    ...(context.patchFile === undefined ? [] : [['patch', context.patchFile]]),
  ]
  return [
    '',
    ...table([{ title: '' }, { title: '' }], rows).map((line) =>
      line.replace(/^\S+( \S+)*/, (name) => style.bold(name)),
    ),
    ...(delivery && delivery.dropped.length > 0
      ? [
          '',
          count(delivery.dropped.length, 'edit left out', 'edits left out'),
          ...droppedLines(delivery.dropped, style),
        ]
      : []),
    ...(context.next.length > 0 ? ['', ...context.next] : []),
    '',
  ]
}

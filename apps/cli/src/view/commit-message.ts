import type { Edit } from '@iama/patch'

import { count } from './format.ts'
import { oneLine } from './style.ts'

const SHOWN_EDITS = 30
const WIDTH = 72

const short = (text: string): string => (text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`)

const subjectOf = (edits: readonly Edit[]): string => {
  const titles = [...new Set(edits.map(({ title }) => oneLine(title)))]
  const more =
    titles.length > 1 ? `, and ${titles.length - 1} more` : edits.length > 1 ? ` (${edits.length} times)` : ''
  const room = WIDTH - 'refactor: '.length - more.length
  const first = titles[0]!
  return `refactor: ${first.length <= room ? first : `${first.slice(0, room - 1)}…`}${more}`
}

const linesOf = ({ title, operations }: Edit): string => {
  const files = [...new Set(operations.map(({ path }) => path))]
  return short(`- ${oneLine(files.join(', '))}: ${oneLine(title)}`)
}

const evidenceOf = (edits: readonly Edit[]): string => {
  const of = (kind: Edit['evidence']['kind']): number => edits.filter(({ evidence }) => evidence.kind === kind).length
  const kinds = (['proven', 'verified', 'unproven'] as const).filter((kind) => of(kind) > 0)
  return kinds.map((kind) => `${of(kind)} ${kind}`).join(', ')
}

const wrapped = (text: string): string => text.replaceAll(new RegExp(`(.{1,${WIDTH}})(?: +|$)`, 'g'), '$1\n').trimEnd()

/** What a commit of edits says to whoever reads the history: what, why, on what it rests, and where that is kept. */
export const commitMessage = (edits: readonly Edit[], { jobId, patch }: { jobId: string; patch: string }): string => {
  const reasons = [...new Set(edits.map(({ reason }) => oneLine(reason)))]
  const left = edits.length - SHOWN_EDITS
  const parts = [
    subjectOf(edits),
    wrapped(reasons.slice(0, 3).join(' ')),
    [...edits.slice(0, SHOWN_EDITS).map(linesOf), ...(left > 0 ? [`- and ${count(left, 'edit')} more`] : [])].join(
      '\n',
    ),
    wrapped(`Edits: ${evidenceOf(edits)}. The project's tests and the recorded sessions are green at this commit.`),
    `Iama-Job: ${jobId}\nIama-Patch: ${patch}`,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

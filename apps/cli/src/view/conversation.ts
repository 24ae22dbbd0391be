import type { ClarifyTurn } from '@iama/contracts/iama/jobs/v1/job'

import { oneLine, printable, type Style } from './style.ts'

/** A turn of the conversation about a spec, its questions with numbered choices. */
export const turnLines = ({ role, text, questions }: ClarifyTurn, style: Style): string[] => [
  style.bold(role === 'user' ? 'you' : 'clarifier'),
  ...printable(text.trimEnd())
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`)),
  ...questions.flatMap((question) => [
    `  ${style.cyan(oneLine(question.id))}. ${oneLine(question.text)}`,
    ...question.choices.map((choice, n) => `     ${n + 1}) ${oneLine(choice)}`),
  ]),
]

import type { Job } from '@iama/contracts/iama/jobs/v1/job'

import { attemptLines } from './attempt.ts'
import { some } from './format.ts'
import { oneLine, type Style } from './style.ts'

const SHOWN_PLACES = 20

/** Where the signed verdict lies, and which key signed it. */
export interface WrittenVerdict {
  readonly file: string
  readonly fingerprint: string
}

/** What the gates say about a patch from elsewhere: the result, why, what no test reaches, and where it is written. */
export const checkLines = ({ id, check }: Job, { file, fingerprint }: WrittenVerdict, style: Style): string[] => {
  const result = check!.result!
  const notCovered = check!.tests?.notCovered ?? []
  const verdict = result.green ? style.green('green: every gate passes') : style.red('red: do not take it as it is')
  return [
    `${style.bold('verdict')}  ${verdict}`,
    ...attemptLines(result, style, 'patch'),
    ...(notCovered.length === 0
      ? []
      : [style.bold('untested places'), ...some(notCovered.map(oneLine), SHOWN_PLACES).map((place) => `  ${place}`)]),
    `${style.bold('job')}      ${id}`,
    `${style.bold('signed')}   ${file}`,
    `${style.bold('key')}      ${fingerprint}`,
  ]
}

import { DomainError } from '@iama/kernel'

/** Why a reply cannot be read. */
export type ReplyFault =
  | 'too_large' // more text or more operations than any route may answer
  | 'not_text' // a lone surrogate, or a control character where text belongs
  | 'truncated' // the reply stops in the middle of something
  | 'nothing' // the reply says, in a form that is read, that nothing is to be changed
  | 'no_operations' // the reply holds no form that is read
  | 'malformed' // the form is recognised, but broken
  | 'wrong_shape' // sound JSON that is no list of edit operations
  | 'several_answers' // two answers, or one answer in two forms
  | 'path' // a path that is missing, unusable or not in the tree
  | 'out_of_scope' // a file that the job may not touch
  | 'exists' // a new file where there is one
  | 'whole_file' // whole files where only edit operations are allowed
  | 'elided' // "rest of the code" instead of the code
  | 'anchor_missing'
  | 'anchor_ambiguous'
  | 'whitespace' // found with other white space, but what is to be written there is not certain
  | 'overlap' // two operations want the same place
  | 'binary' // the file is not text
  | 'unsupported' // a change that edit operations cannot express

/** One thing that is wrong with a reply, with all that its author needs to mend it. */
export interface ReplyProblem {
  readonly fault: ReplyFault
  /** 1-based line of the reply. */
  readonly line?: number
  /** Field of a JSON reply, such as `edits[0].operations[2].anchor`. */
  readonly field?: string
  readonly path?: string
  readonly message: string
  readonly fix: string
}

const MAX_SHOWN = 20

/** A problem as one line that a model can act on. */
export const describeProblem = ({ line, field, path, message, fix }: ReplyProblem): string => {
  const place = [line === undefined ? '' : `line ${line} of the reply`, field ?? '', path ?? ''].filter(
    (part) => part !== '',
  )
  return `${place.length === 0 ? '' : `${place.join(', ')}: `}${message}. Fix: ${fix}.`
}

/** The reply is not what it should be, so no part of it is taken. */
export class ReplyRefused extends DomainError {
  readonly code = 'REPLY_REFUSED'
  override readonly kind = 'invalid'
  readonly problems: readonly ReplyProblem[]

  constructor(problems: readonly ReplyProblem[]) {
    const shown = problems.slice(0, MAX_SHOWN).map(describeProblem)
    const more = problems.length > MAX_SHOWN ? [`and ${problems.length - MAX_SHOWN} more`] : []
    super([...shown, ...more].join('\n'), { faults: [...new Set(problems.map(({ fault }) => fault))].join(',') })
    this.problems = problems
  }

  /** The fault of the first problem. */
  get fault(): ReplyFault {
    return this.problems[0]!.fault
  }
}

export const refuse = (problem: ReplyProblem): never => {
  throw new ReplyRefused([problem])
}

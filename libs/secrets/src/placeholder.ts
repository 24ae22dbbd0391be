import { createHash } from 'node:crypto'

/** Enough that a mistyped one is not by chance another one. */
const MARK = 6
/** No vowels: a mark is never part of a word. */
const letters = '0123456789bcdfghjkmnpqrstvwxyz'

/** The nth placeholder of a vault; says nothing of what it stands for. */
export const placeholder = (seed: string, n: number): string => {
  const hash = createHash('sha256').update(`${n}:${seed}`).digest()
  const mark = [...hash.subarray(0, MARK)].map((byte) => letters[byte % letters.length]).join('')
  return `IAMA_SECRET_${n}_${mark}`
}

/** Words that are a placeholder, or were one before somebody changed them. */
export const lookalike = /(?<![A-Za-z0-9_])[A-Za-z0-9_]*iama[\W_]{0,3}secret[A-Za-z0-9_]*/gi

/**
 * What a model must be told when placeholders stand in what it reads. Goes into the system message after `hide`,
 * for `hide` would take its example for a placeholder.
 */
export const PLACEHOLDER_NOTE =
  'Values that must not be shown to you are replaced by words such as IAMA_SECRET_1_x7k2p9. ' +
  'Wherever such a word belongs in your answer, copy it letter for letter. Do not invent, shorten or split such words.'

import { createRequire } from 'node:module'
import { CL100K_TOKEN_SPLIT_REGEX, O200K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants'

export type EncodingName = 'o200k_base' | 'cl100k_base'

/** A vocabulary, and how text is split before bytes are merged. */
export interface Encoding {
  readonly name: EncodingName
  readonly split: RegExp
  /** From the bytes of a token, one character a byte, to its rank: the lowest rank is merged first. */
  readonly ranks: ReadonlyMap<string, number>
  /** Bytes of the longest token. */
  readonly longest: number
}

/** The UTF-8 bytes of a text, one character a byte: such strings can be looked up and sliced without copying. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const splits: Readonly<Record<EncodingName, RegExp>> = {
  o200k_base: O200K_TOKEN_SPLIT_REGEX,
  cl100k_base: CL100K_TOKEN_SPLIT_REGEX,
}

const require = createRequire(import.meta.url)

/** Read from its package when it is needed: most processes never count. What was read is let go. */
const tableOf = (name: EncodingName): readonly (string | number[])[] => {
  const file = require.resolve(`gpt-tokenizer/bpeRanks/${name}`)
  const { default: table } = require(file) as { default: readonly (string | number[])[] }
  delete require.cache[file]
  return table
}

const load = (name: EncodingName): Encoding => {
  const ranks = new Map<string, number>()
  let longest = 0
  tableOf(name).forEach((token, rank) => {
    const bytes = typeof token === 'string' ? bytesOf(token) : String.fromCharCode(...token)
    ranks.set(bytes, rank)
    longest = Math.max(longest, bytes.length)
  })
  return { name, split: splits[name], ranks, longest }
}

const loaded = new Map<EncodingName, Encoding>()

/** An encoding; its table of some 20 MB is made when it is first asked for, and kept. */
export const encodingOf = (name: EncodingName): Encoding => {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const encoding = load(name)
  loaded.set(name, encoding)
  return encoding
}

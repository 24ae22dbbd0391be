import cl100kRanks from 'gpt-tokenizer/bpeRanks/cl100k_base'
import o200kRanks from 'gpt-tokenizer/bpeRanks/o200k_base'
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

const load = (name: EncodingName, table: readonly (string | number[])[], split: RegExp): Encoding => {
  const ranks = new Map<string, number>()
  let longest = 0
  table.forEach((token, rank) => {
    const bytes = typeof token === 'string' ? bytesOf(token) : String.fromCharCode(...token)
    ranks.set(bytes, rank)
    longest = Math.max(longest, bytes.length)
  })
  return { name, split, ranks, longest }
}

const loaders: Readonly<Record<EncodingName, () => Encoding>> = {
  o200k_base: () => load('o200k_base', o200kRanks, O200K_TOKEN_SPLIT_REGEX),
  cl100k_base: () => load('cl100k_base', cl100kRanks, CL100K_TOKEN_SPLIT_REGEX),
}
const loaded = new Map<EncodingName, Encoding>()

/** An encoding; its table of some 20 MB is made when it is first asked for, and kept. */
export const encodingOf = (name: EncodingName): Encoding => {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const encoding = loaders[name]()
  loaded.set(name, encoding)
  return encoding
}

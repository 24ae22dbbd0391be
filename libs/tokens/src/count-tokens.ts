import { bytesOf, encodingOf, type Encoding, type EncodingName } from './encodings.ts'
import { countMerged } from './merge.ts'
import { knownEncoding } from './model-encoding.ts'

/** Words of code recur: their counts are kept, up to this many, and never long ones. */
const MAX_KEPT = 20_000
const MAX_KEPT_LENGTH = 64

const kept = new Map<EncodingName, Map<string, number>>()

const countPiece = (encoding: Encoding, piece: string, known: Map<string, number>): number => {
  const before = known.get(piece)
  if (before !== undefined) return before
  const bytes = bytesOf(piece)
  const count = bytes.length <= encoding.longest && encoding.ranks.has(bytes) ? 1 : countMerged(encoding, bytes)
  if (piece.length <= MAX_KEPT_LENGTH) {
    if (known.size >= MAX_KEPT) known.clear()
    known.set(piece, count)
  }
  return count
}

export const countWith = (encoding: Encoding, text: string): number => {
  let known = kept.get(encoding.name)
  if (known === undefined) kept.set(encoding.name, (known = new Map()))
  let count = 0
  for (const [piece] of text.matchAll(encoding.split)) count += countPiece(encoding, piece, known)
  return count
}

/** The encoding for a model: its own, or o200k_base as an estimate. */
export const encodingFor = (model: string): Encoding => encodingOf(knownEncoding(model) ?? 'o200k_base')

/**
 * How many tokens a text is for a model, as content: without the few tokens that a provider adds for each message.
 * Marks such as `<|endoftext|>` are counted as the plain characters that they are in a repository. Never throws; the
 * time is n log n in the worst case.
 * @param model as a provider calls it, with or without the provider (`gpt-4o`, `openai/gpt-4o`); for models with a
 * tokenizer of their own (llama, qwen, claude) the count is an estimate by o200k_base, see `isExact`
 */
export const countTokens = (text: string, model: string): number => countWith(encodingFor(model), text)

import type { NearestMatch } from './conflict.ts'

const MAX_LINES = 100_000
const MAX_WINDOW = 40
const MAX_CANDIDATES = 20
const MAX_SHOWN = 200

const pairsOf = (text: string): Map<string, number> => {
  const pairs = new Map<string, number>()
  for (let n = 0; n + 1 < text.length; n++) {
    const pair = text.slice(n, n + 2)
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
  }
  return pairs
}

/** Sørensen-Dice coefficient over pairs of neighbouring characters: 0 to 1. */
const similarity = (wanted: { text: string; pairs: Map<string, number> }, line: string): number => {
  if (wanted.text === line) return 1
  const total = Math.max(wanted.text.length - 1, 0) + Math.max(line.length - 1, 0)
  if (total === 0) return 0
  let common = 0
  for (const [pair, count] of pairsOf(line)) common += Math.min(count, wanted.pairs.get(pair) ?? 0)
  return (2 * common) / total
}

const withPairs = (text: string) => ({ text, pairs: pairsOf(text) })

/**
 * The place that resembles the anchor most, to tell people where their text went. The longest line of the anchor
 * picks the candidates, then the lines around it decide. Undefined when nothing resembles it.
 */
export const nearestMatch = (content: string, anchor: string): NearestMatch | undefined => {
  const lines = content.split(/\r?\n/, MAX_LINES)
  const wanted = anchor
    .replace(/^(?:[ \t]*\r?\n)+/, '')
    .trimEnd()
    .split(/\r?\n/, MAX_WINDOW)
    .map((line) => line.trim())
  const keyAt = wanted.reduce((best, line, n) => (line.length > wanted[best]!.length ? n : best), 0)
  const key = withPairs(wanted[keyAt]!)
  const candidates = lines
    .map((line, at) => ({ at, score: similarity(key, line.trim()) }))
    .filter(({ score }) => score > 0.3)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, MAX_CANDIDATES)
  const wantedPairs = wanted.map(withPairs)
  let best: NearestMatch | undefined
  for (const { at } of candidates) {
    const first = at - keyAt
    const scores = wantedPairs.map((line, n) => similarity(line, (lines[first + n] ?? '').trim()))
    const score = scores.reduce((sum, each) => sum + each, 0) / scores.length
    if (best !== undefined && score <= best.similarity) continue
    const from = Math.max(first, 0)
    const text = lines
      .slice(from, first + wanted.length)
      .join('\n')
      .slice(0, MAX_SHOWN)
    best = { line: from + 1, text, similarity: score }
  }
  return best
}

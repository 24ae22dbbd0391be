const MAX_DISTANCE = 3

/** Levenshtein's distance: the fewest insertions, deletions and substitutions of characters. */
export const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substituted))
    }
    row = next
  }
  return row[b.length]!
}

/** The known word that somebody who wrote another most likely meant; undefined when none is near. */
export const nearest = (written: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((word) => ({ word, away: distance(written.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)
  const best = ranked[0]
  return best && best.away <= Math.min(MAX_DISTANCE, Math.ceil(best.word.length / 2)) ? best.word : undefined
}

/** "; did you mean x?" or, when nothing is near, the known words. */
export const suggestion = (written: string, known: readonly string[]): string => {
  const best = nearest(written, known)
  return best === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${best}?`
}

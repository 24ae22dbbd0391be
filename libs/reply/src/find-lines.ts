import type { BaseFile } from './base-file.ts'

/** Where a run of whole lines stands: the indexes of its first lines, two at most, and how they were found. */
export interface Found {
  readonly at: readonly number[]
  readonly exact: boolean
}

const collapse = (line: string): string => line.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')

/** Knuth, Morris and Pratt over lines as numbers: linear, whatever repeats. */
const occurrences = (text: ArrayLike<number>, wanted: readonly number[], limit: number): number[] => {
  const fallback = [0]
  for (let n = 1, k = 0; n < wanted.length; n++) {
    while (k > 0 && wanted[n] !== wanted[k]) k = fallback[k - 1]!
    if (wanted[n] === wanted[k]) k++
    fallback.push(k)
  }
  const found: number[] = []
  for (let n = 0, k = 0; n < text.length; n++) {
    while (k > 0 && text[n] !== wanted[k]) k = fallback[k - 1]!
    if (text[n] === wanted[k]) k++
    if (k < wanted.length) continue
    found.push(n - k + 1)
    if (found.length === limit) break
    k = fallback[k - 1]!
  }
  return found
}

/** The lines of one file as numbers, equal for equal lines. */
class Numbered {
  private readonly numbers = new Map<string, number>()
  private readonly text: Int32Array
  private readonly key: (line: string) => string

  constructor(lines: readonly string[], key: (line: string) => string) {
    this.key = key
    this.text = Int32Array.from(lines, (line) => {
      const name = key(line)
      const known = this.numbers.get(name) ?? this.numbers.size
      this.numbers.set(name, known)
      return known
    })
  }

  find(lines: readonly string[], limit: number): number[] {
    const wanted: number[] = []
    for (const line of lines) {
      const known = this.numbers.get(this.key(line))
      if (known === undefined) return []
      wanted.push(known)
    }
    return occurrences(this.text, wanted, limit)
  }
}

/**
 * Finds whole lines in a file: exactly, else with other blanks at the edges of lines and between words, by the rule
 * of `locate` (blanks match blanks, newlines match newlines, the rest is exact), in time linear in both.
 */
export class LineFinder {
  private readonly exact: Numbered
  private readonly tolerant: () => Numbered

  constructor(file: BaseFile) {
    this.exact = new Numbered(file.lines, (line) => line)
    let built: Numbered | undefined
    this.tolerant = () => (built ??= new Numbered(file.lines, collapse))
  }

  /** @param limit how many places are looked for: two are enough to refuse */
  find(lines: readonly string[], limit = 2): Found {
    const exact = this.exact.find(lines, limit)
    if (exact.length > 0 || lines.every((line) => line.trim() === '')) return { at: exact, exact: true }
    return { at: this.tolerant().find(lines, limit), exact: false }
  }
}

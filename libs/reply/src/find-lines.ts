import type { BaseFile } from './base-file.ts'
import { oneApart } from './near-twins.ts'

/** Where a run of whole lines stands: the indexes of its first lines, two at most, and how they were found. */
export interface Found {
  readonly at: readonly number[]
  readonly exact: boolean
}

/** Comparisons of lines for all near twins in one file: no real reply comes near. */
const MAX_COMPARED = 5e7

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
  readonly text: Int32Array
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

  /** Lines as numbers; -1 for one that the file does not have. */
  numbersOf(lines: readonly string[]): number[] {
    return lines.map((line) => this.numbers.get(this.key(line)) ?? -1)
  }

  find(lines: readonly string[], limit: number): number[] {
    const wanted = this.numbersOf(lines)
    return wanted.includes(-1) ? [] : occurrences(this.text, wanted, limit)
  }
}

/**
 * Finds whole lines in a file: exactly, else with other blanks at the edges of lines and between words, by the rule
 * of `locate` (blanks match blanks, newlines match newlines, the rest is exact), in time linear in both.
 */
export class LineFinder {
  private readonly exact: Numbered
  private readonly tolerant: () => Numbered
  private readonly lines: readonly string[]
  private compared = 0

  constructor(file: BaseFile) {
    this.lines = file.lines
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

  /**
   * The first line of another place that is like the sought lines but for one character of one line and white space,
   * for a slip of one character could have turned that place's text into these lines. A file so repetitive that
   * looking takes too long counts as a twin of itself.
   */
  twin(lines: readonly string[], at: number): number | undefined {
    const { text } = this.tolerant()
    const wanted = this.tolerant().numbersOf(lines)
    for (let start = 0; start + wanted.length <= text.length; start++) {
      if (start === at) continue
      let odd: number | undefined
      let n = 0
      for (; n < wanted.length; n++) {
        if (text[start + n] === wanted[n]) continue
        if (odd !== undefined || !oneApart(lines[n]!, this.lines[start + n]!)) break
        odd = n
      }
      this.compared += n + 1
      if (n === wanted.length || this.compared > MAX_COMPARED) return start
    }
    return undefined
  }
}

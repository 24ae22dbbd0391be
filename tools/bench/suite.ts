/** One thing that is measured on both sides in every round. */
export interface Comparison {
  /** For example `64 in flight`. */
  readonly case: string
  readonly metric: string
  readonly unit: string
  /** Whom we are compared with. */
  readonly name: string
  /** The ratio ours / other must be at least, at most, or more than this; without it the row only informs. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number } | { readonly moreThan: number }
  /** An absolute limit on our own figure, in `unit`. */
  readonly limit?: { readonly below: number }
}

/** The figures of one side in one round, by metric; both sides measure the same. */
export type Figures = Readonly<Record<string, number>>

/** A comparison with its place in the figures of a round. */
export interface Row extends Comparison {
  readonly key: string
}

export interface Suite {
  readonly name: string
  readonly summary: string
  readonly rounds: number
  readonly rows: readonly Row[]
  /** Brings up both sides; `ours` and `other` are then measured in turns, the first one changing from round to round. */
  open(): Promise<{
    readonly ours: () => Promise<Figures>
    readonly other: () => Promise<Figures>
    readonly close: () => Promise<void>
  }>
  /** The same suite on these of its cases alone; absent where there is nothing to choose. */
  narrow?(names: readonly string[]): Suite
}

/** What goes into dist/bench/<suite>.json, a row for each comparison. */
export interface ResultRow {
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly ours: number
  readonly other: number
  readonly name: string
  readonly ratio: number
  readonly target: string | null
  readonly met: boolean | null
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value below which this share of the values lies. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const verdict = (row: Row, ours: number, ratio: number): Pick<ResultRow, 'target' | 'met'> => {
  const asked: { text: string; met: boolean }[] = []
  if (row.target && 'atLeast' in row.target)
    asked.push({ text: `>= ${row.target.atLeast}x`, met: ratio >= row.target.atLeast })
  if (row.target && 'atMost' in row.target)
    asked.push({ text: `<= ${row.target.atMost}x`, met: ratio <= row.target.atMost })
  if (row.target && 'moreThan' in row.target)
    asked.push({ text: `> ${row.target.moreThan}x`, met: ratio > row.target.moreThan })
  if (row.limit) asked.push({ text: `< ${row.limit.below} ${row.unit}`, met: ours < row.limit.below })
  if (asked.length === 0) return { target: null, met: null }
  return { target: asked.map(({ text }) => text).join(' and '), met: asked.every(({ met }) => met) }
}

/**
 * Medians over the rounds, and what the targets say. Where both sides ran in pairs, the ratio is the median of the
 * rounds' ratios: a slow minute of the machine then touches both. Two sides that are both nothing are equal.
 */
export const resultsOf = (rows: readonly Row[], ours: readonly Figures[], other: readonly Figures[]): ResultRow[] =>
  rows.map((row) => {
    const values = (figures: readonly Figures[]): number[] =>
      figures.map((figure) => {
        const value = figure[row.key]
        if (value === undefined || !Number.isFinite(value)) throw new Error(`no figure "${row.key}" was measured`)
        return value
      })
    const [mine, theirs] = [values(ours), values(other)]
    const ratio = median(mine.map((value, i) => (value === theirs[i] ? 1 : value / theirs[i]!)))
    const { case: name, metric, unit, name: peer } = row
    return {
      case: name,
      metric,
      unit,
      ours: median(mine),
      other: median(theirs),
      name: peer,
      ratio,
      ...verdict(row, median(mine), ratio),
    }
  })

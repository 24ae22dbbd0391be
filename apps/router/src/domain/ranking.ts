/** A strategy as a persona suggests it. */
export interface Suggested {
  readonly id: string
  readonly persona: string
  readonly title: string
  readonly summary: string
  readonly files: readonly string[]
  readonly symbols: readonly string[]
  readonly steps: readonly string[]
  readonly risk: 'low' | 'medium' | 'high'
  readonly riskReasons: readonly string[]
  readonly expectedEdits: number
  readonly estimatedSeconds: number
}

/** What one persona thinks of a strategy of another: 0 to 10 each, 10 for cost being cheap. */
export interface Score {
  readonly id: string
  readonly persona: string
  readonly safety: number
  readonly value: number
  readonly cost: number
  readonly reason: string
}

export type Ranked = Suggested & { readonly scores: readonly Omit<Score, 'id'>[] }
export type Strategies = readonly Ranked[]

/** Safety counts double: what IAMA is asked for is a change that breaks nothing. */
const weightOf = ({ safety, value, cost }: Omit<Score, 'id'>): number => (2 * safety + value + cost) / 4

const riskOrder = { low: 0, medium: 1, high: 2 } as const

/**
 * Best first: by the mean of the scores where there are any, then by risk, then in the order suggested. The same title
 * suggested twice is one strategy, the first. Who scored keeps the reasons.
 */
export const rank = (suggested: readonly Suggested[], scores: readonly Score[]): Strategies => {
  const titles = new Set<string>()
  const different = suggested.filter(({ title }) => {
    const key = title.trim().toLowerCase()
    return titles.has(key) ? false : titles.add(key)
  })
  const ranked = different.map((each) => ({
    ...each,
    scores: scores.filter(({ id }) => id === each.id).map(({ id: _id, ...score }) => score),
  }))
  return ranked.sort((a, b) => meanOf(b.scores) - meanOf(a.scores) || riskOrder[a.risk] - riskOrder[b.risk])
}

/** Without a voice it stands in the middle. */
const meanOf = (scores: Ranked['scores']): number =>
  scores.length === 0 ? 5 : scores.reduce((sum, score) => sum + weightOf(score), 0) / scores.length

import { CURRENCY, highestCostMicros } from '../domain/price.ts'
import { rank, type Score, type Strategies, type Suggested } from '../domain/ranking.ts'
import { routesOf, type Route } from '../domain/route.ts'
import type { Listener } from './ask-model.ts'
import type { Offers } from './offer-ports.ts'
import type { OpenDesk } from './ports.ts'
import type { GenerateInput, WriteAnswer, Written } from './write-answer.ts'

/** Who proposes; each looks at the code for something else. */
export const personas = ['architect', 'maintainer', 'tester'] as const
export type Persona = (typeof personas)[number]

/** Tiers in which one persona proposes alone. */
const alone: ReadonlySet<string> = new Set(['free', 'plus'])
/** Calls that three personas make, a turn to mend each included. */
const MOST_CALLS = 12
/** The offline engine's phases aside, a job asks for a spec, exercises, a patch and up to six repairs. */
const CALLS_OF_A_JOB = 9

/** What a model wrote as proposals, checked against the code. */
interface Proposed {
  readonly proposals: readonly Suggested[]
  /** Named files or symbols that do not exist. */
  readonly dropped: number
}

/**
 * Up to three personas propose strategies, each scores those of the others, and the ranking keeps the reasons. One
 * persona alone where the tier or the job's budget says so.
 */
export class ProposeStrategies {
  readonly #writeAnswer: WriteAnswer
  readonly #offers: Offers

  constructor(writeAnswer: WriteAnswer, offers: Offers) {
    this.#writeAnswer = writeAnswer
    this.#offers = offers
  }

  async execute(input: GenerateInput, desk: OpenDesk, listener: Listener, signal: AbortSignal): Promise<Written> {
    const { offers, waiting } = await this.#offers.of(input.assignment.tenantId)
    const [route] = routesOf(input.key, offers, waiting).routes
    const speakers = speakersOf(input, route)
    const voices = speakers.map((persona) => ({ persona }))
    const answers = await this.#writeAnswer.execute(input, desk, voices, listener, signal)
    const spoken = speakers.map((persona, at) => ({ persona, written: answers[at]! }))
    const first = spoken.find(({ written }) => written.reading.kind === 'answer') ?? spoken[0]!
    if (first.written.reading.kind !== 'answer') return first.written
    const suggested = spoken.flatMap(({ persona, written }) => suggestionsOf(persona, written, listener))
    const scores = speakers.length > 1 ? await this.#score(input, desk, suggested, listener, signal) : []
    const answer = answerOf(route, rank(suggested, scores), first.written.briefing.tokens)
    return { briefing: first.written.briefing, reading: { kind: 'answer', answer, note: '' } }
  }

  /** Each scores what the others propose; a voice that cannot be read is not counted. */
  async #score(
    input: GenerateInput,
    desk: OpenDesk,
    suggested: readonly Suggested[],
    listener: Listener,
    signal: AbortSignal,
  ): Promise<readonly Score[]> {
    const voices = personas.flatMap((persona) => {
      const others = suggested.filter((each) => each.persona !== persona)
      return others.length === 0 ? [] : [{ persona, others, proposals: JSON.stringify(others) }]
    })
    if (voices.length === 0) return []
    const answers = await this.#writeAnswer.execute(input, desk, voices, listener, signal)
    return answers.flatMap(({ reading }, at) => {
      if (reading.kind !== 'answer') return []
      const { persona, others } = voices[at]!
      const known = new Set(others.map(({ id }) => id))
      const { scores } = JSON.parse(reading.answer) as { scores: readonly Omit<Score, 'persona'>[] }
      return scores.filter(({ id }) => known.has(id)).map((score) => ({ ...score, persona }))
    })
  }
}

const speakersOf = ({ key, assignment }: GenerateInput, route: Route): readonly Persona[] => {
  const { jobBudgetMicros } = assignment
  const dear = highestCostMicros(route.offer.price, route.maxTokens, route.outputCap) * MOST_CALLS
  const afford = jobBudgetMicros === undefined || dear <= jobBudgetMicros
  return alone.has(key.tier) || !afford ? [personas[0]] : personas
}

/** `iama.jobs.v1.Proposal` as JSON, with what the rest of the job costs at least and at most. */
const answerOf = ({ offer: { price }, outputCap }: Route, ranked: Strategies, contextTokens: number): string => {
  const least = (edits: number): number => highestCostMicros(price, contextTokens, edits * 250 + 1_500)
  const most = highestCostMicros(price, contextTokens, outputCap) * CALLS_OF_A_JOB
  const proposals = ranked.map(({ persona: _persona, ...proposal }) => ({
    ...proposal,
    estimatedCostMicros: String(Math.min(least(proposal.expectedEdits) * 2, most)),
    mostCostMicros: String(most),
    currency: CURRENCY,
    engine: 'model',
  }))
  const nothingToDo = proposals.length === 0 ? 'no persona proposed anything that the code has a place for' : ''
  return JSON.stringify({ proposals, nothingToDo })
}

const suggestionsOf = (persona: Persona, { reading }: Written, listener: Listener): Suggested[] => {
  if (reading.kind !== 'answer') {
    listener.tell(`the ${persona} proposed nothing readable`)
    return []
  }
  const { proposals, dropped } = JSON.parse(reading.answer) as Proposed
  const left = dropped === 0 ? '' : `; ${dropped} dropped, for they name files or symbols that do not exist`
  listener.tell(`the ${persona} proposes ${proposals.length}${left}`)
  return proposals.map((proposal, at) => ({ ...proposal, persona, id: `${persona}-${at + 1}` }))
}

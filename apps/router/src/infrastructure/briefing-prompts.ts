import {
  characterization,
  clarify,
  nameOf,
  personas,
  proposal,
  reanalysis,
  refactor,
  repair,
  score,
  spec,
  type ClarifyTurn,
  type FilePart,
  type Persona,
  type Prompt,
  type ChatMessage,
  type StrategyText,
} from '@iama/prompts'
import type { Assignment, BriefView, Turn } from '../application/ports.ts'

/** What a prompt is made from, besides files. */
export interface Wanted {
  readonly assignment: Assignment
  readonly view: BriefView
  readonly outputTokens: number
  /** Diff of the red part of a patch that failed. */
  readonly failed: string
  /** Diff of its green part, which stays. */
  readonly taken: string
}

/** A prompt that only lacks its files. */
export interface PreparedPrompt {
  /** `id@version` */
  readonly name: string
  render(files: readonly FilePart[]): ChatMessage[]
}

/** The prompt of a phase. */
export const promptOf = (wanted: Wanted): PreparedPrompt => {
  const { assignment, view } = wanted
  const { goal } = assignment
  switch (assignment.phase) {
    case 'proposal':
      return view.proposals === undefined ? proposing(assignment, view) : scoring(assignment, view, view.proposals)
    case 'spec':
      return prepared(spec, (files) => ({ goal, proposal: strategyOf(assignment), files }))
    case 'clarify': {
      const conversation = assignment.conversation.map(toTurn)
      return prepared(clarify, (files) => ({
        goal,
        proposal: strategyOf(assignment),
        spec: assignment.spec,
        conversation,
        files,
      }))
    }
    case 'reanalysis':
      return prepared(reanalysis, (files) => ({
        goal,
        spec: assignment.spec,
        proposal: strategyOf(assignment),
        facts: assignment.facts.join('\n'),
        files,
      }))
    case 'characterization':
      return prepared(characterization, (files) => ({
        proposal: strategyOf(assignment),
        weakPlaces: assignment.weakPlaces,
        files,
      }))
    case 'refactor':
      return prepared(refactor, (files) => writing(wanted, files))
    case 'repair':
      return prepared(repair, (files) => ({
        ...writing(wanted, files),
        failedPatch: wanted.failed,
        failures: assignment.repair?.failures ?? [],
        problems: assignment.repair?.problems ?? [],
        taken: { diff: wanted.taken, applied: false },
      }))
  }
}

const prepared = <Inputs>(prompt: Prompt<Inputs>, inputs: (files: readonly FilePart[]) => Inputs): PreparedPrompt => ({
  name: nameOf(prompt),
  render: (files) => prompt.render(inputs(files)),
})

const proposing = ({ goal, include, facts }: Assignment, view: BriefView): PreparedPrompt =>
  prepared(proposal, (files) => ({
    persona: personaOf(view),
    goal,
    scope: include,
    facts: facts.join('\n'),
    files,
  }))

const scoring = ({ goal, facts }: Assignment, view: BriefView, proposals: string): PreparedPrompt =>
  prepared(score, () => ({
    persona: personaOf(view),
    goal,
    facts: facts.join('\n'),
    proposals: JSON.parse(proposals) as (StrategyText & { id: string })[],
  }))

const writing = ({ assignment, view, outputTokens }: Wanted, files: readonly FilePart[]) => ({
  spec: assignment.spec,
  proposal: strategyOf(assignment),
  scope: assignment.strategy?.files ?? [],
  files,
  wholeFiles: view.wholeFiles,
  outputTokens,
  hint: assignment.repair?.hint ?? '',
})

const personaOf = ({ persona }: BriefView): Persona => personas.find((each) => each === persona) ?? personas[0]

const strategyOf = ({ strategy, goal }: Assignment): StrategyText => {
  if (strategy) return { ...strategy, risk: riskOf(strategy.risk) }
  return { title: goal, summary: '', files: [], symbols: [], steps: [], risk: 'medium', riskReasons: [] }
}

const riskOf = (risk: string): StrategyText['risk'] => (risk === 'low' || risk === 'high' ? risk : 'medium')

const toTurn = ({ role, text, questions }: Turn): ClarifyTurn =>
  role === 'user' ? { from: 'person', text } : { from: 'clarifier', questions }

import {
  analyze,
  explainNothing,
  proposalOf,
  propose,
  renderSpec,
  transform,
  type Analysis,
  type Proposal,
  type RefactorRequest,
  type Transformed,
} from '@iama/codemod'
import { buildGraph } from '@iama/graph'
import { applyPatch, selectEdits, treeHash, type Tree } from '@iama/patch'
import { CURRENCY } from '../domain/price.ts'
import type { Phase } from '../domain/route.ts'
import { reachOf } from './proposal-impact.ts'

/** What the offline engine is asked. */
export interface OfflineWork {
  readonly kind: 'offline'
  readonly phase: Phase
  /** Names the tree: work with the same name has the same one. */
  readonly subject: string
  readonly tree: Tree
  /** Paths that links have. */
  readonly links: readonly string[]
  readonly goal: string
  readonly target: string
  readonly include: readonly string[]
  readonly recipes: readonly string[]
  readonly skip: readonly string[]
  readonly evidence: 'proven' | 'verified'
  readonly proposalId: string
  readonly onlyEdits: readonly string[]
}

const requestOf = ({ goal, recipes, skip, evidence, include, target, links }: OfflineWork): RefactorRequest => ({
  ...{ goal, recipes, skip, evidence, include, taken: links },
  ...(target === '' ? {} : { target }),
})

/** One reading of a snapshot for one request: every phase asks for the same again. */
class Reading {
  readonly tree: Tree
  readonly request: RefactorRequest
  readonly analysis: Analysis
  readonly #strategies = new Map<string, Strategy | undefined>()
  #proposals: readonly Proposal[] | undefined

  constructor(work: OfflineWork) {
    this.tree = work.tree
    this.request = requestOf(work)
    this.analysis = analyze(work.tree, { include: work.include })
  }

  get proposals(): readonly Proposal[] {
    return (this.#proposals ??= propose(this.tree, this.analysis, this.request))
  }

  /** A proposal carried out, without the work for the others; undefined when it is not offered. */
  strategy(id: string): Strategy | undefined {
    if (!this.#strategies.has(id)) this.#strategies.set(id, this.#carryOut(id))
    return this.#strategies.get(id)
  }

  #carryOut(id: string): Strategy | undefined {
    const { tree, analysis, request } = this
    const known = this.#proposals?.find((each) => each.id === id)
    const proposal = known ?? proposalOf(tree, analysis, request, id)
    return proposal && { proposal, transformed: transform(tree, analysis, proposal, request) }
  }
}

interface Strategy {
  readonly proposal: Proposal
  readonly transformed: Transformed
}

let last: { readonly of: string; readonly reading: Reading } | undefined

/** The last one, when it is of the same snapshot and request. */
const readingOf = (work: OfflineWork): Reading => {
  const of = JSON.stringify([work.subject, requestOf(work)])
  if (last?.of !== of) last = { of, reading: new Reading(work) }
  return last.reading
}

/** The answer of a phase, as JSON text. The same work gives the same bytes, whatever was asked before. */
export const offlineAnswer = (job: OfflineWork): string => {
  if (job.phase === 'clarify' || job.phase === 'reanalysis' || job.phase === 'characterization')
    throw new Error('the offline engine has no words of its own: edit the spec, or choose a model')
  const reading = readingOf(job)
  const { tree, analysis, request } = reading
  if (job.phase === 'proposal') {
    const { proposals } = reading
    const nothingToDo = proposals.length === 0 ? explainNothing(tree, analysis, request).join('; ') : ''
    return JSON.stringify({ proposals: withReach(tree, proposals).map(toWire), nothingToDo })
  }
  const strategy = reading.strategy(job.proposalId)
  if (!strategy) throw new Error(`the strategy ${job.proposalId} is not offered for this code`)
  const { proposal, transformed } = strategy
  if (job.phase === 'spec') return JSON.stringify(renderSpec(proposal, analysis, transformed))
  const refused = transformed.refused.map((refusal, index) => ({
    editId: `refused-${index + 1}`,
    recipe: refusal.recipe,
    title: `${refusal.path}:${refusal.line}`,
    reasons: [refusal.reason],
  }))
  const { onlyEdits } = job
  const patch = onlyEdits.length === 0 ? transformed.patch : selectEdits(transformed.patch, onlyEdits)
  return JSON.stringify({ patch, refused, treeHash: treeHash(applyPatch(tree, patch)) })
}

/** Whoever chooses a strategy should know how far it reaches, beside what could go wrong. */
const withReach = (tree: Tree, proposals: readonly Proposal[]): Proposal[] => {
  if (proposals.length === 0) return []
  const graph = buildGraph(tree)
  return proposals.map((proposal) => {
    const reach = reachOf(graph, proposal)
    return reach === undefined ? proposal : { ...proposal, riskReasons: [...proposal.riskReasons, reach] }
  })
}

/** `iama.jobs.v1.Proposal` as JSON. */
const toWire = (proposal: Proposal) => ({
  id: proposal.id,
  title: proposal.title,
  summary: proposal.summary,
  recipes: proposal.recipes,
  files: proposal.files,
  newFiles: proposal.newFiles,
  toEsModules: proposal.kind === 'modules',
  expectedEdits: proposal.expectedEdits,
  risk: proposal.risk,
  riskReasons: proposal.riskReasons,
  estimatedSeconds: proposal.estimatedSeconds,
  floorBefore: floorText(proposal.floorBefore),
  floorAfter: floorText(proposal.floorAfter),
  currency: CURRENCY,
  engine: 'codemod',
})

const floorText = ({ ecmaVersion, node }: Proposal['floorBefore']): string =>
  `ES${ecmaVersion}${node === undefined ? '' : `, Node ${node}`}`

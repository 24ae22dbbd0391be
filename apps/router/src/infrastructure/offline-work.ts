import {
  analyze,
  explainNothing,
  proposalOf,
  propose,
  renderSpec,
  transform,
  type Proposal,
  type RefactorRequest,
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
  readonly tree: Tree
  readonly goal: string
  readonly target: string
  readonly include: readonly string[]
  readonly recipes: readonly string[]
  readonly skip: readonly string[]
  readonly proposalId: string
  readonly onlyEdits: readonly string[]
}

/** The answer of a phase, as JSON text. */
export const offlineAnswer = (job: OfflineWork): string => {
  if (job.phase === 'clarify' || job.phase === 'reanalysis' || job.phase === 'characterization')
    throw new Error('the offline engine has no words of its own: edit the spec, or choose a model')
  const analysis = analyze(job.tree, { include: job.include })
  const request: RefactorRequest = {
    goal: job.goal,
    recipes: job.recipes,
    skip: job.skip,
    include: job.include,
    ...(job.target === '' ? {} : { target: job.target }),
  }
  if (job.phase === 'proposal') {
    const proposals = propose(job.tree, analysis, request)
    const nothingToDo = proposals.length === 0 ? explainNothing(job.tree, analysis, request).join(' ') : ''
    return JSON.stringify({ proposals: withReach(job.tree, proposals).map(toWire), nothingToDo })
  }
  const proposal = proposalOf(job.tree, analysis, request, job.proposalId)
  if (!proposal) throw new Error(`the strategy ${job.proposalId} is not offered for this code`)
  const transformed = transform(job.tree, analysis, proposal, request)
  if (job.phase === 'spec') return JSON.stringify(renderSpec(proposal, analysis, transformed))
  const refused = transformed.refused.map((refusal, index) => ({
    editId: `refused-${index + 1}`,
    recipe: refusal.recipe,
    title: `${refusal.path}:${refusal.line}`,
    reasons: [refusal.reason],
  }))
  const { onlyEdits } = job
  const patch = onlyEdits.length === 0 ? transformed.patch : selectEdits(transformed.patch, onlyEdits)
  return JSON.stringify({ patch, refused, treeHash: treeHash(applyPatch(job.tree, patch)) })
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

import type { Tree } from '@iama/patch'

import { asCompared } from './analysis/file-names.ts'
import { collect } from './engine/candidates.ts'
import { withoutOverlaps } from './engine/overlap.ts'
import type { Candidate, FoundInFile } from './engine/recipe.ts'
import { settle } from './engine/settle.ts'
import { toPatch } from './engine/to-patch.ts'
import { meets } from './floor/versions.ts'
import { raiseFloor, raisesFloor } from './floor/raise.ts'
import { openProject, type Project } from './project.ts'
import { moduleCandidates } from './recipes/es-modules.ts'
import { parameterCandidates } from './recipes/parameter-object.ts'
import { renameCandidates } from './recipes/rename-symbol.ts'
import { inScope, pathsInScope } from './scope.ts'
import type { AnalyzeOptions, Analysis, Floor, Proposal, RefactorRequest, Refusal, Transformed } from './types.ts'

const refusal = (candidate: Candidate, reason: string): Refusal => ({
  recipe: candidate.recipe,
  path: candidate.path,
  line: candidate.line,
  reason,
})

const byPlace = (one: Refusal, other: Refusal): number =>
  one.path === other.path
    ? one.line - other.line || (one.recipe < other.recipe ? -1 : one.recipe > other.recipe ? 1 : 0)
    : one.path < other.path
      ? -1
      : 1

const needText = (candidate: Candidate): string =>
  `needs ES${candidate.need.ecmaVersion}${candidate.need.node ? ` and Node ${candidate.need.node}` : ''}, above the floor`

const find = (project: Project, analysis: Analysis, proposal: Proposal, request: RefactorRequest) => {
  if (proposal.kind === 'rename') return renameCandidates(project, analysis, request)
  if (proposal.kind === 'modules') return moduleCandidates(project, analysis, request)
  if (proposal.kind === 'parameters') return parameterCandidates(project, analysis, request)
  const editable = pathsInScope(analysis, request)
  const paths = editable.filter((path) => proposal.only?.includes(path) ?? true)
  return within(editable, analysis.options, request, collect(project, new Set(proposal.recipes), paths))
}

/**
 * What would reach into a file that is not to be edited is refused. A new file comes out of one that may be, so that it
 * need not be among those that a request names; what is left out of the tree is no place for it.
 */
const within = (
  editable: readonly string[],
  { exclude = [] }: AnalyzeOptions,
  { taken = [] }: RefactorRequest,
  { candidates, refused }: FoundInFile,
): FoundInFile => {
  const isKept = inScope({ exclude })
  const names = new Set(taken.map(asCompared))
  const mayBeMade = (path: string): boolean => isKept(path) && !names.has(asCompared(path))
  const elsewhere = ({ changes, creates = [] }: Candidate): string | undefined =>
    (changes.find(({ path }) => !editable.includes(path)) ?? creates.find(({ path }) => !mayBeMade(path)))?.path
  const outside = candidates.filter((candidate) => elsewhere(candidate) !== undefined)
  return {
    candidates: candidates.filter((candidate) => !outside.includes(candidate)),
    refused: [
      ...refused,
      ...outside.map((candidate) => refusal(candidate, `${elsewhere(candidate)} is not to be edited or made`)),
    ],
  }
}

/**
 * Carries a proposal out: the edits that are proven, and the places that were left alone with the reason. The same
 * tree, proposal and request give the same patch, byte for byte. Where two edits want the same text, the recipe that
 * comes first wins.
 */
export const transform = (
  tree: Tree,
  analysis: Analysis,
  proposal: Proposal,
  request: RefactorRequest,
): Transformed => {
  const project = openProject(tree)
  const found = find(project, analysis, proposal, request)
  const fits = (floor: Floor, candidate: Candidate): boolean => meets(floor, candidate.need)
  const affordable = found.candidates.filter((candidate) => fits(proposal.floorAfter, candidate))
  const { accepted, rejected } = withoutOverlaps(affordable)
  const { kept, broken } = settle(project, accepted)
  const floorEdits = kept.length > 0 && raisesFloor(proposal) ? raiseFloor(project, proposal.floorAfter) : []
  const raised = floorEdits.map(({ id }) => id)
  const patch = toPatch(project, [...floorEdits, ...kept], ({ candidate }) =>
    floorEdits.some((each) => each.candidate === candidate) || fits(proposal.floorBefore, candidate) ? [] : raised,
  )
  const refused = [
    ...found.refused,
    ...found.candidates
      .filter((candidate) => !fits(proposal.floorAfter, candidate))
      .map((candidate) => refusal(candidate, needText(candidate))),
    ...rejected.map(({ candidate, by }) => refusal(candidate, `overlaps edit ${by}`)),
    ...broken.map(({ candidate }) =>
      refusal(candidate, 'the result would not parse together with the edits before it'),
    ),
  ]
  return { patch, refused: refused.sort(byPlace) }
}

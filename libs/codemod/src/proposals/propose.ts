import type { Tree } from '@iama/patch'

import type { Family } from '../engine/recipe.ts'
import { editionOfNode, meets, parseTarget } from '../floor/versions.ts'
import { openProject } from '../project.ts'
import { allRecipes } from '../recipes/all.ts'
import { parseRename } from '../recipes/rename-symbol.ts'
import { pathsInScope } from '../scope.ts'
import { transform } from '../transform.ts'
import type { Analysis, Floor, Proposal, ProposalKind, RefactorRequest, Transformed } from '../types.ts'
import { assessRisk } from './risk.ts'

const DEFAULT_TARGET = 'node20'

interface Strategy {
  readonly id: string
  readonly kind: ProposalKind
  readonly title: string
  readonly families: readonly Family[]
  readonly floorAfter: Floor
}

const floorOf = ({ floor }: Analysis): Floor =>
  floor.node === undefined ? { ecmaVersion: floor.ecmaVersion } : { ecmaVersion: floor.ecmaVersion, node: floor.node }

/** The floor that a request's target means; undefined when it is no version or not above today's floor. */
export const raisedFloor = (analysis: Analysis, request: RefactorRequest): Floor | undefined => {
  const node = parseTarget(request.target ?? DEFAULT_TARGET)
  if (node === undefined) return undefined
  const ecmaVersion = editionOfNode(node)
  return meets(analysis.floor, { ecmaVersion, node }) && analysis.floor.node !== undefined
    ? undefined
    : { ecmaVersion, node }
}

/** Only the syntax in use may hold the floor down: then package.json promises no older engine than the target. */
const raiseTitle = ({ floor }: Analysis, { node = '' }: Floor): string => {
  const major = node.split('.')[0]
  const isPromised = floor.node !== undefined && meets(floor, { ecmaVersion: 3, node })
  return isPromised
    ? `Use the language of Node ${major}, which the package already requires`
    : `Raise the floor to Node ${major} (semver-major)`
}

const strategies = (analysis: Analysis, request: RefactorRequest): Strategy[] => {
  const before = floorOf(analysis)
  const after = raisedFloor(analysis, request)
  const renamed = parseRename(request.goal)
  if (renamed) {
    const title = `Rename ${renamed.symbol} to ${renamed.newName}`
    return [{ id: 'rename', kind: 'rename', title, families: ['rename'], floorAfter: before }]
  }
  const major = after?.node?.split('.')[0]
  const raise: Strategy[] = after
    ? [
        {
          id: `raise-floor-node${major}`,
          kind: 'raise-floor',
          title: raiseTitle(analysis, after),
          families: ['modernize'],
          floorAfter: after,
        },
      ]
    : []
  return [
    {
      id: 'within-floor',
      kind: 'within-floor',
      title: 'Modernise within the floor',
      families: ['modernize'],
      floorAfter: before,
    },
    ...raise,
    { id: 'simplify', kind: 'simplify', title: 'Simplify control flow', families: ['simplify'], floorAfter: before },
    { id: 'extract', kind: 'extract', title: 'Extract functions', families: ['structure'], floorAfter: before },
  ]
}

const isSelected = (id: string, { recipes, skip }: RefactorRequest): boolean =>
  (!recipes?.length || recipes.includes(id)) && !skip?.includes(id)

const recipesFor = ({ families, kind }: Strategy, request: RefactorRequest): string[] =>
  kind === 'rename'
    ? ['rename-symbol']
    : allRecipes.filter(({ family, id }) => families.includes(family) && isSelected(id, request)).map(({ id }) => id)

/** The kinds of strategy that a goal asks for, best first; what it does not name follows. */
const preference = ({ goal, target }: RefactorRequest): readonly ProposalKind[] => {
  if (goal === 'simplify') return ['simplify', 'extract', 'within-floor', 'raise-floor']
  if (goal === 'extract') return ['extract', 'simplify', 'within-floor', 'raise-floor']
  if (target !== undefined) return ['raise-floor', 'within-floor', 'simplify', 'extract']
  return ['within-floor', 'raise-floor', 'simplify', 'extract']
}

const titleOf = (recipe: string): string => allRecipes.find(({ id }) => id === recipe)?.title ?? 'rename'

const summaryOf = (
  strategy: Strategy,
  { patch }: Transformed,
  files: readonly string[],
  analysis: Analysis,
): string => {
  const counts = new Map<string, number>()
  for (const { recipe } of patch.edits) counts.set(recipe, (counts.get(recipe) ?? 0) + 1)
  const parts = [...counts]
    .filter(([recipe]) => recipe !== 'raise-floor')
    .map(([recipe, count]) => `${count} x ${titleOf(recipe)}`)
  const [lowest] = analysis.floor.evidence
  const why = lowest ? ` (${lowest.source}: ${lowest.value})` : ''
  const floor =
    strategy.kind === 'raise-floor'
      ? ` The floor rises from ES${analysis.floor.ecmaVersion}${why} to Node ${strategy.floorAfter.node}; package.json says so.`
      : strategy.kind === 'within-floor'
        ? ` The floor stays at ES${analysis.floor.ecmaVersion}${why}.`
        : ''
  return `${patch.edits.length} edits in ${files.length} files: ${parts.join(', ')}.${floor}`
}

/** Seconds from start to verdict, as measured on small packages: installing and testing outweigh the edits. */
const estimate = (analysis: Analysis, edits: number): number => Math.ceil(10 + analysis.totals.lines / 500 + edits / 10)

const draft = (analysis: Analysis, strategy: Strategy, request: RefactorRequest): Proposal => ({
  id: strategy.id,
  kind: strategy.kind,
  title: strategy.title,
  summary: '',
  recipes: recipesFor(strategy, request),
  files: [],
  expectedEdits: 0,
  risk: 'low',
  riskReasons: [],
  floorBefore: floorOf(analysis),
  floorAfter: strategy.floorAfter,
  estimatedSeconds: 0,
})

/**
 * The strategies that have something to do, best first for the request's goal. Each was carried out once to know its
 * files and edits, so `expectedEdits` is what `transform` gives. Empty when there is nothing to do: `explainNothing`
 * then says why.
 */
export const propose = (tree: Tree, analysis: Analysis, request: RefactorRequest): Proposal[] => {
  if (!isKnownGoal(request)) return []
  const wanted = preference(request)
  const proposals = strategies(analysis, request).flatMap((strategy) => {
    const proposal = draft(analysis, strategy, request)
    const result = transform(tree, analysis, proposal, request)
    const { edits } = result.patch
    if (edits.length === 0) return []
    const files = [...new Set(edits.flatMap(({ operations }) => operations.map(({ path }) => path)))].sort()
    return [
      {
        ...proposal,
        summary: summaryOf(strategy, result, files, analysis),
        files,
        expectedEdits: edits.length,
        ...assessRisk(openProject(tree), proposal, result),
        estimatedSeconds: estimate(analysis, edits.length),
      },
    ]
  })
  return proposals.sort((one, other) => wanted.indexOf(one.kind) - wanted.indexOf(other.kind))
}

/** Goals in other words are for a language model. */
const goals: readonly string[] = ['auto', 'modernize', 'simplify', 'extract']

const isKnownGoal = ({ goal }: RefactorRequest): boolean =>
  goals.includes(goal.trim()) || parseRename(goal) !== undefined

/** Why there is no proposal, in sentences for the user; empty when there is one. */
export const explainNothing = (tree: Tree, analysis: Analysis, request: RefactorRequest): string[] => {
  if (propose(tree, analysis, request).length > 0) return []
  if (!isKnownGoal(request)) {
    const known = [...goals, 'rename <symbol> <new name>'].join(', ')
    return [`the offline engine knows the goals ${known}; a goal in other words needs a language model`]
  }
  const reasons: string[] = []
  if (analysis.files.length === 0) reasons.push('the tree holds no JavaScript or TypeScript')
  else if (pathsInScope(analysis, request).length === 0) {
    const roles = [...new Set(analysis.files.map(({ role }) => role))].sort().join(', ')
    reasons.push(`no file in scope may be edited (files found: ${roles})`)
  }
  for (const { path, line, column, message } of analysis.syntaxErrors)
    reasons.push(`${path}:${line}:${column} does not parse: ${message}`)
  for (const strategy of strategies(analysis, request)) {
    const { refused } = transform(tree, analysis, draft(analysis, strategy, request), request)
    const [first] = refused
    const example = first ? `, for example ${first.path}:${first.line}: ${first.reason}` : ''
    reasons.push(`${strategy.title}: ${refused.length} places were looked at and left alone${example}`)
  }
  return reasons
}

import type { Tree } from '@iama/patch'

import type { Recipe } from '../engine/recipe.ts'
import { openProject } from '../project.ts'
import { allRecipes } from '../recipes/all.ts'
import { recipeCatalogue } from '../recipes/catalogue.ts'
import { pathsInScope } from '../scope.ts'
import { transform } from '../transform.ts'
import type { Analysis, Proposal, ProposalKind, RefactorRequest, Refusal, Totals, Transformed } from '../types.ts'
import { metricsChange, metricsText } from './change-metrics.ts'
import { changedLines } from './changed-lines.ts'
import { explainGoal, goalOf } from './goals.ts'
import { assessRisk } from './risk.ts'
import { floorOf, strategies, type Strategy } from './strategies.ts'

const isSelected = ({ id, rests }: Recipe, { recipes, skip, evidence }: RefactorRequest): boolean =>
  (!recipes?.length || recipes.includes(id)) && !skip?.includes(id) && (!rests || evidence === 'verified')

/** Recipes that run only when a goal names them, by the kind of their strategy. */
const named: Readonly<Partial<Record<ProposalKind, string>>> = {
  rename: 'rename-symbol',
  parameters: 'parameter-object',
  modules: 'es-modules',
}

const recipesFor = ({ takes, kind }: Strategy, request: RefactorRequest): string[] => {
  const only = named[kind]
  return only === undefined
    ? allRecipes.filter((recipe) => takes(recipe) && isSelected(recipe, request)).map(({ id }) => id)
    : [only]
}

const usual: readonly ProposalKind[] = [
  'within-floor',
  'raise-floor',
  'simplify',
  'extract',
  'safety',
  'types',
  'structure',
]

/** The kinds of strategy that a goal asks for, best first; what it does not name follows. */
const preference = ({ goal, target }: RefactorRequest): readonly ProposalKind[] => {
  const asked = goalOf(goal)?.kinds ?? []
  const wantsTarget = target !== undefined && (asked.includes('within-floor') || asked.length === 0)
  return [...new Set<ProposalKind>([...(wantsTarget ? ['raise-floor' as const] : []), ...asked, ...usual])]
}

const titles = new Map(recipeCatalogue().map(({ id, title }) => [id, title]))

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
    .map(([recipe, count]) => `${count} x ${titles.get(recipe)}`)
  const [lowest] = analysis.floor.evidence
  const why = lowest ? ` (${lowest.source}: ${lowest.value})` : ''
  const floor =
    strategy.kind === 'raise-floor' || strategy.kind === 'modules'
      ? ` The floor rises from ES${analysis.floor.ecmaVersion}${why} to Node ${strategy.floorAfter.node}; package.json says so.`
      : strategy.kind === 'within-floor'
        ? ` The floor stays at ES${analysis.floor.ecmaVersion}${why}.`
        : ''
  return `${strategy.why ?? ''}${patch.edits.length} edits in ${files.length} files: ${parts.join(', ')}.${floor}`
}

/** Seconds from start to verdict, as measured on small packages: installing and testing outweigh the edits. */
const estimate = (analysis: Analysis, edits: number): number => Math.ceil(10 + analysis.totals.lines / 500 + edits / 10)

const NOTHING: Totals = { files: 0, lines: 0, functions: 0, cyclomatic: 0, cognitive: 0, duplicatedLines: 0 }

const draft = (analysis: Analysis, strategy: Strategy, request: RefactorRequest): Proposal => ({
  id: strategy.id,
  kind: strategy.kind,
  title: strategy.title,
  summary: '',
  recipes: recipesFor(strategy, request),
  files: [],
  newFiles: [],
  expectedEdits: 0,
  changes: [],
  metrics: { before: NOTHING, after: NOTHING, worse: [] },
  ...(strategy.only ? { only: strategy.only } : {}),
  risk: 'low',
  riskReasons: [],
  floorBefore: floorOf(analysis),
  floorAfter: strategy.floorAfter,
  estimatedSeconds: 0,
})

/** Proposals in the order of what a request asks for; what makes the code worse by a measure comes last. */
export const ranked = (proposals: readonly Proposal[], request: RefactorRequest): Proposal[] => {
  const wanted = preference(request)
  const rank = ({ kind, metrics }: Proposal): number =>
    wanted.indexOf(kind) + (metrics.worse.length > 0 ? wanted.length : 0)
  return [...proposals].sort((one, other) => rank(one) - rank(other))
}

/** What carrying a strategy out comes to; undefined when it has nothing to do. */
const carriedOut = (
  tree: Tree,
  analysis: Analysis,
  request: RefactorRequest,
  strategy: Strategy,
): Proposal | undefined => {
  const drafted = draft(analysis, strategy, request)
  const result = transform(tree, analysis, drafted, request)
  const { edits } = result.patch
  if (edits.length === 0) return undefined
  const operations = edits.flatMap((edit) => edit.operations)
  const files = [...new Set(operations.map(({ path }) => path))].sort()
  const newFiles = operations.flatMap(({ type, path }) => (type === 'create_file' ? [path] : [])).sort()
  const metrics = metricsChange(tree, result.patch, files)
  const proposal: Proposal = { ...drafted, metrics }
  return {
    ...proposal,
    summary: summaryOf(strategy, result, files, analysis) + metricsText(metrics),
    files,
    newFiles,
    expectedEdits: edits.length,
    changes: changedLines(tree, result.patch),
    ...assessRisk(openProject(tree), proposal, result),
    estimatedSeconds: estimate(analysis, edits.length),
  }
}

/**
 * The strategies that have something to do, best first for the request's goal, and those that make the code worse by a
 * measure last, whatever was asked. Each was carried out once to know its files, edits and measures, so `expectedEdits`
 * is what `transform` gives. Empty when there is nothing to do: `explainNothing` then says why.
 */
export const propose = (tree: Tree, analysis: Analysis, request: RefactorRequest): Proposal[] => {
  if (!goalOf(request.goal)) return []
  const found = strategies(analysis, request, openProject(tree))
  return ranked(
    found.flatMap((strategy) => carriedOut(tree, analysis, request, strategy) ?? []),
    request,
  )
}

/** One of the proposals, by its id, without the work for the others; undefined when it is none of them. */
export const proposalOf = (
  tree: Tree,
  analysis: Analysis,
  request: RefactorRequest,
  id: string,
): Proposal | undefined => {
  if (!goalOf(request.goal)) return undefined
  const strategy = strategies(analysis, request, openProject(tree)).find((each) => each.id === id)
  return strategy && carriedOut(tree, analysis, request, strategy)
}

/** What takes all of a package or nothing names all that stands in its way, as far as one can read it at once. */
const SHOWN = 8

const refusalsText = ({ kind }: Strategy, refused: readonly Refusal[]): string => {
  const texts = refused.map(({ path, line, reason }) => `${path}:${line}: ${reason}`)
  if (kind === 'modules') {
    const more = texts.length > SHOWN ? `; and ${texts.length - SHOWN} more` : ''
    return `${texts.slice(0, SHOWN).join('; ')}${more}`
  }
  const places = texts.length === 1 ? '1 place was' : `${texts.length} places were`
  return `${places} looked at and left alone, for example ${texts[0]}`
}

/** Why there is no proposal, in sentences for the user; empty when there is one. */
export const explainNothing = (tree: Tree, analysis: Analysis, request: RefactorRequest): string[] => {
  if (propose(tree, analysis, request).length > 0) return []
  if (!goalOf(request.goal)) return [explainGoal(request.goal)]
  const reasons: string[] = []
  if (analysis.files.length === 0) reasons.push('the tree holds no JavaScript or TypeScript')
  else if (pathsInScope(analysis, request).length === 0) {
    const roles = [...new Set(analysis.files.map(({ role }) => role))].sort().join(', ')
    reasons.push(`no file in scope may be edited (files found: ${roles})`)
  }
  for (const { path, line, column, message } of analysis.syntaxErrors)
    reasons.push(`${path}:${line}:${column} does not parse: ${message}`)
  for (const strategy of strategies(analysis, request, openProject(tree))) {
    const { refused } = transform(tree, analysis, draft(analysis, strategy, request), request)
    if (refused.length > 0) reasons.push(`${strategy.title}: ${refusalsText(strategy, refused)}`)
  }
  if (reasons.length === 0) reasons.push('no recipe found anything that it would change')
  const unproven = request.evidence === 'verified' ? [] : propose(tree, analysis, { ...request, evidence: 'verified' })
  if (unproven.length > 0)
    reasons.push('--evidence verified would also try what cannot be proven and only recorded sessions can vouch for')
  return reasons
}

import type { Family, Recipe } from '../engine/recipe.ts'
import { editionOfNode, meets, parseTarget } from '../floor/versions.ts'
import type { Project } from '../project.ts'
import { MODULES_NEED } from '../recipes/es-modules.ts'
import { parseParameters } from '../recipes/parameter-object.ts'
import { parseRename } from '../recipes/rename-symbol.ts'
import { pathsInScope } from '../scope.ts'
import type { Analysis, Floor, ProposalKind, RefactorRequest } from '../types.ts'
import { goalOf } from './goals.ts'
import { hotSpots } from './hot-spots.ts'

const DEFAULT_TARGET = 'node20'

/** A way to serve a request, before it is known what it would change. */
export interface Strategy {
  readonly id: string
  readonly kind: ProposalKind
  readonly title: string
  /** Takes recipes by family or by id. */
  readonly takes: (recipe: Recipe) => boolean
  readonly floorAfter: Floor
  readonly only?: readonly string[]
  /** What its summary begins with. */
  readonly why?: string
}

const family =
  (...families: readonly Family[]): Strategy['takes'] =>
  (recipe) =>
    families.includes(recipe.family)

const recipes =
  (...ids: readonly string[]): Strategy['takes'] =>
  ({ id }) =>
    ids.includes(id)

export const floorOf = ({ floor }: Analysis): Floor =>
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

/** The floor of a package whose ES modules can be asked for by `require`, too. */
const floorForModules = ({ floor }: Analysis): Floor => {
  const { ecmaVersion, node } = MODULES_NEED
  return floor.node !== undefined && meets(floor, { ecmaVersion: 3, node })
    ? { ecmaVersion: Math.max(floor.ecmaVersion, ecmaVersion), node: floor.node }
    : { ecmaVersion: editionOfNode(node), node }
}

/** Only the syntax in use may hold the floor down: then package.json promises no older engine than the target. */
const raiseTitle = ({ floor }: Analysis, { node = '' }: Floor): string => {
  const major = node.split('.')[0]
  const isPromised = floor.node !== undefined && meets(floor, { ecmaVersion: 3, node })
  return isPromised
    ? `Use the language of Node ${major}, which the package already requires`
    : `Raise the floor to Node ${major} (semver-major)`
}

/** The strategies that are always looked at, in the order in which they follow what a goal names. */
const standard = (before: Floor): Strategy[] => [
  {
    id: 'within-floor',
    kind: 'within-floor',
    title: 'Modernise within the floor',
    takes: family('modernize'),
    floorAfter: before,
  },
  { id: 'simplify', kind: 'simplify', title: 'Simplify control flow', takes: family('simplify'), floorAfter: before },
  {
    id: 'extract',
    kind: 'extract',
    title: 'Extract functions',
    takes: recipes('extract-function'),
    floorAfter: before,
  },
  {
    id: 'safety',
    kind: 'safety',
    title: 'Say what is meant, where nothing changes',
    takes: family('safety'),
    floorAfter: before,
  },
  { id: 'types', kind: 'types', title: 'Write types down', takes: family('types'), floorAfter: before },
  {
    id: 'structure',
    kind: 'structure',
    title: 'Remove copies and exports that nobody needs',
    takes: recipes('dedupe-functions', 'unused-exports'),
    floorAfter: before,
  },
]

/** The strategies that only a goal of their name asks for. */
const special = (verb: string, analysis: Analysis, project: Project, request: RefactorRequest): Strategy[] => {
  const floorAfter = floorOf(analysis)
  if (verb === 'dedupe') {
    const takes = recipes('dedupe-functions', 'copied-functions', 'merge-cases', 'merge-else-ifs', 'merge-branches')
    return [{ id: 'dedupe', kind: 'dedupe', title: 'Remove copies', takes, floorAfter }]
  }
  if (verb === 'inline') {
    const takes = recipes('inline-function', 'inline-variable', 'returned-assignments')
    return [{ id: 'inline', kind: 'inline', title: 'Inline what is used once', takes, floorAfter }]
  }
  if (verb === 'structure') {
    const title = 'Write local names as their file does'
    return [{ id: 'names', kind: 'names', title, takes: recipes('naming-conventions'), floorAfter }]
  }
  if (verb === 'move') {
    const title = 'Move functions to the only file that uses them'
    return [{ id: 'move', kind: 'move', title, takes: recipes('move-function'), floorAfter }]
  }
  if (verb === 'split') {
    return [{ id: 'split', kind: 'split', title: 'Split long files', takes: recipes('split-file'), floorAfter }]
  }
  if (verb === 'cycle') {
    const only = analysis.cycles.flat()
    const title = 'Take types out of import cycles'
    return [{ id: 'cycle', kind: 'cycle', title, takes: recipes('type-only-imports'), floorAfter, only }]
  }
  return verb === 'auto' ? inHotSpots(analysis, project, request) : []
}

const inHotSpots = (analysis: Analysis, project: Project, request: RefactorRequest): Strategy[] => {
  const spots = hotSpots(project, analysis, pathsInScope(analysis, request))
  if (spots.length === 0) return []
  const named = spots.map(({ path, functions: [hardest], isTested }) => {
    const { name, line, cognitive } = hardest!
    return `${name} in ${path}:${line} (cognitive complexity ${cognitive}${isTested ? '' : ', no test reaches it'})`
  })
  const simplifies = family('simplify', 'safety')
  return [
    {
      id: 'hot-spots',
      kind: 'hot-spots',
      title: 'Simplify the code that is hardest to follow',
      // a name is proven to be free in the text as it is, and what simplifies may bring one along
      takes: (recipe) => recipe.id !== 'shadowed-names' && (simplifies(recipe) || recipe.id === 'extract-function'),
      floorAfter: floorOf(analysis),
      only: spots.map(({ path }) => path),
      why: `Hardest to follow: ${named.join('; ')}. `,
    },
  ]
}

/** The strategies that a request may be served by, in no order of merit. */
export const strategies = (analysis: Analysis, request: RefactorRequest, project: Project): Strategy[] => {
  const before = floorOf(analysis)
  const goal = goalOf(request.goal)
  const renamed = parseRename(request.goal)
  if (renamed) {
    const title = `Rename ${renamed.symbol} to ${renamed.newName}`
    return [{ id: 'rename', kind: 'rename', title, takes: () => false, floorAfter: before }]
  }
  if (goal?.verb === 'parameters') {
    const title = `Give ${parseParameters(request.goal)} one object for its parameters`
    return [{ id: 'parameters', kind: 'parameters', title, takes: () => false, floorAfter: before }]
  }
  if (goal?.verb === 'modules') {
    const title = 'ES modules instead of CommonJS'
    return [{ id: 'modules', kind: 'modules', title, takes: () => false, floorAfter: floorForModules(analysis) }]
  }
  const after = raisedFloor(analysis, request)
  const raise = after ? [raising(analysis, after)] : []
  return [...special(goal?.verb ?? '', analysis, project, request), ...standard(before), ...raise]
}

const raising = (analysis: Analysis, after: Floor): Strategy => ({
  id: `raise-floor-node${after.node?.split('.')[0]}`,
  kind: 'raise-floor',
  title: raiseTitle(analysis, after),
  takes: family('modernize'),
  floorAfter: after,
})

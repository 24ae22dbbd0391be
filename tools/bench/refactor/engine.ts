import { analyze, propose, transform, type ProposalKind } from '@iama/codemod'
import { applyPatch, type Tree } from '@iama/patch'

/** As ESLint repeats its fixes: what one pass made possible, the next one does. */
const passes = 3

/** The goals and the kinds of their proposals, in the order in which they are carried out. */
const goals: readonly (readonly [string, readonly ProposalKind[]])[] = [
  ['modernize', ['raise-floor', 'within-floor']],
  ['simplify', ['simplify']],
  ['simplify', ['extract']],
]

/** What the best proposal of these kinds makes of a tree; one that makes a measure worse is not taken. */
const carriedOut = (tree: Tree, goal: string, kinds: readonly ProposalKind[], include: readonly string[]): Tree => {
  const request = { goal, target: 'node20', include }
  const analysis = analyze(tree, { include })
  const proposal = propose(tree, analysis, request).find(
    ({ kind, metrics }) => kinds.includes(kind) && metrics.worse.length === 0,
  )
  return proposal === undefined ? tree : applyPatch(tree, transform(tree, analysis, proposal, request).patch)
}

/** The engine on a whole package, at a floor of Node 20: `modernize`, then `simplify`, until nothing changes. */
export const refactored = (tree: Tree, allowed: readonly string[], include: readonly string[]): Tree => {
  let now = tree
  for (let pass = 0; pass < passes; pass += 1) {
    const before = now
    for (const [goal, kinds] of goals) {
      const wanted = kinds.filter((kind) => allowed.includes(kind))
      if (wanted.length > 0) now = carriedOut(now, goal, wanted, include)
    }
    if (now === before) break
  }
  return now
}

import type { Project } from '../project.ts'
import type { Proposal, ProposalKind, Transformed } from '../types.ts'

interface Risk {
  readonly risk: Proposal['risk']
  readonly riskReasons: readonly string[]
}

/** Kinds of strategy that move code from one place to another. */
const moves: Readonly<Partial<Record<ProposalKind, string>>> = {
  extract: 'code moves to new functions',
  inline: 'code moves to where it is used',
  move: 'functions move to other files',
  split: 'functions move to new files',
  parameters: 'a function and all its calls change at once',
  modules: 'all files of the package, and the way in which they are loaded, change at once',
  'hot-spots': 'it changes the code that is hardest to follow',
}

/** How much could go wrong, from what the edits rest on and what the tree can check. */
export const assessRisk = (project: Project, proposal: Proposal, { patch }: Transformed): Risk => {
  const reasons: string[] = []
  let points = 0
  if (proposal.kind === 'raise-floor') {
    points += 1
    reasons.push(`a semver-major change: engines older than Node ${proposal.floorAfter.node} are given up`)
  }
  const moved = moves[proposal.kind]
  if (moved !== undefined) {
    points += 1
    reasons.push(moved)
  }
  for (const each of proposal.metrics.worse) reasons.push(`it makes the code worse by a measure: ${each}`)
  if (proposal.kind === 'rename' && !project.package.private) {
    points += 1
    reasons.push('a name changes in several places at once')
  }
  if (!project.units.some(({ role }) => role === 'test')) {
    points += 1
    reasons.push('the tree has no tests that could notice a difference')
  }
  const resting = patch.edits.filter(
    ({ evidence }) => evidence.kind === 'proven' && evidence.assumptions.includes('intrinsics intact'),
  )
  if (resting.length > 0) reasons.push(`${resting.length} edits assume that nobody replaces built-in functions`)
  const verified = patch.edits.filter(({ evidence }) => evidence.kind === 'verified').length
  if (verified > 0) {
    points += 1
    reasons.push(
      `edits that are not proven: ${verified}; each stays only if recorded sessions see it and no difference`,
    )
  }
  if (reasons.length === 0) reasons.push('every edit is proven, and the project has tests')
  return { risk: points === 0 ? 'low' : points === 1 ? 'medium' : 'high', riskReasons: reasons }
}

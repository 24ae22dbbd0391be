import { applyPatch, selectEdits, stepsOf, treeHash, type Patch } from '@iama/patch'
import { baselineGate } from './gates/baseline-gate.ts'
import { signalOf, type GateContext } from './gates/context.ts'
import { layPatch } from './lay-patch.ts'
import { defaultReplayLimits, ReplayBroken } from './sessions/replay-batch.ts'
import { replaySessions } from './sessions/replay-sessions.ts'
import type { VerdictCommit } from './types.ts'

/** Every step more is a run of the tests more. */
export const mostCommits = 8

const dir = 'verdict-commit'

/** The neighbours of recorded sessions are asked of the whole patch only: they are ten times as many. */
const replaysGreen = async ({ input }: GateContext): Promise<boolean> => {
  const limits = { ...defaultReplayLimits, ...signalOf(input) }
  const sessions = input.sessions.sessions.filter(({ origin }) => origin !== 'mutated')
  try {
    const { differences } = await replaySessions(input.workbench, dir, { ...input.sessions, sessions }, limits)
    return differences.length === 0
  } catch (error) {
    if (error instanceof ReplayBroken) return false
    throw error
  }
}

/** Whether the recorded sessions and the project's own checks are green with a part of the patch. */
const isGreen = async (context: GateContext, patch: Patch): Promise<boolean> => {
  const { input, baseTree } = context
  const { workbench, base } = input
  input.signal?.throwIfAborted()
  const laid = await layPatch(workbench, { base, baseTree }, patch, dir)
  try {
    const part: GateContext = { ...context, ...laid, input: { ...input, patched: dir, patch } }
    const ask = async (): Promise<boolean> => (await baselineGate(part)).status !== 'fail'
    const [replayed, tested] = await Promise.all([replaysGreen(part), ask()])
    // tests may lean on time: what is red beside another is asked once more alone
    return replayed && (tested || (await ask()))
  } finally {
    await workbench.remove(dir)
  }
}

/**
 * A green patch as commits in the order in which they are best read: after each one the project's own checks and the
 * recorded sessions are green. Where they are not, a commit is joined with the next.
 */
export const smallCommits = async (context: GateContext): Promise<readonly VerdictCommit[]> => {
  const { patch } = context.input
  const steps = stepsOf(patch, mostCommits)
  const untilEach = steps.map((_, i) =>
    selectEdits(
      patch,
      steps.slice(0, i + 1).flatMap(({ edits }) => edits),
    ),
  )
  const commits: VerdictCommit[] = []
  let from = 0
  for (const [at, until] of untilEach.entries()) {
    const isLast = at === steps.length - 1
    if (!isLast && !(await isGreen(context, until))) continue
    const joined = steps.slice(from, at + 1)
    commits.push({
      recipes: joined.map(({ recipe }) => recipe),
      edits: joined.flatMap(({ edits }) => edits),
      tree: treeHash(isLast ? context.patchedTree : applyPatch(context.baseTree, until)),
    })
    from = at + 1
  }
  return commits
}

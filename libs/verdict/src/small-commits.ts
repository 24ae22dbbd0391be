import { applyPatch, selectEdits, stepsOf, treeHash, type Patch } from '@iama/patch'
import { allEnded } from './all-ended.ts'
import { baselineGate } from './gates/baseline-gate.ts'
import { signalOf, type GateContext } from './gates/context.ts'
import { contextInLanes } from './lanes.ts'
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

/** Where the questions about the parts of a patch wait. */
type Place = Pick<Parameters<typeof contextInLanes>[1], 'lanes' | 'urgency' | 'signal'>

/** Whether the recorded sessions and the project's own checks are green with the nth part of the patch. */
const isGreen = async (context: GateContext, place: Place, patch: Patch, n: number): Promise<boolean> => {
  const { base } = context.input
  const at = (alone: boolean): GateContext =>
    contextInLanes(
      { ...context, input: { ...context.input, patched: dir, patch } },
      { ...place, alone, suffix: `-${n}` },
    )
  const { workbench } = at(false).input
  place.signal.throwIfAborted()
  const laid = await layPatch(workbench, { base, baseTree: context.baseTree }, patch, dir)
  try {
    const ask = async (alone: boolean): Promise<boolean> =>
      (await baselineGate({ ...at(alone), ...laid })).status !== 'fail'
    const [replayed, tested] = await allEnded([replaysGreen({ ...at(false), ...laid }), ask(false)])
    // tests may lean on time: what is red beside another is asked once more alone
    return replayed && (tested || (await ask(true)))
  } finally {
    await workbench.remove(dir)
  }
}

/** The same for each, so many at once, answers in the order of the items. */
const each = async <Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  ask: (item: Item, at: number) => Promise<Answer>,
): Promise<Answer[]> => {
  const answers: Answer[] = []
  const left = items.entries()
  const work = async (): Promise<void> => {
    for (const [at, item] of left) answers[at] = await ask(item, at)
  }
  await allEnded(Array.from({ length: atOnce }, work))
  return answers
}

/**
 * A green patch as commits in the order in which they are best read: after each one the project's own checks and the
 * recorded sessions are green. Where they are not, a commit is joined with the next.
 */
export const smallCommits = async (
  context: GateContext,
  place: Place,
  atOnce: number,
): Promise<readonly VerdictCommit[]> => {
  const { patch } = context.input
  const steps = stepsOf(patch, mostCommits)
  const untilEach = steps.map((_, i) =>
    selectEdits(
      patch,
      steps.slice(0, i + 1).flatMap(({ edits }) => edits),
    ),
  )
  const green = await each(untilEach.slice(0, -1), atOnce, (until, at) => isGreen(context, place, until, at))
  const commits: VerdictCommit[] = []
  let from = 0
  for (const [at, until] of untilEach.entries()) {
    const isLast = at === steps.length - 1
    if (!isLast && !green[at]) continue
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

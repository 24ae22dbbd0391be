import type { GateDetail, GateResult, Leaf, LeafLimits, LeafReport, TestResult } from '../types.ts'
import { runLeaf } from '../baseline/run-leaf.ts'
import { matchesAny } from './allowance.ts'
import { counted, result, signalOf, type GateContext } from './context.ts'
import { roleOf } from './file-roles.ts'
import { seedSnapshots } from './seed-snapshots.ts'

const dir = 'verdict-tests'
const controlDir = 'verdict-control'

interface Change {
  readonly id: string
  readonly what: 'newly failing' | 'newly skipped' | 'gone' | 'new'
  readonly message: string
}

const byId = (report: LeafReport): Map<string, TestResult> => new Map(report.tests.map((test) => [test.id, test]))

/** The approved spec adds tests of its own: more ids are then no surprise. */
const addsTests = (context: GateContext): boolean =>
  context.changed.some(
    (path) => !context.baseTree.has(path) && roleOf(path) === 'test' && matchesAny(path, context.input.allow.files),
  )

/** What the patched run does otherwise than the first one did. */
const compare = (before: LeafReport, after: LeafReport, mayAdd: boolean): Change[] => {
  const [was, is] = [byId(before), byId(after)]
  const changes: Change[] = []
  for (const [id, test] of was) {
    const now = is.get(id)
    if (now === undefined) changes.push({ id, what: 'gone', message: 'it did not run' })
    else if (test.status === 'pass' && now.status === 'fail')
      changes.push({ id, what: 'newly failing', message: now.message ?? 'failed without a message' })
    else if (test.status === 'pass' && now.status === 'skip')
      changes.push({ id, what: 'newly skipped', message: 'it was skipped' })
  }
  for (const [id, test] of is) {
    if (was.has(id) || (mayAdd && test.status !== 'fail')) continue
    const message = test.status === 'fail' ? (test.message ?? 'failed') : 'it was not there before'
    changes.push({ id, what: test.status === 'fail' ? 'newly failing' : 'new', message })
  }
  return changes
}

const key = (change: Change): string => `${change.what} ${change.id}`

/** What took seconds before the patch is not given minutes after it. */
const limitsOf = (context: GateContext, before: LeafReport | undefined): LeafLimits => {
  const quick = before !== undefined && before.durationMs < 5_000
  const timeoutMs = quick ? Math.min(60_000, context.limits.timeoutMs) : context.limits.timeoutMs
  return { ...context.limits, timeoutMs }
}

const leafOnly = (context: GateContext, leaf: Leaf, where: string, before?: LeafReport) =>
  runLeaf(context.input.workbench, where, leaf, limitsOf(context, before), { ci: true, ...signalOf(context.input) })

/** One leaf on a tree that no run has touched yet, after the builds that its tests need. */
const runAfresh = async (context: GateContext, leaf: Leaf, from: string, before: LeafReport): Promise<LeafReport> => {
  const { workbench, checks } = context.input
  await seedSnapshots(context, controlDir, from)
  try {
    for (const build of checks.leaves.filter(({ kind }) => kind === 'build' && leaf.kind === 'test'))
      await leafOnly(context, build, controlDir)
    return await leafOnly(context, leaf, controlDir, before)
  } finally {
    await workbench.remove(controlDir)
  }
}

/**
 * A change counts when it comes back in a second run of the patched tree and the untouched tree, run the same way
 * (as on a build server), does not show it. The rest is unstable and named. Each run has a fresh tree: what one leaves
 * behind must not change the outcome of another.
 */
const confirm = async (
  context: GateContext,
  leaf: Leaf,
  before: LeafReport,
  after: LeafReport,
  changes: readonly Change[],
) => {
  const { base, patched } = context.input
  // whatever hung once is not waited for again
  const second = after.status === 'timed-out' ? after : await runAfresh(context, leaf, patched, before)
  const control = new Set(compare(before, await runAfresh(context, leaf, base, before), false).map(key))
  const repeated = new Set(compare(before, second, addsTests(context)).map(key))
  const confirmed = changes.filter((change) => repeated.has(key(change)) && !control.has(key(change)))
  return { confirmed, unstable: changes.filter((change) => !confirmed.includes(change)) }
}

const detail = (change: Change): GateDetail => ({
  kind: 'test',
  subject: change.id,
  message: `${change.what}: ${change.message}`,
})

const notes = (context: GateContext): GateDetail[] => [
  ...context.input.checks.notRun.map(({ command, reason }): GateDetail => ({
    kind: 'note',
    subject: command,
    message: `not run: ${reason}`,
  })),
  ...context.input.baseline.snapshotOnly.map((id): GateDetail => ({
    kind: 'note',
    subject: id,
    message: 'on the untouched code it passes only by writing its snapshot',
  })),
]

/** Gate 1: the project's own build and test leaves, before and after: same ids, none newly skipped or failing. */
export const baselineGate = async (context: GateContext): Promise<GateResult> => {
  const { input } = context
  const leaves = input.checks.leaves.filter(({ kind }) => kind === 'build' || kind === 'test')
  if (leaves.length === 0) return result('baseline', 'not-applicable', 'the project has no tests', notes(context))
  if (input.baseline.status === 'red') {
    const details = input.baseline.failures.map(({ id, message }): GateDetail => ({
      kind: 'test',
      subject: id,
      message,
    }))
    return result('baseline', 'fail', `${counted(details.length, 'test')} red before the patch`, details)
  }
  await seedSnapshots(context, dir, input.patched)
  const confirmed: Change[] = []
  const unstable: Change[] = []
  const spoken: GateDetail[] = []
  let passed = 0
  try {
    for (const leaf of leaves) {
      const before = input.baseline.leaves.find((report) => report.leaf === leaf.id)
      if (before === undefined) continue
      const after = await leafOnly(context, leaf, dir, before)
      passed += after.tests.filter((test) => test.status === 'pass').length
      spoken.push(...after.notes.map((message): GateDetail => ({ kind: 'note', subject: leaf.id, message })))
      const changes = compare(before, after, addsTests(context))
      if (changes.length === 0) continue
      const judged = await confirm(context, leaf, before, after, changes)
      confirmed.push(...judged.confirmed)
      unstable.push(...judged.unstable)
      if (leaf.kind === 'build' && judged.confirmed.length > 0) break
    }
  } finally {
    await input.workbench.remove(dir)
  }
  const named = unstable.map(({ id, what }): GateDetail => ({
    kind: 'note',
    subject: id,
    message: `unstable: ${what} once, but not because of the patch`,
  }))
  const details = [...confirmed.map(detail), ...named, ...spoken, ...notes(context)]
  if (confirmed.length > 0) return result('baseline', 'fail', `${counted(confirmed.length, 'test')} changed`, details)
  const status = unstable.length > 0 ? 'warn' : 'pass'
  const stable = `${counted(passed, 'test')} green before and after`
  return result('baseline', status, unstable.length > 0 ? `${stable}, ${unstable.length} unstable` : stable, details)
}

import { sha256 } from '@iama/patch'
import type { BaselineReport, Checks, LeafLimits, LeafReport, TestFailure } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { defaultLimits, runLeaf } from './run-leaf.ts'

export interface BaselineOptions {
  readonly limits?: Partial<LeafLimits>
  readonly signal?: AbortSignal
  readonly onLeaf?: (report: LeafReport) => void
}

/** Everything that failed, in the order of the leaves. */
export const failuresOf = (leaves: readonly LeafReport[]): TestFailure[] =>
  leaves.flatMap((leaf) =>
    leaf.tests
      .filter((test) => test.status === 'fail')
      .map((test) => ({ id: test.id, message: test.message ?? 'failed without a message' })),
  )

const snapshotFile = /(^|\/)(__snapshots__|tap-snapshots|snapshots)\/|\.snap(shot)?(\.c?js)?$/

const snapshotHashes = async (workbench: Workbench, dir: string): Promise<Map<string, string>> => {
  const hashes = new Map<string, string>()
  for (const file of (await workbench.list(dir)).filter((path) => snapshotFile.test(path))) {
    const content = await workbench.read(dir, file)
    if (content !== undefined) hashes.set(file, sha256(content))
  }
  return hashes
}

/** The snapshots that the run left behind; other output (a build, a cache) is for every run to make again. */
const writtenSince = async (workbench: Workbench, dir: string, before: ReadonlyMap<string, string>) => {
  const written: { path: string; content: string }[] = []
  for (const [path, hash] of await snapshotHashes(workbench, dir)) {
    if (before.get(path) === hash) continue
    const content = await workbench.read(dir, path)
    if (content !== undefined) written.push({ path, content: Buffer.from(content).toString('base64') })
  }
  return written
}

/**
 * Runs the build and test leaves on a fork of `base`, which stays untouched. Snapshots that the run writes are kept
 * for the patched run; the leaf runs again without permission to write them, to learn which tests needed that.
 */
export const runBaseline = async (
  workbench: Workbench,
  base: string,
  checks: Checks,
  options: BaselineOptions = {},
): Promise<BaselineReport> => {
  const dir = 'verdict-baseline'
  const limits = { ...defaultLimits, ...options.limits }
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  await workbench.fork(base, dir)
  const leaves: LeafReport[] = []
  try {
    const before = await snapshotHashes(workbench, dir)
    for (const leaf of checks.leaves.filter(({ kind }) => kind === 'build' || kind === 'test')) {
      const report = await runLeaf(workbench, dir, leaf, limits, signal)
      leaves.push(report)
      options.onLeaf?.(report)
      // after a broken build the tests would only repeat its failure
      if (leaf.kind === 'build' && report.status !== 'pass') break
    }
    const written = await writtenSince(workbench, dir, before)
    const failures = failuresOf(leaves)
    const snapshotOnly = written.length === 0 ? [] : await needingSnapshots(workbench, base, checks, leaves, limits)
    return {
      status: failures.length === 0 ? 'green' : 'red',
      leaves,
      failures,
      written,
      snapshotOnly,
      notRun: checks.notRun,
    }
  } finally {
    await workbench.remove(dir)
  }
}

const needingSnapshots = async (
  workbench: Workbench,
  base: string,
  checks: Checks,
  leaves: readonly LeafReport[],
  limits: LeafLimits,
): Promise<string[]> => {
  const dir = 'verdict-baseline-ci'
  await workbench.fork(base, dir)
  try {
    const needing: string[] = []
    for (const leaf of checks.leaves) {
      const first = leaves.find((report) => report.leaf === leaf.id)
      if (first === undefined) continue
      const passed = new Set(first.tests.filter((test) => test.status === 'pass').map((test) => test.id))
      const again = await runLeaf(workbench, dir, leaf, limits, { ci: true })
      needing.push(
        ...again.tests.filter((test) => test.status === 'fail' && passed.has(test.id)).map((test) => test.id),
      )
    }
    return needing
  } finally {
    await workbench.remove(dir)
  }
}

import type { Patch, Tree } from '@iama/patch'
import { parsePatch } from '@iama/patch'
import {
  commandText,
  discoverChecks,
  type BaselineReport,
  type Checks,
  type Exercise,
  type PackageJson,
  type SessionSet,
} from '@iama/verdict'
import type { BaselineSummary, CheckLeaf, Work } from '../../application/findings.ts'
import type { OrderLimits, WholeFile } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'

export const BASE_DIR = 'base'
export const PATCHED_DIR = 'patched'

/** The report that a verification compares with, and the checks it was made with. */
export interface BaselineDocument {
  readonly version: 1
  readonly checks: Checks
  readonly baseline: BaselineReport
}

export const toBytes = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document))
const fromBytes = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'))

export const readPatch = (bytes: Uint8Array): Patch => parsePatch(fromBytes(bytes))
export const readSessions = (bytes: Uint8Array): SessionSet => fromBytes(bytes) as SessionSet
export const readExercises = (bytes: Uint8Array): readonly Exercise[] =>
  (fromBytes(bytes) as { exercises: readonly Exercise[] }).exercises
export const readBaseline = (bytes: Uint8Array): BaselineDocument => fromBytes(bytes) as BaselineDocument

export const toTree = (files: readonly WholeFile[]): Tree =>
  new Map(files.map(({ path, content, executable }) => [path, { content, executable }]))

/** An empty manifest when there is none, or none that can be read: the analysis names the problem. */
export const readPackageJson = (tree: Tree, path = 'package.json'): PackageJson => {
  const file = tree.get(path)
  try {
    const value: unknown = JSON.parse(
      Buffer.from(file?.content ?? [])
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    )
    return typeof value === 'object' && value !== null ? (value as PackageJson) : {}
  } catch {
    return {}
  }
}

/** Manifests below the top, by folder: the workspaces' among them. */
const innerManifests = (tree: Tree): Map<string, PackageJson> =>
  new Map(
    [...tree.keys()]
      .filter((path) => path.endsWith('/package.json'))
      .map((path) => [path.slice(0, -'/package.json'.length), readPackageJson(tree, path)]),
  )

export const checksOf = (tree: Tree, work: Work): Checks =>
  discoverChecks(readPackageJson(tree), [...tree.keys()], {
    inner: innerManifests(tree),
    ...(work.testCommand === '' ? {} : { testCommand: work.testCommand }),
  })

export const readTree = async (workbench: RemoteWorkbench, dir: string): Promise<Tree> =>
  toTree(await workbench.tree(dir))

export const leafLimits = (limits: OrderLimits) => ({
  timeoutMs: limits.leafMs,
  maxOutputBytes: limits.leafOutputBytes,
})

export const toCheckLeaves = (checks: Checks): CheckLeaf[] => [
  ...checks.leaves.map((leaf) => ({
    id: leaf.id,
    kind: leaf.kind,
    command: commandText(leaf),
    runs: true,
    reason: '',
  })),
  ...checks.notRun.map(({ id, command, reason }) => ({ id, kind: 'network-audit', command, runs: false, reason })),
]

export const toBaselineSummary = (baseline: BaselineReport): BaselineSummary => {
  const tests = baseline.leaves.flatMap((leaf) => leaf.tests)
  const count = (status: string) => tests.filter((test) => test.status === status).length
  const milliseconds = baseline.leaves.reduce((sum, leaf) => sum + leaf.durationMs, 0)
  return {
    passed: count('pass'),
    failed: Math.max(count('fail'), baseline.failures.length, baseline.status === 'red' ? 1 : 0),
    skipped: count('skip'),
    milliseconds: BigInt(Math.round(milliseconds)),
    failures: baseline.failures.map(({ id, message }) => ({ testId: id, message: message.slice(0, 2_000) })),
  }
}

import type { Tree, TreeFile } from '@iama/patch'
import type { GateDetail, GateId, GateResult, GateStatus, LeafLimits, VerifyInput } from '../types.ts'
import type { ConvertedModules } from './converted-modules.ts'
import type { Workbench } from '../workbench.ts'

/** What every gate sees: the input, both trees read once, and its limits. */
export interface GateContext {
  /** Its sessions are those that can be led through the patched code. */
  readonly input: VerifyInput
  /** Sessions that call what no user can reach: what the patch took away, and what stands inside. */
  readonly unasked: { readonly gone: number; readonly inside: number }
  /** Empty unless the spec says that a private package becomes ES modules. */
  readonly converted: ConvertedModules
  readonly baseTree: Tree
  readonly patchedTree: Tree
  /** Paths that differ, in order: created, deleted or with other bytes. */
  readonly changed: readonly string[]
  readonly limits: LeafLimits
}

export const numbers: Readonly<Record<GateId, number>> = {
  baseline: 1,
  characterization: 2,
  strength: 3,
  equivalence: 4,
  integrity: 5,
  surface: 6,
  scope: 7,
}

/** Long lists are cut for people; the summary keeps the true count. */
export const maxDetails = 200

export const result = (
  gate: GateId,
  status: GateStatus,
  summary: string,
  details: readonly GateDetail[] = [],
): GateResult => ({ gate, number: numbers[gate], status, summary, details: details.slice(0, maxDetails) })

/** Every regular file of a workbench directory. Executable bits are not known here. */
export const readTree = async (workbench: Workbench, dir: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  for (const path of await workbench.list(dir)) {
    const content = await workbench.read(dir, path)
    if (content !== undefined) tree.set(path, { content, executable: false })
  }
  return tree
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Paths whose presence or bytes differ, in code-unit order. */
export const changedPaths = (before: Tree, after: Tree): string[] => {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths]
    .filter((path) => {
      const [a, b] = [before.get(path), after.get(path)]
      return a === undefined || b === undefined || !sameBytes(a.content, b.content)
    })
    .sort((a, b) => (a < b ? -1 : 1))
}

/** A file's text, or nothing where there is none. */
export const textOf = (tree: Tree, path: string): string => Buffer.from(tree.get(path)?.content ?? []).toString('utf8')

export const signalOf = (input: VerifyInput): { readonly signal?: AbortSignal } =>
  input.signal === undefined ? {} : { signal: input.signal }

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

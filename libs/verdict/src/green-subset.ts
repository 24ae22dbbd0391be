import { applyPatch, maximalGreenSubset, type GreenSubset, type Patch } from '@iama/patch'
import type { BaselineReport, Checks, LeafLimits, SessionSet } from './types.ts'
import type { Workbench } from './workbench.ts'
import { baselineGate } from './gates/baseline-gate.ts'
import { openContext } from './gates/context.ts'
import { integrityGate } from './gates/integrity-gate.ts'
import { scopeGate } from './gates/scope-gate.ts'
import { surfaceGate } from './gates/surface-gate.ts'
import { replaySessions } from './sessions/replay-sessions.ts'
import type { Allowance, Scope } from './types.ts'
import { changedPaths, readTree } from './gates/context.ts'

export interface GreenSubsetInput {
  readonly workbench: Workbench
  readonly base: string
  readonly patch: Patch
  readonly checks: Checks
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
  readonly scope: Scope
  readonly allow: Allowance
  /** Subsets that may be tried. */
  readonly maxRuns: number
  readonly limits?: Partial<LeafLimits>
  readonly signal?: AbortSignal
  readonly onRun?: (run: { readonly edits: number; readonly green: boolean; readonly reason: string }) => void
}

const dir = 'verdict-subset'

/**
 * The largest part of a red patch that is green: recorded sessions are asked first, then surface and scope, and the
 * project's tests only for what survives them.
 */
export const greenSubset = async (input: GreenSubsetInput): Promise<GreenSubset> => {
  const { workbench, base } = input
  const tree = await readTree(workbench, base)
  const judge = async (patch: Patch): Promise<string> => {
    const patched = applyPatch(tree, patch)
    await workbench.fork(base, dir)
    const writes = changedPaths(tree, patched).map((path): [string, Uint8Array | null] => [
      path,
      patched.get(path)?.content ?? null,
    ])
    await workbench.write(dir, new Map(writes))
    const report = await replaySessions(workbench, dir, input.sessions).catch((error: Error) => error)
    if (report instanceof Error) return error(report)
    if (report.differences.length > 0) return `${report.differences.length} sessions differ`
    const context = await openContext({ ...input, patched: dir, patch, seed: 0 })
    for (const gate of [integrityGate, scopeGate, baselineGate, surfaceGate]) {
      const result = await gate(context)
      if (result.status === 'fail') return `${result.gate}: ${result.summary}`
    }
    return ''
  }
  const isGreen = async (patch: Patch): Promise<boolean> => {
    input.signal?.throwIfAborted()
    const reason = await judge(patch)
    input.onRun?.({ edits: patch.edits.length, green: reason === '', reason })
    return reason === ''
  }
  try {
    return await maximalGreenSubset(input.patch, isGreen, input.maxRuns)
  } finally {
    await workbench.remove(dir)
  }
}

const error = (failure: Error): string => `the sessions cannot be replayed: ${failure.message}`

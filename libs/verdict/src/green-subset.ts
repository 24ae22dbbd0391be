import { applyPatch, maximalGreenSubset, type GreenSubset, type Patch } from '@iama/patch'
import type { BaselineReport, Checks, GateResult, LeafLimits, ReplayReport, SessionSet } from './types.ts'
import type { Workbench } from './workbench.ts'
import { baselineGate } from './gates/baseline-gate.ts'
import { openContext, type GateContext } from './gates/context.ts'
import { integrityGate } from './gates/integrity-gate.ts'
import { scopeGate } from './gates/scope-gate.ts'
import { surfaceGate } from './gates/surface-gate.ts'
import { ReplayBroken } from './sessions/replay-batch.ts'
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
 * The largest part of a red patch that is green: the rules that need no run are asked first, then the
 * recorded sessions, and the project's tests and surface only for what survives them.
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
    const context = await openContext({ ...input, patched: dir, patch, seed: 0 })
    const told = async (gate: (context: GateContext) => Promise<GateResult>): Promise<string> => {
      const result = await gate(context)
      return result.status === 'fail' ? `${result.gate}: ${result.summary}` : ''
    }
    // what costs milliseconds comes before what costs seconds
    const still = (await told(integrityGate)) || (await told(scopeGate))
    if (still !== '') return still
    const report = await replaySessions(workbench, dir, input.sessions).catch((error: unknown) => error)
    if (report instanceof ReplayBroken) return `the sessions cannot be replayed: ${report.message}`
    if (report instanceof Error) throw report
    const { differences } = report as ReplayReport
    if (differences.length > 0) return `${differences.length} sessions differ`
    return (await told(baselineGate)) || (await told(surfaceGate))
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

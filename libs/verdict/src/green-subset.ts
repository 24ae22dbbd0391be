import { maximalGreenSubset, withoutEdits, type Edit, type GreenSubset, type Patch } from '@iama/patch'
import type { BaselineReport, Checks, GateId, GateResult, LeafLimits, ReplayReport, SessionSet } from './types.ts'
import type { Workbench } from './workbench.ts'
import { baselineGate } from './gates/baseline-gate.ts'
import { characterizationGate } from './gates/characterization-gate.ts'
import type { GateContext } from './gates/context.ts'
import { openContext } from './gates/open-context.ts'
import { equivalenceGate } from './gates/equivalence-gate.ts'
import { integrityGate } from './gates/integrity-gate.ts'
import { scopeGate } from './gates/scope-gate.ts'
import { surfaceGate } from './gates/surface-gate.ts'
import { ReplayBroken } from './sessions/replay-batch.ts'
import { unseenPlaces } from './strength/unseen-places.ts'
import { replaySessions } from './sessions/replay-sessions.ts'
import type { Allowance, Scope } from './types.ts'
import { readTree } from './gates/context.ts'
import { layPatch } from './lay-patch.ts'

export interface GreenSubsetInput {
  readonly workbench: Workbench
  readonly base: string
  readonly patch: Patch
  readonly checks: Checks
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
  readonly scope: Scope
  readonly allow: Allowance
  /** As in the verdict: the same sessions are led side by side. */
  readonly seed: number
  /**
   * Gates that the whole patch passed. Of its parts the slow ones among them, equivalence and surface, are not asked: a
   * part that is taken goes through all seven before anybody gets it.
   */
  readonly passed?: ReadonlySet<GateId>
  /** Subsets that may be tried. */
  readonly maxRuns: number
  readonly limits?: Partial<LeafLimits>
  readonly signal?: AbortSignal
  readonly onRun?: (run: { readonly edits: number; readonly green: boolean; readonly reason: string }) => void
}

/** The largest green part, and why each of the other edits is not in it. */
export interface ExplainedSubset extends GreenSubset {
  /** By the id of a dropped edit: what fails with it, the gate first, then each failing test. */
  readonly reasons: ReadonlyMap<string, readonly string[]>
}

/** Raising the language floor helps nobody by itself: such an edit goes with the last one that needed it. */
const withoutIdleFloor = (whole: Patch, part: Patch): Patch => {
  const isNeeded = (id: string, { edits }: Patch) => edits.some(({ dependsOn }) => dependsOn.includes(id))
  const idle = part.edits.filter(
    ({ id, recipe }) => recipe === 'raise-floor' && isNeeded(id, whole) && !isNeeded(id, part),
  )
  return withoutEdits(part, idsOf(idle))
}

const idsOf = (edits: readonly Edit[]): string[] => edits.map(({ id }) => id)

interface RedRun {
  readonly edits: ReadonlySet<string>
  readonly reasons: readonly string[]
}

const dir = 'verdict-subset'
const MOST_REASONS = 10

/** The gate in one line, then what failed in it. */
const reasonsOf = ({ gate, summary, details }: GateResult): string[] => [
  `${gate}: ${summary}`,
  ...details
    .filter(({ kind }) => kind !== 'note')
    .slice(0, MOST_REASONS)
    .map(({ subject, message }) => `${subject}: ${message.split('\n')[0]}`),
]

/** Of the red runs that an edit was part of, the one with the fewest others that could be to blame. */
const reasonsFor = (edit: string, kept: ReadonlySet<string>, runs: readonly RedRun[]): readonly string[] => {
  const suspects = ({ edits }: RedRun): number => [...edits].filter((id) => !kept.has(id)).length
  const blamed = runs.filter(({ edits }) => edits.has(edit)).sort((one, other) => suspects(one) - suspects(other))
  return blamed[0]?.reasons ?? []
}

/**
 * The largest part of a red patch that is green: the rules that need no run are asked first, then the
 * recorded sessions, and the project's tests and what is slower only for what survives them.
 */
export const greenSubset = async (input: GreenSubsetInput): Promise<ExplainedSubset> => {
  const { workbench, base } = input
  const tree = await readTree(workbench, base)
  const judge = async (patch: Patch): Promise<readonly string[]> => {
    await layPatch(workbench, { base, baseTree: tree }, patch, dir)
    const context = await openContext({ ...input, patched: dir, patch, seed: input.seed })
    const isRed = async (...gates: ((context: GateContext) => Promise<GateResult>)[]): Promise<readonly string[]> => {
      for (const gate of gates) {
        const result = await gate(context)
        if (result.status === 'fail') return reasonsOf(result)
      }
      return []
    }
    // what costs milliseconds comes before what costs seconds
    const unrecorded = input.sessions.sessions.length === 0 ? [characterizationGate] : []
    const still = await isRed(integrityGate, scopeGate, ...unrecorded)
    if (still.length > 0) return still
    const report = await replaySessions(workbench, dir, context.input.sessions).catch((error: unknown) => error)
    if (report instanceof ReplayBroken) return [`the sessions cannot be replayed: ${report.message}`]
    if (report instanceof Error) throw report
    const { differences } = report as ReplayReport
    if (differences.length > 0) {
      const shown = differences.slice(0, MOST_REASONS)
      return [
        `${differences.length} sessions differ`,
        ...shown.map(({ label, before, after }) => `${label}: was ${before}, is ${after}`),
      ]
    }
    const quickly = (of: GateContext) => equivalenceGate({ ...of, input: { ...of.input, equivalence: { rounds: 0 } } })
    const open = (gate: GateId): boolean => input.passed?.has(gate) !== true
    return await isRed(
      baselineGate,
      ...(open('equivalence') ? [quickly] : []),
      ...(open('surface') ? [surfaceGate] : []),
    )
  }
  const redRuns: RedRun[] = []
  const isGreen = async (patch: Patch): Promise<boolean> => {
    input.signal?.throwIfAborted()
    const reasons = await judge(patch)
    const green = reasons.length === 0
    if (!green) redRuns.push({ edits: new Set(idsOf(patch.edits)), reasons })
    input.onRun?.({ edits: patch.edits.length, green, reason: reasons[0] ?? '' })
    return green
  }
  try {
    const limits = input.signal === undefined ? {} : { signal: input.signal }
    const unseen = await unseenPlaces(workbench, base, input.sessions, input.patch, limits)
    const seen = withoutEdits(input.patch, [...unseen.keys()])
    const largest = await maximalGreenSubset(seen, isGreen, input.maxRuns)
    const patch = withoutIdleFloor(input.patch, largest.patch)
    const green = new Set(idsOf(largest.patch.edits))
    const kept = new Set(idsOf(patch.edits))
    const dropped = input.patch.edits.filter(({ id }) => !kept.has(id))
    const why = ({ id, dependsOn }: Edit): readonly string[] => {
      const places = unseen.get(id)
      if (places) return [`no recorded session would notice a fault at ${places.join(', ')}`]
      if (green.has(id)) return ['no edit that needs it is left']
      if (dependsOn.some((needed) => unseen.has(needed))) return ['an edit that it needs is not in the part']
      return reasonsFor(id, kept, redRuns)
    }
    return { ...largest, patch, dropped, reasons: new Map(dropped.map((edit) => [edit.id, why(edit)])) }
  } finally {
    await workbench.remove(dir)
  }
}

import { metricsOf } from '@iama/codemod'
import { canonicalJson, formatPatch, treeHash, unifiedDiff, type Patch, type Tree } from '@iama/patch'
import { failureFingerprint, greenSubset, verify, type GateProgress, type VerdictBody } from '@iama/verdict'
import type { AttemptSummary, DroppedEdit, GateSummary, Measures, TestFailure } from '../../application/findings.ts'
import type { Verified } from '../../application/ports.ts'
import { outcomeOf } from './apply-to-tree.ts'
import { BASE_DIR, leafLimits, PATCHED_DIR, readBaseline, readPatch, readSessions, readTree } from './documents.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, timed, type Telling } from './telling.ts'

/** The verdict is the same in every run of the same input, so what is drawn at random is drawn from this. */
const SEED = 1
const MOST_DETAILS = 100

type VerifyTreeOrder = Extract<Order, { type: 'verify' }>

/** Runs the gates on the patched tree; when it is red, looks for its largest green part. */
export const verifyTree = async (
  workbench: RemoteWorkbench,
  { order, limits }: VerifyTreeOrder,
  telling: Telling,
): Promise<Verified> => {
  const startedAt = performance.now()
  const patch = readPatch(order.patch)
  const base = await readTree(workbench, BASE_DIR)
  const { patched, files } = outcomeOf(base, patch)
  const { checks, baseline } = readBaseline(order.baseline)
  const common = {
    ...{ workbench, base: BASE_DIR, patch, checks, baseline, sessions: readSessions(order.sessions) },
    scope: { files: order.scope },
    allow: { floorRaised: order.floorRaised, newModules: order.newModules, esModules: order.esModules },
    limits: leafLimits(limits),
    seed: SEED,
  }
  const gates = new Map<string, GateSummary>()
  const body = await verify({ ...common, patched: PATCHED_DIR }, (progress) => hear(progress, gates, telling))
  const green = body.result === 'pass'
  const passed = new Set(
    body.gates.filter(({ status }) => status === 'pass' || status === 'warn').map(({ gate }) => gate),
  )
  const part =
    green || !order.findGreenSubset ? undefined : await findPart({ ...common, passed }, limits.subsetRuns, telling)
  const failures = failuresOf(body)
  const attempt: AttemptSummary = {
    number: order.attempt,
    green,
    gates: body.gates.map(({ gate }) => gates.get(gate)!),
    edits: patch.edits.length,
    fingerprint: green ? '' : failureFingerprint(failures.map(({ testId, message }) => ({ id: testId, message }))),
    failures,
    dropped: part?.dropped ?? [],
    milliseconds: BigInt(Math.round(performance.now() - startedAt)),
  }
  return {
    attempt,
    body: canonicalJson(body),
    treeHash: treeHash(patched),
    files,
    before: measuresOf(base, files),
    after: measuresOf(patched, files),
    diff: green ? unifiedDiff(base, patched) : undefined,
    greenSubset: part && part.patch.edits.length > 0 ? Buffer.from(formatPatch(part.patch)) : undefined,
  }
}

const hear = (progress: GateProgress, gates: Map<string, GateSummary>, telling: Telling): void => {
  const { gate } = progress
  if (progress.state === 'started') {
    const text = `gate ${progress.number}, ${gate}`
    return telling.progress({ step: `gate:${gate}`, phase: 'started', text, milliseconds: 0n })
  }
  const { status, summary, details } = progress.result
  const lines = details.slice(0, MOST_DETAILS).map(({ subject, message }) => `${subject}: ${message}`)
  const finished = { gate, status, summary, milliseconds: BigInt(progress.ms), details: lines }
  gates.set(gate, finished)
  telling.gate(finished)
}

const failuresOf = (body: VerdictBody): TestFailure[] =>
  body.gates
    .filter(({ status }) => status === 'fail')
    .flatMap(({ gate, summary, details }) => {
      const told = details.filter(({ kind }) => kind !== 'note')
      if (told.length === 0) return [{ testId: `gate ${gate}`, message: summary }]
      return told.map(({ subject, message }) => ({ testId: subject, message: message.slice(0, 2_000) }))
    })

type PartInput = Omit<Parameters<typeof greenSubset>[0], 'maxRuns' | 'onRun'>

const findPart = async (
  common: PartInput,
  maxRuns: number,
  telling: Telling,
): Promise<{ patch: Patch; dropped: DroppedEdit[] }> => {
  const found = await timed(
    telling,
    'green-subset',
    `looking for the largest green part of ${counted(common.patch.edits.length, 'edit')}`,
    () =>
      greenSubset({
        ...common,
        maxRuns,
        onRun: ({ edits, green, reason }) => {
          const text = `${counted(edits, 'edit')}: ${green ? 'green' : reason}`
          telling.progress({ step: 'green-subset', phase: 'running', text, milliseconds: 0n })
        },
      }),
    ({ patch, dropped, runs }) =>
      `${counted(patch.edits.length, 'edit')} green, ${dropped.length} dropped, ${counted(runs, 'run')}`,
  )
  const dropped = found.dropped.map(({ id, recipe, title }) => ({
    ...{ editId: id, recipe, title },
    reasons: [...(found.reasons.get(id) ?? [])],
  }))
  return { patch: found.patch, dropped }
}

const measuresOf = (tree: Tree, paths: readonly string[]): Measures => {
  const { lines, cyclomatic, cognitive, duplicatedLines } = metricsOf(tree, paths)
  const duplicationPercent = lines === 0 ? 0 : Math.round((duplicatedLines / lines) * 1_000) / 10
  return { lines, cyclomatic, cognitive, duplicationPercent }
}

import { applyPatch, canonicalJson, patchHash, PatchConflict, sha256, treeHash } from '@iama/patch'
import { commandText } from './checks/in-folder.ts'
import type { GateProgress, GateResult, VerdictBody, VerifyInput } from './types.ts'
import { baselineGate } from './gates/baseline-gate.ts'
import { characterizationGate } from './gates/characterization-gate.ts'
import { numbers, openContext, type GateContext } from './gates/context.ts'
import { equivalenceGate } from './gates/equivalence-gate.ts'
import { integrityGate } from './gates/integrity-gate.ts'
import { scopeGate } from './gates/scope-gate.ts'
import { smallCommits } from './small-commits.ts'
import { strengthGate } from './gates/strength-gate.ts'
import { surfaceGate } from './gates/surface-gate.ts'

type Gate = (context: GateContext, earlier: readonly GateResult[]) => Promise<GateResult>

/**
 * Cheap ones first: whoever watches learns early that a patch is red. Gates of one row run side by side. All run;
 * strength is measured of green ones.
 */
const rows: readonly (readonly (readonly [GateResult['gate'], Gate])[])[] = [
  [['integrity', integrityGate]],
  [['scope', scopeGate]],
  [
    ['characterization', characterizationGate],
    ['baseline', baselineGate],
  ],
  [
    ['surface', surfaceGate],
    ['equivalence', equivalenceGate],
  ],
  [['strength', strengthGate]],
]

/** The project's own tests may lean on time: what is red beside another gate is asked once more alone. */
const leansOnTime = ({ gate, status }: GateResult): boolean => gate === 'baseline' && status === 'fail'

const toolVersions = async (input: VerifyInput): Promise<Record<string, string>> => {
  const node = await input.workbench.run({
    dir: input.base,
    argv: ['node', '--version'],
    timeoutMs: 10_000,
    maxOutputBytes: 1_000,
  })
  const tools: Record<string, string> = { node: node.stdout.trim() }
  const names = new Set(
    input.checks.leaves.map(({ runner, command }) =>
      /(^|\s)tsc(\s|$)/.test(command) ? 'typescript' : /(^|\s)eslint(\s|$)/.test(command) ? 'eslint' : runner,
    ),
  )
  for (const name of [...names].sort()) {
    const manifest = await input.workbench.read(input.base, `node_modules/${name}/package.json`)
    if (manifest !== undefined)
      tools[name] = String((JSON.parse(Buffer.from(manifest).toString('utf8')) as { version: unknown }).version)
  }
  return tools
}

const patchedHash = (context: GateContext): string => {
  try {
    return treeHash(applyPatch(context.baseTree, context.input.patch))
  } catch (error) {
    if (!(error instanceof PatchConflict)) throw error
    return treeHash(context.patchedTree)
  }
}

/**
 * Runs the seven gates on the patched tree. Neither tree is written to. The body holds no time and nothing of
 * the machine: the same input gives the same bytes; times are told by `onProgress` for the envelope.
 */
export const verify = async (
  input: VerifyInput,
  onProgress: (progress: GateProgress) => void = () => {},
): Promise<VerdictBody> => {
  const context = await openContext(input)
  const results: GateResult[] = []
  for (const row of rows) {
    input.signal?.throwIfAborted()
    const earlier = [...results]
    const beside = row.map(async ([gate, run]): Promise<GateResult> => {
      const started = performance.now()
      const finish = (result: GateResult): GateResult => {
        const ms = Math.round(performance.now() - started)
        onProgress({ gate, number: numbers[gate], state: 'finished', ms, result })
        return result
      }
      onProgress({ gate, number: numbers[gate], state: 'started' })
      const result = await run(context, earlier)
      if (row.length === 1 || !leansOnTime(result)) return finish(result)
      await Promise.allSettled(beside.filter((_, i) => row[i]![0] !== gate))
      return finish(await run(context, earlier))
    })
    results.push(...(await Promise.all(beside)))
  }
  const isRed = results.some(({ status }) => status === 'fail')
  return {
    version: 1,
    result: isRed ? 'fail' : 'pass',
    seed: input.seed,
    base: treeHash(context.baseTree),
    patch: patchHash(input.patch),
    patched: patchedHash(context),
    sessions: sha256(Buffer.from(canonicalJson(JSON.parse(JSON.stringify(input.sessions))))),
    tools: await toolVersions(input),
    commands: input.checks.leaves.map((leaf) => ({ leaf: leaf.id, kind: leaf.kind, command: commandText(leaf) })),
    notRun: input.checks.notRun,
    gates: results.sort((a, b) => a.number - b.number),
    commits: isRed ? [] : await smallCommits(context),
  }
}

import { applyPatch, canonicalJson, patchHash, PatchConflict, sha256, treeHash } from '@iama/patch'
import { commandText } from './checks/in-folder.ts'
import type { GateProgress, VerdictBody, VerifyInput } from './types.ts'
import { allEnded } from './all-ended.ts'
import { askGates, isRed } from './ask-gates.ts'
import type { GateContext } from './gates/context.ts'
import { openContext } from './gates/open-context.ts'

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
  const [{ gates, commits }, tools] = await allEnded([askGates(context, onProgress), toolVersions(input)])
  return {
    version: 1,
    result: isRed(gates) ? 'fail' : 'pass',
    seed: input.seed,
    base: treeHash(context.baseTree),
    patch: patchHash(input.patch),
    patched: patchedHash(context),
    sessions: sha256(Buffer.from(canonicalJson(JSON.parse(JSON.stringify(input.sessions))))),
    tools,
    commands: input.checks.leaves.map((leaf) => ({ leaf: leaf.id, kind: leaf.kind, command: commandText(leaf) })),
    notRun: input.checks.notRun,
    gates: [...gates].sort((a, b) => a.number - b.number),
    commits,
  }
}

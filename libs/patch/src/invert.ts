import { planOrThrow, plannedContent } from './apply.ts'
import type { Operation, Patch, Tree } from './edit.ts'
import { sha256 } from './hash.ts'
import type { FilePlan } from './plan.ts'
import { asBuffer } from './text-bytes.ts'

/** What puts one file back; every hash and range is of the patched file. */
const invertFile = (plan: FilePlan): Operation[] => {
  const { path, content, file } = plan
  if (plan.deleted) {
    const created = { type: 'create_file', path, text: content.toString() } as const
    return [file.executable ? { ...created, executable: true } : created]
  }
  const now = plan.renamed?.to ?? path
  const base = sha256(plannedContent(plan))
  const operations: Operation[] = []
  if (plan.written) operations.push({ type: 'write_file', path: now, base, text: content.toString() })
  let shift = 0
  for (const { start, end, text } of plan.splices) {
    const range = { start: start + shift, end: start + shift + text.length }
    const original = content.subarray(start, end)
    shift += text.length - original.length
    if (text.equals(original)) continue
    operations.push({
      type: 'replace',
      path: now,
      base,
      range,
      anchor: text.toString(),
      text: asBuffer(original).toString(),
    })
  }
  if (plan.renamed) operations.push({ type: 'rename_file', path: now, base, to: path })
  return operations
}

/**
 * The patch that leads from the patched tree back to the given one, byte for byte. It is one edit, because its
 * operations refer to the whole result; to take back some edits only, apply the others to the base tree.
 * @throws PatchConflict when the patch does not apply to the tree
 */
export const invertPatch = (tree: Tree, patch: Patch): Patch => {
  const plan = planOrThrow(tree, patch)
  const operations = [...plan.files.values()].flatMap(invertFile)
  for (const { path, text } of plan.created) {
    operations.push({ type: 'delete_file', path, base: sha256(Buffer.from(text)) })
  }
  if (operations.length === 0) return { version: 1, edits: [] }
  const title = `Take back ${patch.edits.length} ${patch.edits.length === 1 ? 'edit' : 'edits'}`
  const reason = 'Restores the recorded bytes of every changed file.'
  const evidence = { kind: 'proven', assumptions: [] } as const
  return {
    version: 1,
    edits: [{ id: 'revert', recipe: 'revert', title, reason, operations, dependsOn: [], evidence }],
  }
}

import { PatchConflict } from './conflict.ts'
import type { Patch, Tree, TreeFile } from './edit.ts'
import { planPatch, type FilePlan, type Plan, type Splice } from './plan.ts'

/** The bytes between the changes and the changes themselves, copied once. */
export const spliced = (content: Buffer, splices: readonly Splice[]): Buffer => {
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end, text } of splices) {
    if (start > at) parts.push(content.subarray(at, start))
    parts.push(text)
    at = end
  }
  parts.push(content.subarray(at))
  return Buffer.concat(parts)
}

/** The new bytes of a file, or its own when only its name changes. */
export const plannedContent = (plan: FilePlan): Uint8Array => {
  if (plan.written) return Buffer.from(plan.written.text)
  return plan.splices.length > 0 ? spliced(plan.content, plan.splices) : plan.file.content
}

/** @throws PatchConflict when any operation of the patch cannot be applied */
export const planOrThrow = (tree: Tree, patch: Patch): Plan => {
  const plan = planPatch(tree, patch)
  if (plan.conflicts.length > 0) throw new PatchConflict(plan.conflicts)
  return plan
}

export const applyPlan = (tree: Tree, plan: Plan): Tree => {
  const result = new Map<string, TreeFile>(tree)
  for (const file of plan.files.values()) {
    if (file.deleted || file.renamed) result.delete(file.path)
    if (file.deleted) continue
    result.set(file.renamed?.to ?? file.path, { content: plannedContent(file), executable: file.file.executable })
  }
  for (const { path, text, executable } of plan.created) result.set(path, { content: Buffer.from(text), executable })
  return result
}

/**
 * The tree with a whole patch applied; the given tree is left as it is, and untouched files are shared with it.
 * Time is linear in the bytes of the touched files.
 * @throws PatchConflict listing every operation that does not apply
 */
export const applyPatch = (tree: Tree, patch: Patch): Tree => applyPlan(tree, planOrThrow(tree, patch))

import type { Edit, Operation, Patch, Sha256 } from './edit.ts'
import { sha256 } from './hash.ts'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** JSON with sorted keys and no spaces (RFC 8785): the same value always has the same bytes. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compare(a, b)))
      : inner,
  )

const canonicalOperation = (operation: Operation): Operation => {
  if (operation.type !== 'create_file' || operation.executable !== false) return operation
  const { executable: _default, ...rest } = operation
  return rest
}

const canonicalEdit = (edit: Edit): Edit => ({
  ...edit,
  operations: edit.operations.map(canonicalOperation),
  dependsOn: [...new Set(edit.dependsOn)].sort(compare),
})

/**
 * The canonical JSON of a patch: equal patches give equal bytes. The order of edits is kept, because it decides
 * between insertions at one point.
 */
export const formatPatch = (patch: Patch): string =>
  canonicalJson({ version: patch.version, edits: patch.edits.map(canonicalEdit) })

/** Hash of a patch's canonical JSON. */
export const patchHash = (patch: Patch): Sha256 => sha256(Buffer.from(formatPatch(patch)))

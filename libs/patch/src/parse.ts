import { InvalidRequest, type FieldViolation } from '@iama/kernel'
import { z } from 'zod'

import type { Edit, Patch } from './edit.ts'
import { isSha256 } from './hash.ts'
import { pathProblem } from './tree-path.ts'

export const MAX_EDITS = 10_000
export const MAX_OPERATIONS_PER_EDIT = 10_000
const MAX_PLACES = 1_000
const MAX_TEXT = 10 * 1024 * 1024
const MAX_LABEL = 4_000

const text = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => value.isWellFormed(), 'is not valid Unicode (a lone surrogate)')
const label = z.string().max(MAX_LABEL)
const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/#@-]{0,199}$/,
    'is not 1 to 200 letters, digits or ._:/#@-, led by a letter or digit',
  )
const sha = z.string().refine(isSha256, 'is not 64 lower-case hex digits')
const path = z.string().superRefine((value, context) => {
  const problem = pathProblem(value)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})
const offset = z.int().min(0)

const anchored = {
  path,
  base: sha,
  range: z
    .strictObject({ start: offset, end: offset })
    .refine((range) => range.start <= range.end, 'ends before it starts')
    .optional(),
  anchor: text,
  before: text.optional(),
  after: text.optional(),
  text,
}
const operation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('replace'), ...anchored }),
  z.strictObject({ type: z.literal('insert_before'), ...anchored }),
  z.strictObject({ type: z.literal('insert_after'), ...anchored }),
  z.strictObject({ type: z.literal('create_file'), path, text, executable: z.boolean().optional() }),
  z.strictObject({ type: z.literal('delete_file'), path, base: sha }),
  z.strictObject({ type: z.literal('rename_file'), path, base: sha, to: path }),
  z.strictObject({ type: z.literal('write_file'), path, base: sha, text }),
])
const place = z.strictObject({ path, start: z.int().min(0), end: z.int().min(1) })
const evidence = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('proven'), assumptions: z.array(label).max(100) }),
  z.strictObject({ kind: z.literal('verified'), places: z.array(place).min(1).max(MAX_PLACES) }),
  z.strictObject({ kind: z.literal('unproven') }),
])
const edit = z.strictObject({
  id,
  recipe: label,
  title: label,
  reason: label,
  operations: z.array(operation).min(1).max(MAX_OPERATIONS_PER_EDIT),
  dependsOn: z.array(id).max(MAX_EDITS),
  evidence,
})
const patchShape = z.strictObject({ version: z.literal(1), edits: z.array(edit).max(MAX_EDITS) })

const fieldName = (segments: readonly PropertyKey[]): string =>
  segments.reduce<string>(
    (name, segment) =>
      typeof segment === 'number'
        ? `${name}[${segment}]`
        : name === ''
          ? String(segment)
          : `${name}.${String(segment)}`,
    '',
  ) || 'patch'

/** A range says where its anchor is, so both have one length; without a range an anchor cannot be empty. */
const anchorViolations = (edits: readonly Edit[]): FieldViolation[] =>
  edits.flatMap(({ operations }, e) =>
    operations.flatMap((op, o) => {
      if (!('anchor' in op)) return []
      const field = `edits[${e}].operations[${o}]`
      const bytes = Buffer.byteLength(op.anchor)
      if (op.range === undefined) {
        const reason = 'is empty, and there is no range to say where'
        return bytes > 0 ? [] : [{ field: `${field}.anchor`, reason, fix: 'give the text to look for' }]
      }
      const length = op.range.end - op.range.start
      if (length === bytes) return []
      const reason = `covers ${length} bytes, but the anchor has ${bytes}`
      return [{ field: `${field}.range`, reason, fix: 'let the range hold exactly the anchor, in bytes of UTF-8' }]
    }),
  )

const dependencyViolations = (edits: readonly Edit[]): FieldViolation[] => {
  const violations: FieldViolation[] = []
  const byId = new Map<string, Edit>()
  edits.forEach((item, e) => {
    if (byId.has(item.id)) {
      const reason = `is ${item.id} a second time`
      violations.push({ field: `edits[${e}].id`, reason, fix: 'give every edit an id of its own' })
    }
    byId.set(item.id, item)
  })
  edits.forEach((item, e) =>
    item.dependsOn.forEach((dependency, d) => {
      if (byId.has(dependency)) return
      const field = `edits[${e}].dependsOn[${d}]`
      violations.push({ field, reason: `names ${dependency}, which is no edit of this patch`, fix: 'name an edit' })
    }),
  )
  return violations.length > 0 ? violations : cycleViolations(edits, byId)
}

/** Edits that wait for each other could never be applied alone, so such a patch has no subsets. */
const cycleViolations = (edits: readonly Edit[], byId: ReadonlyMap<string, Edit>): FieldViolation[] => {
  const waiting = new Map(edits.map((item) => [item.id, new Set(item.dependsOn).size]))
  const dependents = new Map<string, string[]>()
  for (const item of edits) {
    for (const dependency of new Set(item.dependsOn)) {
      dependents.set(dependency, [...(dependents.get(dependency) ?? []), item.id])
    }
  }
  const free = edits.filter((item) => waiting.get(item.id) === 0).map((item) => item.id)
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    waiting.delete(next)
    for (const dependent of dependents.get(next) ?? []) {
      const left = waiting.get(dependent)! - 1
      waiting.set(dependent, left)
      if (left === 0) free.push(dependent)
    }
  }
  const stuck = [...waiting.keys()].filter((name) => byId.has(name))
  if (stuck.length === 0) return []
  const e = edits.findIndex((item) => item.id === stuck[0])
  const reason = `depends on itself through a cycle among ${stuck.slice(0, 10).join(', ')}`
  return [{ field: `edits[${e}].dependsOn`, reason, fix: 'join edits that need each other into one edit' }]
}

const fixOf = (code: string): string =>
  code === 'unrecognized_keys' ? 'remove the unknown field' : 'see the edit operations in the documentation'

/**
 * A patch from its JSON text or from a parsed value; unknown fields are refused.
 * @throws InvalidRequest naming every wrong field, such as `edits[2].operations[0].base`
 */
export const parsePatch = (json: unknown): Patch => {
  let value = json
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json)
    } catch (error) {
      const reason = `is not JSON (${(error as Error).message})`
      throw new InvalidRequest([{ field: 'patch', reason, fix: 'send the patch as one JSON object' }])
    }
  }
  const parsed = patchShape.safeParse(value)
  if (!parsed.success) {
    throw new InvalidRequest(
      parsed.error.issues.map((issue) => ({
        field: fieldName(issue.path),
        reason: issue.message,
        fix: fixOf(issue.code),
      })),
    )
  }
  const patch = parsed.data as Patch
  const violations = [...anchorViolations(patch.edits), ...dependencyViolations(patch.edits)]
  if (violations.length > 0) throw new InvalidRequest(violations)
  return patch
}

import { applyPatch, PatchConflict, type Operation } from '@iama/patch'
import { structuredPatch } from 'diff'
import type { GateDetail, GateResult } from '../types.ts'
import { matchesAny } from './allowance.ts'
import { isApproved } from './approved-manifests.ts'
import { changedPaths, counted, result, textOf, type GateContext } from './context.ts'

/** Code without what a formatter decides: white space, quotes, semicolons, trailing commas. */
export const bareTokens = (code: string): string =>
  code
    .replace(/['"`]/g, '"')
    .replace(/;/g, '')
    .replace(/,(?=\s*[)\]}])/g, '')
    .replace(/\s+/g, '')

const outOfScope = (context: GateContext): GateDetail[] => {
  const { input } = context
  const approved = new Set(input.scope.files)
  return context.changed
    .filter((path) => !approved.has(path) && !matchesAny(path, input.allow.files))
    .filter((path) => !isApproved(context, path))
    .map((path): GateDetail => ({ kind: 'file', subject: path, message: 'it is not in the approved scope' }))
}

/** The patched tree is exactly the base with the patch: nothing was changed outside of the operations' ranges. */
const besidesThePatch = (context: GateContext): GateDetail[] => {
  try {
    const expected = applyPatch(context.baseTree, context.input.patch)
    return changedPaths(expected, context.patchedTree).map((path): GateDetail => ({
      kind: 'file',
      subject: path,
      message: 'it differs from what the patch makes of it',
    }))
  } catch (error) {
    if (!(error instanceof PatchConflict)) throw error
    return [{ kind: 'file', subject: 'patch', message: `it does not apply to the base: ${error.message}` }]
  }
}

/** Hunks of a rewritten text in which only the layout changed; re-indented lines beside real changes are not counted. */
const layoutHunks = (before: string, after: string): number => {
  const { hunks } = structuredPatch('a', 'b', before, after, '', '', { context: 0 })
  const side = (lines: readonly string[], sign: string): string =>
    lines
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n')
  return hunks.filter(({ lines }) => {
    const [removed, added] = [side(lines, '-'), side(lines, '+')]
    if (removed === '' || added === '' || bareTokens(removed) !== bareTokens(added)) return false
    const trimmed = (text: string): string =>
      text
        .split('\n')
        .map((line) => line.trim())
        .join('\n')
    return trimmed(removed) !== trimmed(added)
  }).length
}

const textBefore = (context: GateContext, operation: Operation): string | undefined => {
  if (operation.type === 'replace') return operation.anchor
  return operation.type === 'write_file' ? textOf(context.baseTree, operation.path) : undefined
}

const reformatting = (context: GateContext): GateDetail[] => {
  const found: GateDetail[] = []
  for (const edit of context.input.patch.edits) {
    // an edit that says something new somewhere may move its own lines about
    const before = edit.operations.map((operation) => textBefore(context, operation))
    const bareChange = edit.operations.every((operation, i) => {
      const text = before[i]
      return text !== undefined && 'text' in operation && bareTokens(text) === bareTokens(operation.text)
    })
    edit.operations.forEach((operation, i) => {
      const text = before[i]
      if (text === undefined || !('text' in operation) || text === operation.text) return
      const hunks = operation.type === 'write_file' ? layoutHunks(text, operation.text) : 0
      if (bareChange) found.push({ kind: 'file', subject: operation.path, message: `edit ${edit.id} only reformats` })
      else if (hunks > 0)
        found.push({
          kind: 'file',
          subject: operation.path,
          message: `edit ${edit.id} reformats ${counted(hunks, 'place')} beside its change`,
        })
    })
  }
  return found
}

/** Gate 7: only approved files changed, and in them only what the patch's operations say; no reformatting. */
export const scopeGate = async (context: GateContext): Promise<GateResult> => {
  const details = [...outOfScope(context), ...besidesThePatch(context), ...reformatting(context)]
  if (details.length > 0)
    return result(
      'scope',
      'fail',
      counted(details.length, 'change outside of the approved scope', 'changes outside of the approved scope'),
      details,
    )
  return result('scope', 'pass', `${counted(context.changed.length, 'file')} changed, all approved`)
}

import { InvalidRequest } from '@iama/kernel'
import { applyPatch, parsePatch, PatchConflict, type Edit, type Operation, type Patch, type Tree } from '@iama/patch'

import { Collector } from './collect.ts'
import type { Change, Draft, Place } from './draft.ts'
import { jsonIn, type JsonFound } from './json-values.ts'
import { holdsEdits, readOperations } from './read-operations.ts'
import { refuse, ReplyRefused, type ReplyFault, type ReplyProblem } from './refusal.ts'
import { MAX_OPERATIONS, replyText } from './reply-text.ts'
import { Resolver, type ReplyRules } from './resolve.ts'
import { scan, type Scanned } from './scan.ts'

/** How a reply was written. */
export type ReplyForm = 'operations' | 'search-replace' | 'unified-diff' | 'files'

/** A reply as a patch that applies to the tree it is about. */
export interface PatchReply {
  readonly patch: Patch
  readonly form: ReplyForm
}

const accepted =
  'answer with JSON edit operations {"edits": [...]}, search/replace blocks with the path above each, or a unified diff in a fence'
const saysNothing =
  /\bno[ _-]?(?:(?:further|more|code)[ _-])?(?:changes?|edits?|modifications?|operations?)\b|\bnothing to (?:change|do)\b/i
const MAX_DENIAL = 400

/** JSON in prose and in fences. */
const jsonOf = ({ lines, parts }: Scanned): JsonFound[] =>
  parts.flatMap((part) => {
    if (part.kind !== 'prose' && part.kind !== 'fence') return []
    const { from, to } = part.kind === 'fence' ? part.fence : part
    return jsonIn(lines.slice(from, to).join('\n'), from)
  })

const meansEdits = (found: JsonFound): boolean =>
  found.kind === 'value' ? holdsEdits(found.value) : /["'](?:edits|operations)["']\s*:|\{\s*edits\b/.test(found.source)

/** The one JSON answer; the same answer twice is one. */
const operationDrafts = (found: readonly JsonFound[]): Draft[] => {
  for (const each of found) if (each.kind === 'broken') refuse(each.problem)
  const values = found.filter((each) => each.kind === 'value')
  const first = JSON.stringify(values[0]!.value)
  const other = values.find((each) => JSON.stringify(each.value) !== first)
  if (other !== undefined) {
    const message = `there is another answer at line ${values[0]!.line}, and which one is meant is not certain`
    refuse({ fault: 'several_answers', line: other.line, message, fix: 'send one JSON object with all edits' })
  }
  return readOperations(values[0]!)
}

const refuseEmpty = (scanned: Scanned): never => {
  const prose = scanned.parts.filter(({ kind }) => kind === 'prose')
  const words = prose
    .map(({ from, to }) => scanned.lines.slice(from, to).join('\n'))
    .join('\n')
    .trim()
  const patchEnvelope = scanned.lines.findIndex((line) => /^\s*\*\*\* (?:Begin Patch|Update File:)/.test(line))
  if (patchEnvelope !== -1) {
    const message = 'the form "*** Begin Patch" is not read'
    return refuse({ fault: 'unsupported', line: patchEnvelope + 1, message, fix: accepted })
  }
  const fence = scanned.parts.find(({ kind }) => kind === 'fence')
  if (fence !== undefined) {
    const message = 'the reply holds code, but does not say in which file or which lines it belongs'
    return refuse({ fault: 'no_operations', line: fence.from + 1, message, fix: accepted })
  }
  if (words.length <= MAX_DENIAL && saysNothing.test(words)) {
    return refuse({ fault: 'nothing', message: 'the reply says that nothing is to be changed', fix: accepted })
  }
  return refuse({
    fault: 'no_operations',
    message: words === '' ? 'the reply is empty' : 'the reply holds prose only',
    fix: accepted,
  })
}

/** Reads the one form that a reply is written in. */
const draftsOf = (scanned: Scanned, tree: Tree): { drafts: Draft[]; form: ReplyForm } => {
  const collector = new Collector(scanned, (path) => tree.has(path))
  const json = jsonOf(scanned).filter(meansEdits)
  const lineOf = (kind: string): number | undefined => {
    const part = scanned.parts.find((each) => each.kind === kind)
    return part && part.from + 1
  }
  const isFile = (part: Scanned['parts'][number]): boolean =>
    part.kind === 'fence' && collector.fencePath(part) !== undefined && !json.some((each) => inside(each, part.fence))
  const file = scanned.parts.find(isFile)
  const forms = (
    [
      ['operations', json[0] && lineOfJson(json[0])],
      ['search-replace', lineOf('block')],
      ['unified-diff', lineOf('diff')],
      ['files', file && file.from + 1],
    ] as const
  ).filter(([, line]) => line !== undefined)
  if (forms.length > 1) {
    const message = `the reply is written in several forms: ${forms.map(([name, line]) => `${name} at line ${line}`).join(', ')}`
    refuse({ fault: 'several_answers', message, fix: 'write all changes in one form' })
  }
  if (forms.length === 0) return refuseEmpty(scanned)
  const form = forms[0]![0]
  if (form === 'operations') return { form, drafts: operationDrafts(json) }
  const nested =
    form === 'files' && scanned.parts.find((part) => part.kind === 'fence' && part.fence.nestedAt !== undefined)
  if (nested && nested.kind === 'fence') {
    const message = `a fence opens inside the fence of line ${nested.from + 1}, so the end of the file is not certain`
    const fix = 'use more backticks around the file than inside it, and close every fence'
    refuse({ fault: 'malformed', line: nested.fence.nestedAt! + 1, message, fix })
  }
  const open = scanned.parts.find((part) => part.kind === 'fence' && !part.fence.closed)
  if (open !== undefined) {
    const message = 'the fence is never closed, so the reply may be cut'
    refuse({
      fault: 'truncated',
      line: open.from + 1,
      message,
      fix: 'send the whole answer again, and close every fence',
    })
  }
  const kind = { 'search-replace': 'block', 'unified-diff': 'diff', files: 'fence' } as const
  return { form, drafts: collector.collect(kind[form]) }
}

const lineOfJson = (found: JsonFound): number => (found.kind === 'value' ? found.line : found.problem.line!)
const inside = (found: JsonFound, fence: { from: number; to: number }): boolean =>
  lineOfJson(found) > fence.from && lineOfJson(found) <= fence.to

/** What a change is, wherever in the reply it stands. */
const identity = ({ place: _place, ...change }: Change): string => JSON.stringify(change)

interface Resolved {
  readonly edits: Edit[]
  readonly places: ReadonlyMap<Operation, Place & { path: string }>
}

const resolveDrafts = (drafts: readonly Draft[], resolver: Resolver): Resolved => {
  const seen = new Set<string>()
  const places = new Map<Operation, Place & { path: string }>()
  const edits = drafts.map(({ changes, dependsOn = [], ...draft }, n): Edit => {
    const operations = changes.flatMap((change) => {
      const key = identity(change)
      if (seen.has(key)) return []
      seen.add(key)
      const resolved = resolver.resolve(change)
      for (const operation of resolved) places.set(operation, { ...change.place, path: operation.path })
      return resolved
    })
    return { id: `model-${n + 1}`, ...draft, recipe: 'model', operations, dependsOn, evidence: { kind: 'unproven' } }
  })
  return { edits, places }
}

/** An edit that changes nothing is dropped, and so is the dependence on it. */
const withoutEmpty = (edits: readonly Edit[]): Edit[] => {
  const empty = new Set(edits.filter(({ operations }) => operations.length === 0).map(({ id }) => id))
  return edits
    .filter(({ id }) => !empty.has(id))
    .map((edit) => ({ ...edit, dependsOn: edit.dependsOn.filter((id) => !empty.has(id)) }))
}

const faults: Readonly<Record<string, ReplyFault>> = {
  overlap: 'overlap',
  target_exists: 'exists',
  binary: 'binary',
  anchor_ambiguous: 'anchor_ambiguous',
  file_missing: 'path',
}

/** The last word has the patch itself: it must be sound, and apply to the tree as a whole. */
const proven = (edits: readonly Edit[], places: Resolved['places'], tree: Tree): Patch => {
  const value: Patch = { version: 1, edits }
  try {
    applyPatch(tree, parsePatch(value))
    return value
  } catch (error) {
    if (error instanceof PatchConflict) {
      const byId = new Map(edits.map((edit) => [edit.id, edit]))
      throw new ReplyRefused(
        error.conflicts.map(({ editId, operationIndex, path, reason, detail }): ReplyProblem => {
          const place = places.get(byId.get(editId)!.operations[operationIndex]!)
          const { line, field } = place ?? {}
          const fix = 'let every operation refer to the file as it is now, and no two to the same place'
          return {
            fault: faults[reason] ?? 'overlap',
            ...(line && { line }),
            ...(field && { field }),
            path,
            message: detail,
            fix,
          }
        }),
      )
    }
    if (error instanceof InvalidRequest) {
      throw new ReplyRefused(
        error.violations.map(({ field, reason, fix }): ReplyProblem => ({
          fault: 'wrong_shape',
          field,
          message: reason,
          fix: fix ?? accepted,
        })),
      )
    }
    throw error
  }
}

/**
 * A language model's reply as a patch that applies to the tree, or a refusal with all that is wrong: nothing is
 * guessed, and nothing in a reply can become anything but operations on files in scope. Time is linear in the reply
 * and in the files that it names.
 * @param reply what the model said, as it came; a reply that the provider reports as cut must not come here
 * @throws ReplyRefused whose message can be shown to the model
 */
export const readPatchReply = (reply: string, rules: ReplyRules): PatchReply => {
  const scanned = scan(replyText(reply))
  const { drafts, form } = draftsOf(scanned, rules.tree)
  const count = drafts.reduce((sum, { changes }) => sum + changes.length, 0)
  if (count > MAX_OPERATIONS) {
    const message = `the reply has ${count} operations, more than ${MAX_OPERATIONS}`
    refuse({ fault: 'too_large', message, fix: 'change less at once' })
  }
  const resolver = new Resolver(rules)
  const { edits, places } = resolveDrafts(drafts, resolver)
  if (resolver.problems.length > 0) throw new ReplyRefused(resolver.problems)
  const kept = withoutEmpty(edits)
  if (kept.length === 0) {
    refuse({
      fault: 'nothing',
      message: 'the reply changes nothing',
      fix: 'send at least one operation that changes a file',
    })
  }
  return { patch: proven(kept, places, rules.tree), form }
}

import { applyPatch, describeConflict, parsePatch, PatchConflict, treeHash, type Patch, type Tree } from '@iama/patch'
import { readJsonReply, readPatchReply, ReplyRefused } from '@iama/reply'
import { SecretVault, UnknownPlaceholder } from '@iama/secrets'
import type { BriefView, Reading } from '../application/ports.ts'
import type { Subject } from './briefing-subject.ts'
import { AnswerRefused, clarified, exercised, proposed, reanalysed, scored, specified } from './answer-shapes.ts'

/** Puts secrets back into an answer, and makes of it what the phase asks for. */
export interface ReadWork extends Subject {
  readonly kind: 'read'
  readonly view: BriefView
  /** A stored `SecretVault`. */
  readonly vault: string
  readonly answer: string
}

/**
 * Makes of an answer what its phase asks for: data with checked shapes, or a patch. Nothing else can come of it,
 * whatever it says.
 */
export const readAnswer = (work: ReadWork): Reading => {
  try {
    const text = restored(work)
    const { phase } = work.assignment
    if (phase === 'refactor' || phase === 'repair') return patchReading(work, text)
    return { kind: 'answer', answer: JSON.stringify(shaped(work, readJsonReply(text))), note: '' }
  } catch (error) {
    if (error instanceof ReplyRefused && error.fault === 'nothing') {
      return { kind: 'useless', code: 'NO_OPERATION', message: 'the model says that there is nothing to change' }
    }
    if (error instanceof ReplyRefused || error instanceof AnswerRefused || error instanceof UnknownPlaceholder) {
      return { kind: 'unreadable', problem: error.message }
    }
    throw error
  }
}

/** With the secrets back in it, as text or, where it is JSON, escaped as strings need. */
const restored = ({ answer, vault }: ReadWork): string => {
  const isJson = /^\s*(?:```\w*\s*)?[{[]/.test(answer) || /```json/i.test(answer)
  return SecretVault.from(JSON.parse(vault)).restore(answer, isJson ? 'json' : 'text')
}

const shaped = ({ assignment, tree, view }: ReadWork, value: unknown): object => {
  switch (assignment.phase) {
    case 'proposal':
      return view.proposals === undefined ? proposed(value, tree, assignment.include) : scored(value)
    case 'spec':
      return specified(value)
    case 'reanalysis':
      return reanalysed(value)
    case 'characterization':
      return exercised(value)
    default:
      return clarified(value)
  }
}

const patchReading = ({ assignment, tree, view, greenPart }: ReadWork, text: string): Reading => {
  const files = new Set(assignment.strategy?.files)
  const rules = { tree, scope: (path: string) => files.size === 0 || files.has(path), wholeFiles: view.wholeFiles }
  const { patch: written, form } = readPatchReply(text, rules)
  const patch = together(greenPart, written, assignment.attempt)
  const after = treeHash(applied(tree, patch))
  if (after === treeHash(greenPart ? applyPatch(tree, greenPart) : tree)) {
    return { kind: 'useless', code: 'NO_OPERATION', message: 'the patch leaves the code as it was' }
  }
  const answer = JSON.stringify({ patch, refused: [], treeHash: after })
  return { kind: 'answer', answer, note: `${patch.edits.length} edits, as ${form}` }
}

/** What stays of the patch before, and what was written now; ids tell the attempts apart. */
const together = (greenPart: Patch | undefined, written: Patch, attempt: number): Patch => {
  const id = (each: string): string => (attempt === 0 ? each : `r${attempt}-${each}`)
  const edits = written.edits.map((edit) => ({ ...edit, id: id(edit.id), dependsOn: edit.dependsOn.map(id) }))
  return parsePatch({ version: 1, edits: [...(greenPart?.edits ?? []), ...edits] })
}

const applied = (tree: Tree, patch: Patch): Tree => {
  try {
    return applyPatch(tree, patch)
  } catch (error) {
    if (!(error instanceof PatchConflict)) throw error
    const conflicts = error.conflicts.slice(0, 10).map(describeConflict)
    throw new AnswerRefused([`these edits do not apply beside those that stay:`, ...conflicts].join('\n'))
  }
}

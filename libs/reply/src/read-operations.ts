import type { Change, Draft, Place } from './draft.ts'
import type { JsonFound } from './json-values.ts'
import { ReplyRefused, type ReplyProblem } from './refusal.ts'

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isEdit = (value: unknown): boolean => isObject(value) && Array.isArray(value['operations'])

/** Models write null for a field that they leave out. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null

/** The edits of a value, whatever call or wrapper they are packed in; undefined when it holds none. */
const editsOf = (
  value: unknown,
  depth = 0,
): { edits: readonly unknown[]; prefix: string; owner: object } | undefined => {
  if (Array.isArray(value)) return value.some(isEdit) ? { edits: value, prefix: '', owner: value } : undefined
  if (!isObject(value)) return undefined
  if (Array.isArray(value['edits'])) return { edits: value['edits'], prefix: 'edits', owner: value }
  if (isEdit(value)) return { edits: [value], prefix: '', owner: value }
  if (depth > 2) return undefined
  for (const name of ['arguments', 'input', 'parameters', 'patch', 'function']) {
    const inner = value[name]
    const found = editsOf(typeof inner === 'string' ? parsed(inner) : inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a JSON value means to be a list of edits. */
export const holdsEdits = (value: unknown): boolean => editsOf(value) !== undefined

const anchoredTypes = ['replace', 'insert_before', 'insert_after']
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  replace: ['anchor', 'search', 'before', 'after', 'text', 'replace'],
  insert_before: ['anchor', 'search', 'before', 'after', 'text'],
  insert_after: ['anchor', 'search', 'before', 'after', 'text'],
  create_file: ['text', 'executable'],
  delete_file: [],
  rename_file: ['to'],
  write_file: ['text'],
}
const MAX_LABEL = 4_000

/** Reads edits as a model writes them: no hashes, no ranges, `search` and `replace` allowed for `anchor` and `text`. */
class OperationsReader {
  readonly problems: ReplyProblem[] = []
  private readonly found: JsonFound & { kind: 'value' }

  constructor(found: JsonFound & { kind: 'value' }) {
    this.found = found
  }

  read(): Draft[] {
    const { edits, prefix } = editsOf(this.found.value)!
    return edits.flatMap((edit, n) => {
      const field = prefix === '' && edits.length === 1 ? '' : `${prefix}[${n}]`
      return this.edit(edit, field, n)
    })
  }

  private problem(place: Place, message: string, fix: string): undefined {
    const { line, field } = place
    this.problems.push({ fault: 'wrong_shape', line: line ?? this.found.line, ...(field && { field }), message, fix })
    return undefined
  }

  private placeOf(value: unknown, field: string): Place {
    const line = isObject(value) ? this.found.lineOf(value) : undefined
    return { line: line ?? this.found.line, field }
  }

  private edit(value: unknown, field: string, n: number): Draft[] {
    const place = this.placeOf(value, field)
    if (!isObject(value) || !Array.isArray(value['operations'])) {
      this.problem(place, 'the edit has no operations', 'write {"title", "reason", "operations": [...]}')
      return []
    }
    this.onlyKnown(value, ['id', 'title', 'reason', 'operations', 'dependsOn'], place)
    const title = this.label(value, 'title', place)
    const reason = this.label(value, 'reason', place)
    const dependsOn = value['dependsOn'] ?? []
    if (!Array.isArray(dependsOn) || dependsOn.some((id) => typeof id !== 'string')) {
      this.problem(place, 'dependsOn is no list of ids', 'list ids of other edits, or leave it out')
    }
    const id = value['id']
    if (id !== undefined && typeof id !== 'string')
      this.problem(place, 'id is no string', 'write a string, or leave it out')
    const operations = value['operations'] as readonly unknown[]
    const changes = operations.flatMap((operation, o) => {
      const change = this.operation(operation, `${field === '' ? '' : `${field}.`}operations[${o}]`)
      return change === undefined ? [] : [change]
    })
    return [
      { id: typeof id === 'string' ? id : `model-${n + 1}`, title, reason, dependsOn: dependsOn as string[], changes },
    ]
  }

  private label(value: Fields, name: string, place: Place): string {
    const label = value[name]
    if (typeof label === 'string' && label.trim() !== '' && label.length <= MAX_LABEL) return label
    this.problem(
      place,
      `the edit has no ${name} of 1 to ${MAX_LABEL} characters`,
      `say in ${name} ${name === 'title' ? 'what changes' : 'why it is right'}`,
    )
    return ''
  }

  private onlyKnown(value: Fields, known: readonly string[], place: Place): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue
      this.problem(place, `has the unknown field ${JSON.stringify(key.slice(0, 80))}`, `use only ${known.join(', ')}`)
    }
  }

  private operation(value: unknown, field: string): Change | undefined {
    const place = this.placeOf(value, field)
    if (!isObject(value)) return this.problem(place, 'the operation is no object', 'write {"type", "path", ...}')
    const type = value['type']
    const fields = typeof type === 'string' && Object.hasOwn(fieldsOf, type) ? fieldsOf[type] : undefined
    if (fields === undefined) {
      const shown = JSON.stringify(type ?? null).slice(0, 80)
      return this.problem(place, `the type ${shown} is unknown`, `use one of ${Object.keys(fieldsOf).join(', ')}`)
    }
    const before = this.problems.length
    this.onlyKnown(value, ['type', 'path', 'base', ...fields], place)
    const path = this.text(value, ['path'], place)
    const claimed = value['base']
    const here: Place = { ...place, ...(typeof claimed === 'string' && { claimed }) }
    const change = this.change(type as string, path, value, here)
    return this.problems.length === before ? change : undefined
  }

  private change(type: string, path: string, value: Fields, place: Place): Change {
    if (anchoredTypes.includes(type)) {
      return {
        kind: 'anchored',
        type: type as 'replace',
        path,
        anchor: this.text(value, ['anchor', 'search'], place),
        ...(isGiven(value['before']) && { before: this.text(value, ['before'], place) }),
        ...(isGiven(value['after']) && { after: this.text(value, ['after'], place) }),
        text: this.text(value, type === 'replace' ? ['text', 'replace'] : ['text'], place),
        place,
      }
    }
    if (type === 'delete_file') return { kind: 'delete', path, place }
    if (type === 'rename_file') return { kind: 'rename', path, to: this.text(value, ['to'], place), place }
    const text = this.text(value, ['text'], place)
    if (type === 'write_file') return { kind: 'write', path, text, place }
    const { executable } = value
    if (executable !== undefined && typeof executable !== 'boolean')
      this.problem(place, 'executable is neither true nor false', 'write true or leave it out')
    return { kind: 'create', path, text, ...(executable === true && { executable }), place }
  }

  /** The one of some fields that is there, as text. */
  private text(value: Fields, names: readonly string[], place: Place): string {
    const given = names.filter((name) => value[name] !== undefined)
    const text = value[given[0]!]
    if (given.length === 1 && typeof text === 'string') return text
    const message = given.length > 1 ? `has both ${given.join(' and ')}` : `lacks ${names.join(' or ')} as a string`
    this.problem(place, message, `give exactly one of ${names.join(', ')}`)
    return ''
  }
}

/**
 * The edits of a JSON reply.
 * @throws ReplyRefused naming every wrong field
 */
export const readOperations = (found: JsonFound & { kind: 'value' }): Draft[] => {
  const reader = new OperationsReader(found)
  const drafts = reader.read()
  if (reader.problems.length > 0) throw new ReplyRefused(reader.problems)
  return drafts
}

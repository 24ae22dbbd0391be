import type { Change, Hunk, Row } from './draft.ts'
import { refuse } from './refusal.ts'

/** The lines of a diff within a reply, and what stands around them. */
export interface DiffText {
  readonly lines: readonly string[]
  readonly from: number
  readonly to: number
  readonly fenced: boolean
  /** The path that stands above a diff without a header. */
  readonly path: string | undefined
}

const header = /^@@+(?:\s+-(\d+)(?:,(\d+))?\s+\+(\d+)(?:,(\d+))?\s+@@+)?/
const letters: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

/** A name as git writes it: in quotes with C escapes of bytes, or as it is up to a tab. */
const unquoted = (name: string): string => {
  if (!/^".*"\s*$/.test(name)) return name.split('\t')[0]!.trimEnd()
  const bytes: Buffer[] = []
  for (const [piece, octal, letter] of name
    .trimEnd()
    .slice(1, -1)
    .matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Buffer.from([parseInt(octal, 8) & 255]))
    else if (letter !== undefined) bytes.push(Buffer.from([letters[letter] ?? letter.charCodeAt(0)]))
    else bytes.push(Buffer.from(piece))
  }
  return Buffer.concat(bytes).toString()
}

interface Section {
  readonly line: number
  from?: string
  to?: string
  renamedFrom?: string
  renamedTo?: string
  gitNames?: string
  created?: boolean
  deleted?: boolean
  executable?: boolean
  /** The section says that lines differ, or nothing shows that it is whole. */
  needsHunks?: boolean
  readonly hunks: Hunk[]
}

const stated = (line: string): Hunk['stated'] => {
  const [, oldStart, oldCount = '1', newStart, newCount = '1'] = header.exec(line)!
  if (oldStart === undefined) return undefined
  return {
    oldStart: Number(oldStart),
    oldCount: Number(oldCount),
    newStart: Number(newStart),
    newCount: Number(newCount),
  }
}

const count = (rows: readonly Row[], side: '-' | '+'): number =>
  rows.filter(({ sign }) => sign === ' ' || sign === side).length

class DiffReader {
  private readonly source: DiffText
  private readonly sections: Section[] = []
  private at: number

  constructor(source: DiffText) {
    this.source = source
    this.at = source.from
  }

  read(): Change[] {
    while (this.at < this.source.to) this.step(this.source.lines[this.at]!)
    const changes = this.sections.flatMap((section) => this.changesOf(section))
    if (this.sections.length === 0) {
      this.malformed(
        this.source.from,
        'the diff names no file and has no hunk',
        'write --- a/path, +++ b/path and @@ before the lines',
      )
    }
    return changes
  }

  private step(line: string): void {
    const open = this.sections.at(-1)
    if (line.startsWith('diff --git ')) {
      this.sections.push({ line: this.at, hunks: [], gitNames: line.slice(11) })
    } else if (line.startsWith('--- ') && this.lineAt(this.at + 1)?.startsWith('+++ ')) {
      const section = open !== undefined && open.from === undefined && open.hunks.length === 0 ? open : this.begin()
      section.from = unquoted(line.slice(4))
      section.to = unquoted(this.lineAt(this.at + 1)!.slice(4))
      this.at++
    } else if (line.startsWith('@@')) {
      if (open === undefined && this.source.path === undefined) {
        this.malformed(this.at, 'a hunk stands before any file header', 'write --- a/path and +++ b/path above it')
      }
      return this.hunk(open ?? this.begin())
    } else if (open !== undefined) this.extended(open, line)
    else if (/^[+-](?!--|\+\+)/.test(line)) {
      this.malformed(
        this.at,
        'a changed line stands before any file header',
        'write --- a/path, +++ b/path and @@ above it',
      )
    }
    this.at++
  }

  private begin(): Section {
    const section: Section = { line: this.at, hunks: [] }
    this.sections.push(section)
    return section
  }

  private lineAt(n: number): string | undefined {
    return n < this.source.to ? this.source.lines[n] : undefined
  }

  private extended(section: Section, line: string): void {
    const similarity = /^similarity index (\d+)%/.exec(line)?.[1]
    if (similarity !== undefined) section.needsHunks = similarity !== '100'
    const [, word, rest] =
      /^(rename from|rename to|new file mode|deleted file mode|old mode|new mode|copy from|Binary files|GIT binary patch)\b ?(.*)$/.exec(
        line,
      ) ?? []
    if (word === undefined) {
      if (!/^[+-]/.test(line)) return
      return this.malformed(
        this.at,
        'a changed line stands outside a hunk',
        'begin each hunk with @@ -line,count +line,count @@',
      )
    }
    if (word === 'rename from') section.renamedFrom = unquoted(rest!)
    else if (word === 'rename to') section.renamedTo = unquoted(rest!)
    else if (word === 'new file mode') Object.assign(section, { created: true, executable: rest === '100755' })
    else if (word === 'deleted file mode') section.deleted = true
    else {
      const message = `the diff says "${line.trim()}", which no edit operation can do`
      refuse({
        fault: 'unsupported',
        line: this.at + 1,
        message,
        fix: 'change text only; leave modes, copies and binary files',
      })
    }
  }

  private hunk(section: Section): void {
    const start = this.at
    const said = stated(this.source.lines[start]!)
    const rows: Row[] = []
    let old = 0
    let fresh = 0
    for (this.at++; this.at < this.source.to; this.at++) {
      const line = this.source.lines[this.at]!
      if (line.startsWith('@@') || line.startsWith('diff --git ')) break
      if (line.startsWith('\\')) {
        if (rows.length > 0) rows[rows.length - 1] = { ...rows.at(-1)!, noNewline: true }
        continue
      }
      const done = said !== undefined && old >= said.oldCount && fresh >= said.newCount
      const named = line.startsWith('--- ') && this.lineAt(this.at + 1)?.startsWith('+++ ')
      const lastTwo = said !== undefined && old === said.oldCount - 1 && fresh === said.newCount - 1
      if (named && !lastTwo && (done || this.lineAt(this.at + 2)?.startsWith('@@'))) break
      if (line !== '' && !/^[ +-]/.test(line)) {
        this.malformed(
          this.at,
          'a line of the hunk begins with no space, + or -',
          'begin context with a space, new lines with +, old lines with -',
        )
      }
      if (done && !this.source.fenced && line === '') break
      const sign = (line[0] ?? ' ') as Row['sign']
      rows.push({ sign, text: line.slice(1), noNewline: false })
      if (sign !== '+') old++
      if (sign !== '-') fresh++
    }
    this.dropBlankTail(rows, said)
    this.mustBeWhole(start, rows, said)
    section.hunks.push({ line: start + 1, rows, ...(said && { stated: said }) })
    if (!this.source.fenced) this.skipAfter()
  }

  /** Blank lines behind a hunk belong to it only as far as its header counts them. */
  private dropBlankTail(rows: Row[], said: Hunk['stated']): void {
    const tooMany = (): boolean =>
      said === undefined || count(rows, '-') > said.oldCount || count(rows, '+') > said.newCount
    while (rows.length > 0 && rows.at(-1)!.sign === ' ' && rows.at(-1)!.text === '' && tooMany()) rows.pop()
  }

  /** Nothing but the counts shows that a diff without a fence is whole. */
  private mustBeWhole(start: number, rows: readonly Row[], said: Hunk['stated']): void {
    if (this.source.fenced || this.at < this.source.lines.length - 1) return
    const short = said !== undefined && (count(rows, '-') < said.oldCount || count(rows, '+') < said.newCount)
    const cut = this.at === this.source.lines.length && rows.at(-1)?.sign === '+' && !rows.at(-1)!.noNewline
    if (!short && !cut && said !== undefined) return
    const message = `the last hunk, of line ${start + 1}, may be cut: ${short ? 'its header counts more lines' : 'nothing shows where it ends'}`
    refuse({ fault: 'truncated', line: start + 1, message, fix: 'send the whole diff again in a fence' })
  }

  private skipAfter(): void {
    while (this.at < this.source.to && this.source.lines[this.at] === '') this.at++
    const next = this.lineAt(this.at)
    if (next !== undefined && !/^(?:@@|diff --git |--- )/.test(next)) this.at = this.source.to
  }

  private malformed(line: number, message: string, fix: string): never {
    return refuse({ fault: 'malformed', line: line + 1, message, fix })
  }

  private changesOf(section: Section): Change[] {
    const place = { line: section.line + 1 }
    const { from, to } = this.namesOf(section)
    if (
      section.hunks.length === 0 &&
      section.renamedTo === undefined &&
      section.created !== true &&
      section.deleted !== true
    ) {
      this.malformed(section.line, 'the diff of this file has no hunk', 'write @@ and the changed lines')
    }
    const last =
      !this.source.fenced && section === this.sections.at(-1) && this.source.to >= this.source.lines.length - 1
    if (section.hunks.length === 0 && section.deleted !== true && (section.needsHunks || last)) {
      const message = 'the diff of this file may be cut: it has no hunk'
      refuse({ fault: 'truncated', ...place, message, fix: 'send the whole diff again in a fence' })
    }
    const rows = section.hunks.flatMap((hunk) => hunk.rows)
    if (from === undefined) {
      if (rows.some(({ sign }) => sign !== '+'))
        this.malformed(section.line, 'a new file has old lines', 'begin every line with +')
      const text = rows.map((row) => `${row.text}${row.noNewline ? '' : '\n'}`).join('')
      return [{ kind: 'create', path: to!, text, ...(section.executable && { executable: true }), place }]
    }
    if (to === undefined) {
      if (rows.some(({ sign }) => sign !== '-'))
        this.malformed(section.line, 'a deleted file has new lines', 'begin every line with -')
      return [
        { kind: 'delete', path: from, ...(section.hunks.length > 0 && { lines: rows.map((row) => row.text) }), place },
      ]
    }
    const changes: Change[] = []
    if (section.hunks.length > 0) changes.push({ kind: 'hunks', path: from, hunks: section.hunks, place })
    if (from !== to) changes.push({ kind: 'rename', path: from, to, place })
    return changes
  }

  private namesOf(section: Section): { from: string | undefined; to: string | undefined } {
    const { renamedFrom, renamedTo } = section
    if ((renamedFrom === undefined) !== (renamedTo === undefined)) {
      this.malformed(section.line, 'a rename needs both its names', 'write rename from and rename to')
    }
    if (renamedFrom !== undefined) return { from: renamedFrom, to: renamedTo }
    if (section.from === undefined) {
      const git = /^(?:"a\/(.*)" "b\/\1"|a\/(.*) b\/\2)$/.exec(section.gitNames ?? '')
      const named = git === null ? this.source.path : git[1] === undefined ? git[2] : unquoted(`"${git[1]}"`)
      if (named === undefined) this.malformed(section.line, 'the diff names no file', 'write --- a/path and +++ b/path')
      return { from: section.created ? undefined : named, to: section.deleted ? undefined : named }
    }
    const [old, fresh] = [section.from, section.to!]
    const prefixed = (name: string, letter: string): boolean => name === '/dev/null' || name.startsWith(`${letter}/`)
    const strip = prefixed(old, 'a') && prefixed(fresh, 'b')
    const clean = (name: string): string | undefined =>
      name === '/dev/null' ? undefined : (strip ? name.slice(2) : name).replace(/^(?:\.\/)+/, '')
    const [from, to] = [clean(old), clean(fresh)]
    if (from === undefined && to === undefined)
      this.malformed(section.line, 'the diff names no file', 'name the file after --- or +++')
    if (from !== undefined && to !== undefined && from !== to) {
      this.malformed(
        section.line,
        `the diff has two names, ${from} and ${to}`,
        'write the same path twice, or rename from and rename to',
      )
    }
    return { from, to }
  }
}

/**
 * The changes that a unified diff asks for; line numbers are kept, but never trusted alone.
 * @throws ReplyRefused
 */
export const readDiff = (source: DiffText): Change[] => new DiffReader(source).read()

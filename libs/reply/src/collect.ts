import type { Change, Draft } from './draft.ts'
import { pathInSentence, pathOfInfo, pathOfLine } from './paths.ts'
import { readDiff } from './read-diff.ts'
import { refuse } from './refusal.ts'
import type { Part, Scanned } from './scan.ts'

type FencePart = Extract<Part, { kind: 'fence' }>
type BlockPart = Extract<Part, { kind: 'block' }>

const commandLanguages = /^(?:sh|bash|shell|console|zsh|powershell|ps1|bat|cmd|text|txt|plaintext|output|log)\b/i
const MAX_TITLE = 120
const MAX_REASON = 2_000

/** Prose as the title and the reason of the changes below it. */
const labelsOf = (prose: readonly string[], path: string): Pick<Draft, 'title' | 'reason'> => {
  const lines = prose.map((line) => line.trim()).filter((line) => line !== '')
  const heading = lines.findLast((line) => /^#{1,6}\s/.test(line)) ?? lines[0]
  const title = heading
    ?.replace(/^#+\s*/, '')
    .replace(/[*`]/g, '')
    .slice(0, MAX_TITLE)
    .toWellFormed()
  const reason = lines.join('\n').slice(0, MAX_REASON).toWellFormed()
  return { title: title || `Change ${path}`, reason: reason || 'The reply gives no reason.' }
}

/** Collects what a reply changes by blocks, diffs and whole files, with the prose above each as its reason. */
export class Collector {
  readonly drafts: Draft[] = []
  private readonly lines: readonly string[]
  private readonly parts: readonly Part[]
  private readonly has: (path: string) => boolean
  private prose: string[] = []
  private lastPath: { path: string; until: number } | undefined

  constructor(scanned: Scanned, has: (path: string) => boolean) {
    this.lines = scanned.lines
    this.parts = scanned.parts
    this.has = (path) => has(path.replace(/^(?:\.\/)+/, ''))
  }

  /** The path that a fence gives, in its words, above it or in a comment on its first line. */
  fencePath(part: FencePart): { path: string; named?: string } | undefined {
    const above = this.lineAbove(part.from)
    const written = above === undefined ? undefined : pathOfLine(this.lines[above]!, this.has)
    const info = pathOfInfo(part.fence.info, this.has)
    if (written !== undefined && info !== undefined && written !== info) {
      const message = `the fence has two paths, ${written} and ${info}`
      refuse({ fault: 'path', line: part.from + 1, message, fix: 'write one path above the fence' })
    }
    const path = written ?? info
    if (path !== undefined) return { path }
    const first = this.lines[part.fence.from]
    if (first === undefined || part.fence.from === part.fence.to) return undefined
    const remark = /^\s*(?:\/\/|#|--|\/\*|<!--)\s*(?:file(?:name|path)?:\s*)?([^\s*]+)\s*(?:\*\/|-->)?\s*$/i.test(first)
    const named = remark ? pathOfLine(first, this.has) : undefined
    return named === undefined ? undefined : { path: named, named: first }
  }

  collect(form: 'block' | 'diff' | 'fence'): Draft[] {
    for (const part of this.parts) {
      if (part.kind === 'prose') this.addProse(part)
      else if (part.kind !== form) continue
      else if (part.kind === 'block') this.add([this.block(part)])
      else if (part.kind === 'diff') this.add(this.diff(part))
      else this.add(this.file(part))
    }
    return this.drafts
  }

  private addProse(part: Part): void {
    for (let n = part.from; n < part.to; n++) {
      const line = this.lines[n]!
      if (!/^\s*(?:`{3,}|~{3,})/.test(line) && pathOfLine(line, this.has) === undefined) this.prose.push(line)
    }
  }

  /** Changes with no words between them share an edit. */
  private add(changes: readonly Change[]): void {
    const [first] = changes
    if (first === undefined) return
    const last = this.drafts.at(-1)
    if (last !== undefined && this.prose.every((line) => line.trim() === '')) last.changes.push(...changes)
    else {
      const labels = labelsOf(this.prose, first.path.slice(0, MAX_TITLE))
      this.drafts.push({ id: `model-${this.drafts.length + 1}`, ...labels, changes: [...changes] })
    }
    this.prose = []
  }

  /** The nearest line above that is not blank, if it is prose. */
  private lineAbove(at: number): number | undefined {
    for (let n = at - 1; n >= 0 && n >= at - 4; n--) {
      const line = this.lines[n]!
      if (line.trim() !== '') return /^\s*(?:`{3,}|~{3,})\s*$/.test(line) ? undefined : n
    }
    return undefined
  }

  private block(part: BlockPart): Change {
    const path = this.blockPath(part)
    this.lastPath = { path, until: part.to }
    const { search, replace } = part.block
    return { kind: 'lines', path, search, replace, place: { line: part.from + 1 } }
  }

  /** The path directly above the block, in the words of its fence, or that of the block before if nothing lies between. */
  private blockPath(part: BlockPart): string {
    let n = part.from - 1
    const stop = Math.max(this.lastPath?.until ?? 0, part.from - 6)
    let info: string | undefined
    for (; n >= stop; n--) {
      const line = this.lines[n]!
      const fence = /^\s*(?:`{3,}|~{3,})\s*([^`]*)$/.exec(line)
      if (fence) info ??= pathOfInfo(fence[1]!.trim(), this.has)
      else if (line.trim() !== '') break
    }
    const line = n >= stop ? this.lines[n]! : undefined
    const written = line === undefined ? undefined : pathOfLine(line, this.has)
    if (written !== undefined && info !== undefined && written !== info) {
      const message = `the block has two paths, ${written} and ${info}`
      refuse({ fault: 'path', line: part.from + 1, message, fix: 'write one path above the block' })
    }
    const around = part.block.info === undefined ? undefined : pathOfInfo(part.block.info, this.has)
    const found = written ?? info ?? (line === undefined ? undefined : pathInSentence(line, this.has))
    if (found !== undefined) return found
    if (n < stop && this.lastPath !== undefined && stop === this.lastPath.until) return this.lastPath.path
    if (around !== undefined) return around
    return refuse({
      fault: 'path',
      line: part.from + 1,
      message: 'the search/replace block has no path above it',
      fix: 'write the path of the file on the line above <<<<<<< SEARCH',
    })
  }

  private diff(part: Extract<Part, { kind: 'diff' }>): Change[] {
    const above = this.lineAbove(part.fenced ? part.from - 1 : part.from)
    const info = part.fenced ? pathOfInfo(this.lines[part.from - 1]!.replace(/^\s*[`~]+\s*/, ''), this.has) : undefined
    const path = (above === undefined ? undefined : pathOfLine(this.lines[above]!, this.has)) ?? info
    return readDiff({ lines: this.lines, from: part.from, to: part.to, fenced: part.fenced, path })
  }

  private file(part: FencePart): Change[] {
    const { fence } = part
    const line = part.from + 1
    const found = this.fencePath(part)
    if (found === undefined) {
      if (commandLanguages.test(fence.info)) return []
      return refuse({
        fault: 'path',
        line,
        message: 'the fence has no path',
        fix: 'write the path of the file above each fence',
      })
    }
    const content = this.lines.slice(fence.from, fence.to)
    const inner = content.every((each) => each.trim() === '' || /^[ \t]*/.exec(each)![0].length >= fence.indent)
      ? fence.indent
      : 0
    const text = content.map((each) => `${each.slice(inner)}\n`).join('')
    return [{ kind: 'file', path: found.path, text, marker: fence.marker, named: found.named, place: { line } }]
  }
}

import { refuse } from './refusal.ts'
import { thinkingEnd, lateThinkingEnd } from './thinking.ts'

/** What a stretch of a reply is. Lines are 0-based, ends exclusive. */
export type Part =
  | { readonly kind: 'prose'; readonly from: number; readonly to: number }
  | { readonly kind: 'fence'; readonly from: number; readonly to: number; readonly fence: Fence }
  | { readonly kind: 'diff'; readonly from: number; readonly to: number; readonly fenced: boolean }
  | { readonly kind: 'block'; readonly from: number; readonly to: number; readonly block: Block }

export interface Fence {
  readonly info: string
  readonly marker: string
  /** Lines of the content. */
  readonly from: number
  readonly to: number
  readonly indent: number
  readonly closed: boolean
  /** A line inside that would open another fence: where the outer one ends is not certain. */
  readonly nestedAt?: number
}

/** A search/replace block; `above` are the words of the fence around it, if there is one. */
export interface Block {
  readonly search: readonly string[]
  readonly replace: readonly string[]
  readonly info?: string
}

export interface Scanned {
  /** The lines of the reply, without what was thought aloud before the answer. */
  readonly lines: readonly string[]
  readonly parts: readonly Part[]
}

const opener = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^`]*)$/
const searchMark = /^\s*(?:<{5,9} ?SEARCH|-{5,9} ?SEARCH)\s*[>:]?\s*$/
const divider = /^\s*={5,9}\s*$/
const replaceMark = /^\s*(?:>{5,9} ?REPLACE|\+{5,9} ?REPLACE)\s*$/

const indentOf = (line: string): string => /^[ \t]*/.exec(line)![0]

/** Splits a reply into prose, fences, diffs and search/replace blocks in one pass over its lines. */
class Scanner {
  readonly parts: Part[] = []
  private readonly lines: string[]
  private at = 0
  private proseFrom = 0
  private answered = false
  /** The fence that is open around search/replace blocks. */
  private around: { info: string; marker: string; line: number } | undefined

  constructor(lines: string[]) {
    this.lines = lines
  }

  run(): Part[] {
    while (this.at < this.lines.length) this.step()
    if (this.around !== undefined) {
      const fix = 'send the whole answer again, and close every fence'
      refuse({
        fault: 'truncated',
        line: this.around.line + 1,
        message: 'the fence is never closed, so the reply may be cut',
        fix,
      })
    }
    this.endProse()
    return this.parts
  }

  private step(): void {
    const line = this.lines[this.at]!
    if (searchMark.test(line)) return this.block()
    if (replaceMark.test(line)) this.stray(this.at)
    if (this.around !== undefined) {
      const mark = opener.exec(line)
      if (mark && mark[3]!.trim() === '' && mark[2]!.startsWith(this.around.marker)) this.around = undefined
      this.at++
      return
    }
    const resumed = thinkingEnd(this.lines, this.at)
    if (resumed !== undefined) {
      this.endProse()
      this.proseFrom = this.at = resumed
      return
    }
    if (lateThinkingEnd(this.lines, this.at, this.answered)) {
      this.parts.length = 0
      this.answered = false
      this.proseFrom = this.at
      return
    }
    if (line.startsWith('diff --git ') || (line.startsWith('--- ') && this.lines[this.at + 1]?.startsWith('+++ '))) {
      return this.bareDiff()
    }
    const mark = opener.exec(line)
    if (mark) return this.fence(mark[1]!.length, mark[2]!, mark[3]!.trim())
    this.at++
  }

  private endProse(): void {
    if (this.proseFrom < this.at) this.parts.push({ kind: 'prose', from: this.proseFrom, to: this.at })
  }

  private push(part: Part): void {
    this.endProse()
    this.parts.push(part)
    this.answered = true
    this.proseFrom = this.at = part.to
  }

  private fence(indent: number, marker: string, info: string): void {
    const from = this.at + 1
    const head = this.head(from)
    const isDiff = this.beginsDiff(head) || (/^(?:diff|patch|udiff)\b/i.test(info) && !this.hasBlock(from, marker))
    if (!isDiff && this.hasBlock(from, marker)) {
      this.around = { info, marker, line: this.at }
      this.at++
      return
    }
    let to = from
    let nestedAt: number | undefined
    for (; to < this.lines.length; to++) {
      const mark = opener.exec(this.lines[to]!)
      if (!mark?.[2]!.startsWith(marker) || mark[1]!.length > indent + 3) continue
      if (mark[3]!.trim() === '') break
      nestedAt ??= to
    }
    const stray = isDiff ? -1 : this.lines.slice(from, to).findIndex((line) => replaceMark.test(line))
    if (stray !== -1) this.stray(from + stray)
    const closed = to < this.lines.length
    const end = closed ? to + 1 : to
    if (isDiff) {
      if (!closed) this.unclosed(this.at)
      this.push({ kind: 'diff', from, to, fenced: true })
      this.at = this.proseFrom = end
      return
    }
    const fence: Fence = { info, marker, from, to, indent, closed, ...(nestedAt === undefined ? {} : { nestedAt }) }
    this.push({ kind: 'fence', from: this.at, to: end, fence })
  }

  private unclosed(line: number): never {
    const fix = 'send the whole answer again, and close every fence'
    return refuse({
      fault: 'truncated',
      line: line + 1,
      message: 'the fence is never closed, so the reply may be cut',
      fix,
    })
  }

  /** A block whose beginning is not recognised must not vanish. */
  private stray(line: number): never {
    const message = 'a search/replace block ends, but none has begun'
    return refuse({
      fault: 'malformed',
      line: line + 1,
      message,
      fix: 'write <<<<<<< SEARCH alone on the line above the old lines',
    })
  }

  /** The first line that is not blank. */
  private head(from: number): number {
    let n = from
    while (n < this.lines.length && this.lines[n]!.trim() === '') n++
    return n
  }

  /** Whether a line is the header of a diff for certain: a comment may begin with --- as well. */
  private beginsDiff(at: number): boolean {
    const line = this.lines[at] ?? ''
    if (/^(?:diff --git |Index: \S|@@ -\d)/.test(line)) return true
    return line.startsWith('--- ') && (this.lines[at + 1] ?? '').startsWith('+++ ')
  }

  /** Whether a search/replace block begins in this fence, at its beginning. */
  private hasBlock(from: number, marker: string): boolean {
    for (let n = from, seen = 0; n < this.lines.length && seen < 4; n++) {
      const line = this.lines[n]!
      if (searchMark.test(line)) return true
      if (line.trim().startsWith(marker)) return false
      if (line.trim() !== '') seen++
    }
    return false
  }

  /** A diff without a fence: everything up to a line that can be no part of one. */
  private bareDiff(): void {
    const from = this.at
    let to = from
    let inHunk = false
    for (; to < this.lines.length; to++) {
      const line = this.lines[to]!
      if (line.startsWith('@@')) inHunk = true
      else if (line.startsWith('diff --git ')) inHunk = false
      else if (line.startsWith('--- ') && this.lines[to + 1]?.startsWith('+++ ')) inHunk = false
      else if (line === '' || /^[ +\\-]/.test(line)) continue
      else if (
        inHunk ||
        !/^(?:index |old mode|new |deleted |rename |copy |similarity |dissimilarity |Binary |GIT )/.test(line)
      )
        break
    }
    this.push({ kind: 'diff', from, to, fenced: false })
  }

  private block(): void {
    const from = this.at
    const broken = (line: number, message: string): never =>
      refuse({
        fault: 'malformed',
        line: line + 1,
        message,
        fix: 'write <<<<<<< SEARCH, old lines, =======, new lines, >>>>>>> REPLACE',
      })
    let middle = -1
    let n = from + 1
    for (; n < this.lines.length; n++) {
      const line = this.lines[n]!
      if (replaceMark.test(line)) break
      if (searchMark.test(line))
        broken(n, `a search/replace block begins, but the one of line ${from + 1} has not ended`)
      if (!divider.test(line)) continue
      if (middle !== -1)
        broken(n, `the block of line ${from + 1} has two lines of =======, so its middle is not certain`)
      middle = n
    }
    if (n === this.lines.length) {
      const message = 'the search/replace block does not end, so the reply is cut'
      refuse({ fault: 'truncated', line: from + 1, message, fix: 'send the answer again, in fewer or shorter blocks' })
    }
    if (middle === -1) broken(n, `the block of line ${from + 1} has no line of =======`)
    const indent = indentOf(this.lines[from]!)
    const unindent = (lines: string[]): string[] =>
      lines.every((line) => line.trim() === '' || line.startsWith(indent))
        ? lines.map((line) => line.slice(indent.length))
        : lines
    const search = this.lines.slice(from + 1, middle)
    // Some models say where the block begins; it is found by its text all the same.
    if (/^:(?:start|end)_line:/.test(search[0] ?? '')) {
      const rule = search.findIndex((line) => /^-{5,9}$/.test(line))
      search.splice(0, rule === -1 ? 1 : rule + 1)
    }
    const block: Block = {
      search: unindent(search),
      replace: unindent(this.lines.slice(middle + 1, n)),
      ...(this.around && { info: this.around.info }),
    }
    this.push({ kind: 'block', from, to: n + 1, block })
  }
}

/**
 * The parts of a reply.
 * @throws ReplyRefused when something was begun and not ended
 */
export const scan = (text: string): Scanned => {
  const lines = text.split('\n')
  const parts = new Scanner(lines).run()
  return { lines, parts }
}

import { field, messageOf } from './tap-yaml.ts'

/** One assertion or subtest of a TAP stream, before ids are given. */
export interface TapPoint {
  readonly status: 'pass' | 'fail' | 'skip'
  /** Subtest or comment titles, outermost first, then the point's own description. */
  readonly path: readonly string[]
  readonly durationMs?: number
  readonly message?: string
}

export interface TapDocument {
  readonly points: readonly TapPoint[]
  /** A plan or a version was seen: this is TAP and not something that looks like it. */
  readonly recognised: boolean
  readonly bailedOut?: string
  /** The plan promised more points than came, or none came after it. */
  readonly incomplete: boolean
}

interface Summary {
  readonly name: string
  readonly status: TapPoint['status']
  readonly yaml: readonly string[]
}

interface Level {
  readonly title: string | undefined
  /** The last `# name` at this level: tape and mocha print a test's name as a comment. */
  comment: string | undefined
  points: TapPoint[]
  count: number
  planned: number | undefined
}

const level = (title: string | undefined): Level => ({
  title,
  comment: undefined,
  points: [],
  count: 0,
  planned: undefined,
})

const pointLine = /^(not )?ok\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)$/
const summary = /^(tests|pass|fail|skip|todo|ok|suites|cancelled|skipped|duration_ms|failed \d|time=|\d+ tests?)\b/

const splitDirective = (text: string): { name: string; directive: string | undefined } => {
  const at = /(^|[^\\])#\s*(skip|todo|time)\b.*$/i.exec(text)
  if (at === null) return { name: text.replaceAll('\\#', '#').trim(), directive: undefined }
  const name = text.slice(0, at.index + at[1]!.length).trim()
  return { name: name.replaceAll('\\#', '#'), directive: at[2]!.toLowerCase() }
}

class TapReader {
  private readonly levels: Level[] = [level(undefined)]
  private readonly closed = new Map<number, Level>()
  private recognised = false
  private incomplete = false
  private bailedOut: string | undefined

  read(text: string): TapDocument {
    const lines = text.split(/\r?\n/)
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!
      const depth = Math.floor(line.search(/\S|$/) / 4)
      const point = pointLine.exec(line.trim())
      const yaml = point === null ? [] : this.yamlAfter(lines, i)
      if (point !== null) {
        this.point(depth, point, yaml)
        if (yaml.length > 0) i += yaml.length + 2
      } else this.other(depth, line.trim())
    }
    while (this.levels.length > 1) this.close()
    const [root] = this.levels
    this.check(root!)
    const bail = this.bailedOut === undefined ? {} : { bailedOut: this.bailedOut }
    return { points: root!.points, recognised: this.recognised, incomplete: this.incomplete, ...bail }
  }

  private yamlAfter(lines: readonly string[], at: number): string[] {
    if (!/^\s+---\s*$/.test(lines[at + 1] ?? '')) return []
    const end = lines.findIndex((line, i) => i > at + 1 && /^\s+\.\.\.\s*$/.test(line))
    return end < 0 ? [] : lines.slice(at + 2, end)
  }

  private point(depth: number, match: RegExpExecArray, yaml: readonly string[]): void {
    const braced = /\{\s*$/.test(match[3]!)
    const { name, directive } = splitDirective(match[3]!.replace(/\{\s*$/, ''))
    while (this.levels.length > depth + 1) this.close()
    const failed = match[1] !== undefined
    const status = directive === 'skip' || directive === 'todo' ? 'skip' : failed ? 'fail' : 'pass'
    if (braced) {
      // tap prints a buffered subtest as its summary first; the closing brace ends it
      this.buffered.push({ depth, name, status, yaml })
      this.announced = { depth, title: name }
    } else this.result(depth, { name, status, yaml })
  }

  private readonly buffered: (Summary & { readonly depth: number })[] = []

  private result(depth: number, { name, status, yaml }: Summary): void {
    const failed = status === 'fail'
    const at = this.at(depth)
    at.count++
    const children = this.closed.get(depth)
    this.closed.delete(depth)
    const explained = children?.points.some((each) => each.status === 'fail') ?? false
    if (children !== undefined && children.points.length > 0) {
      at.points.push(...children.points)
      // the summary of a subtest is a result of its own only when none of its points explains the failure
      if (!failed || explained) return
    }
    const message = messageOf(yaml)
    const duration = Number(field(yaml, 'duration_ms') ?? Number.NaN)
    at.points.push({
      status,
      path: [...this.titles(depth), name === '' ? `point ${at.count}` : name],
      ...(Number.isFinite(duration) ? { durationMs: duration } : {}),
      ...(failed ? { message: message ?? name } : {}),
    })
  }

  private titles(depth: number): string[] {
    return this.levels.slice(0, depth + 1).flatMap((each) => [each.title, each.comment].filter((t) => t !== undefined))
  }

  private other(depth: number, line: string): void {
    const subtest = /^# Subtest:?\s*(.*)$/.exec(line)
    if (/^TAP version \d+$/.test(line)) this.recognised = true
    else if (/^\d+\.\.\d+/.test(line)) {
      this.recognised = true
      this.at(depth).planned = Number(/\.\.(\d+)/.exec(line)![1])
    } else if (/^Bail out!/.test(line)) this.bailedOut = line.slice('Bail out!'.length).trim() || 'without a reason'
    else if (subtest !== null) {
      // node:test announces a subtest at its parent's depth, tap at the subtest's own
      this.open(depth, subtest[1]!)
    } else if (line === '}' && this.buffered.at(-1)?.depth === depth) {
      while (this.levels.length > depth + 1) this.close()
      this.result(depth, this.buffered.pop()!)
    } else if (/^# /.test(line) && !summary.test(line.slice(2)) && depth === 0)
      this.at(0).comment = line.slice(2).trim()
  }

  /** The announced title waits until the first indented line. */
  private announced: { depth: number; title: string } | undefined

  private open(depth: number, title: string): void {
    // indented like its own points and not announced before: the title is that of the level it opens
    const ownIndent = depth === this.levels.length && this.announced === undefined
    if (!ownIndent) this.at(depth)
    this.announced = { depth, title }
    if (ownIndent) this.at(depth)
  }

  private at(depth: number): Level {
    while (this.levels.length > depth + 1) this.close()
    while (this.levels.length < depth + 1) {
      const title =
        this.announced !== undefined && this.announced.depth >= this.levels.length - 1
          ? this.announced.title
          : undefined
      this.announced = undefined
      this.levels.push(level(title))
    }
    return this.levels[depth]!
  }

  private close(): void {
    const closing = this.levels.pop()!
    this.check(closing)
    const depth = this.levels.length - 1
    const earlier = this.closed.get(depth)
    if (earlier === undefined) this.closed.set(depth, closing)
    else earlier.points.push(...closing.points)
  }

  private check(closing: Level): void {
    if (closing.planned !== undefined && closing.count < closing.planned) this.incomplete = true
  }
}

/** Reads TAP 12 to 14 as tape, tap, node:test and ava print it: nested subtests, YAML blocks, directives. */
export const parseTap = (text: string): TapDocument => new TapReader().read(text)

import { asBuffer, decodeText, sha256, type Sha256, type TreeFile } from '@iama/patch'

const BOM = '\uFEFF'

/** A text without its byte order mark. */
export const withoutBom = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text)

/** A text as lines without their ends; the last newline ends a line and begins none. */
export const linesOf = (text: string): string[] => {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** A file of the tree as the author of a reply saw it: lines of text, without byte order mark and line ends. */
export class BaseFile {
  readonly path: string
  readonly content: Buffer
  readonly base: Sha256
  readonly bom: boolean
  readonly lines: readonly string[]
  /** Byte of the first character of each line, and of the end of the file. */
  readonly starts: readonly number[]
  readonly finalNewline: boolean
  /** How every line ends, where all end alike. */
  readonly uniform: '\n' | '\r\n' | undefined
  private readonly crlf: readonly boolean[]
  private readonly trimmed: Set<string>

  private constructor(path: string, content: Buffer, text: string) {
    this.path = path
    this.content = content
    this.base = sha256(content)
    this.bom = text.startsWith(BOM)
    const raw = withoutBom(text).split('\n')
    this.finalNewline = raw.at(-1) === '' && raw.length > 1
    if (raw.at(-1) === '') raw.pop()
    const starts = [this.bom ? 3 : 0]
    for (const line of raw) starts.push(starts.at(-1)! + Buffer.byteLength(line) + 1)
    if (!this.finalNewline && raw.length > 0) starts[raw.length] = content.length
    this.starts = starts
    const ended = (n: number): boolean => n < raw.length - 1 || this.finalNewline
    this.crlf = raw.map((line, n) => ended(n) && line.endsWith('\r'))
    const some = this.crlf.includes(true)
    this.uniform = !some ? '\n' : this.crlf.every((each, n) => each || !ended(n)) ? '\r\n' : undefined
    this.lines = raw.map((line, n) => (this.crlf[n] ? line.slice(0, -1) : line))
    this.trimmed = new Set(this.lines.map((line) => line.trim()))
  }

  /** The file as text, or undefined when its bytes are none. */
  static of(path: string, file: TreeFile): BaseFile | undefined {
    const content = asBuffer(file.content)
    const text = content.includes(0) ? undefined : decodeText(content)
    return text === undefined ? undefined : new BaseFile(path, content, text)
  }

  /** The byte after the last character of a line, before its end. */
  endOf(line: number): number {
    const ended = line < this.lines.length - 1 || this.finalNewline
    return this.starts[line + 1]! - (ended ? 1 : 0) - (this.crlf[line] ? 1 : 0)
  }

  /** Whether some line says this, whatever its indentation. */
  has(trimmed: string): boolean {
    return this.trimmed.has(trimmed)
  }

  /** The index of the line that a byte belongs to. */
  lineAt(byte: number): number {
    let low = 0
    let high = this.lines.length
    while (low + 1 < high) {
      const middle = (low + high) >> 1
      if (this.starts[middle]! <= byte) low = middle
      else high = middle
    }
    return low
  }

  /** How lines end between two lines: as the lines there do, else as the line before, else as the file's first. */
  lineEnd(from: number, to: number): '\n' | '\r\n' {
    if (this.uniform !== undefined) return this.uniform
    const ended = this.finalNewline ? this.lines.length : this.lines.length - 1
    const within = this.crlf.slice(from, Math.min(to, ended))
    const alike = within.length > 0 && within.every((each) => each === within[0])
    const sample = alike ? from : Math.max(Math.min(from, ended) - 1, 0)
    return this.crlf[sample] ? '\r\n' : '\n'
  }

  slice(start: number, end: number): string {
    return this.content.toString('utf8', start, end)
  }
}

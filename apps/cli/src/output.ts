import { createStyle, type Style } from './view/style.ts'

/** The part of a process that a command may speak to. */
export interface Streams {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
}

export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Data goes to stdout, everything else to stderr; a status line and colours only to a terminal. */
export class Output {
  /** For stdout. */
  readonly style: Style
  /** For stderr. */
  readonly noteStyle: Style
  /** Whether results are wanted as JSON lines. */
  readonly json: boolean
  readonly columns: number
  private readonly streams: Streams
  private live = ''

  constructor(streams: Streams, options: { color: 'auto' | 'always' | 'never'; json: boolean }) {
    const colored = (stream: OutputStream): boolean =>
      options.color === 'always' || (options.color === 'auto' && stream.isTTY === true)
    this.streams = streams
    this.json = options.json
    this.style = createStyle(colored(streams.stdout))
    this.noteStyle = createStyle(colored(streams.stderr))
    this.columns = streams.stdout.columns ?? 100
  }

  get isTerminal(): boolean {
    return this.streams.stderr.isTTY === true
  }

  /** Bytes for stdout exactly as given; nothing in JSON mode, where only events are data. */
  data(text: string): void {
    if (this.json || text === '') return
    this.hideLive()
    this.streams.stdout.write(text)
  }

  /** Lines for people on stderr. */
  note(...lines: readonly string[]): void {
    if (lines.length === 0) return
    const live = this.live
    this.hideLive()
    this.streams.stderr.write(`${lines.join('\n')}\n`)
    this.status(live)
  }

  /** One JSON line on stdout; nothing unless JSON is wanted. */
  event(value: Readonly<Record<string, unknown>>): void {
    if (this.json) this.streams.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** Replaces the status line of a terminal; elsewhere there is none. */
  status(text: string): void {
    if (!this.isTerminal || text === this.live) return
    const width = (this.streams.stderr.columns ?? 80) - 1
    this.live = text
    this.streams.stderr.write(`\r\u001B[K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`)
  }

  private hideLive(): void {
    this.status('')
  }
}

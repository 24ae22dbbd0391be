import { duration } from './view/format.ts'
import { createStyle, showable, type Style } from './view/style.ts'

const TICK_MS = 1_000
const CLEAR_LINE = '\r\u001B[K'

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
  private live: { text: string; since: number; ticking?: NodeJS.Timeout } = { text: '', since: 0 }

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

  /** Text for stdout, to a file or a pipe exactly as given; nothing in JSON mode, where only events are data. */
  data(text: string): void {
    if (this.json || text === '') return
    const { stdout } = this.streams
    this.aboveStatus(() => stdout.write(stdout.isTTY === true ? showable(text) : text))
  }

  /** Lines for people on stderr. */
  note(...lines: readonly string[]): void {
    if (lines.length > 0) this.aboveStatus(() => this.streams.stderr.write(`${showable(lines.join('\n'))}\n`))
  }

  /** One JSON line on stdout; nothing unless JSON is wanted. */
  event(value: Readonly<Record<string, unknown>>): void {
    if (this.json) this.streams.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** Replaces the status line of a terminal, which also shows for how long it stands; elsewhere there is none. */
  status(text: string): void {
    const shown = showable(text)
    if (!this.isTerminal || shown === this.live.text) return
    clearInterval(this.live.ticking)
    this.live = { text: shown, since: performance.now() }
    this.drawStatus()
    // the timer alone must not keep the process alive
    if (text !== '') this.live.ticking = setInterval(() => this.drawStatus(), TICK_MS).unref()
  }

  private aboveStatus(write: () => unknown): void {
    const hasStatus = this.live.text !== ''
    if (hasStatus) this.streams.stderr.write(CLEAR_LINE)
    write()
    if (hasStatus) this.drawStatus()
  }

  private drawStatus(): void {
    const { text, since } = this.live
    const elapsed = performance.now() - since
    const line = text !== '' && elapsed >= TICK_MS ? `${text}  ${duration(elapsed)}` : text
    const width = (this.streams.stderr.columns ?? 80) - 1
    this.streams.stderr.write(`${CLEAR_LINE}${line.length > width ? `${line.slice(0, width - 1)}…` : line}`)
  }
}

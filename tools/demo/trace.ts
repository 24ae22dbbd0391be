/** A span as the processes of a stack write it, a line each (`libs/telemetry`). */
export interface Span {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id?: string
  readonly service: string
  readonly name: string
  /** ISO 8601. */
  readonly started_at: string
  readonly duration_ms: number
  readonly ok: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

interface Branch {
  readonly span: Span
  readonly children: Branch[]
}

const startOf = ({ started_at: at }: Span): number => Date.parse(at)

/** @param text JSON lines; the last one may not be whole yet */
export const spansOf = (text: string): Span[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Span)

/** The spans of the trace in which a job's activities ran. */
export const traceOfJob = (spans: readonly Span[], jobId: string): Span[] => {
  const activity = spans.find(({ service, attributes }) => service === 'worker' && attributes['job_id'] === jobId)
  return activity ? spans.filter(({ trace_id: trace }) => trace === activity.trace_id) : []
}

/** Spans whose parent nobody wrote down stand at the top, in the order of their starts. */
const treeOf = (spans: readonly Span[]): Branch[] => {
  const branches = new Map(spans.map((span) => [span.span_id, { span, children: [] } as Branch]))
  const roots: Branch[] = []
  for (const branch of [...branches.values()].sort((a, b) => startOf(a.span) - startOf(b.span))) {
    const parent = branches.get(branch.span.parent_span_id ?? '')
    const siblings = parent ? parent.children : roots
    siblings.push(branch)
  }
  return roots
}

const secondsOf = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2).padStart(7)} s`

/** Of several spans that overlap, the time in which at least one of them runs. */
const covered = (branches: readonly Branch[]): number => {
  let [sum, end] = [0, -Infinity]
  for (const { span } of branches) {
    const [from, to] = [startOf(span), startOf(span) + span.duration_ms]
    sum += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return sum
}

/**
 * Where the time of a trace goes: a line for each span that takes long, with its start after the first, its duration,
 * and how much of that none of the spans within it explains. Short spans are summed up at the end of their parent.
 * @param leastMs shorter ones are short
 */
export const traceLines = (spans: readonly Span[], leastMs: number): string[] => {
  if (spans.length === 0) return []
  const zero = Math.min(...spans.map(startOf))
  const lines: string[] = []
  // what began something that goes on after it is no detail
  const isShort = ({ span, children }: Branch): boolean => span.duration_ms < leastMs && children.every(isShort)
  const tell = (branches: readonly Branch[], depth: number): void => {
    const indent = '  '.repeat(depth)
    for (const branch of branches) {
      if (isShort(branch)) continue
      const { span, children } = branch
      const own = span.duration_ms - covered(children)
      const part = children.length > 0 && own >= leastMs ? ` (${secondsOf(own).trim()} of its own)` : ''
      const times = `${secondsOf(startOf(span) - zero)} ${secondsOf(span.duration_ms)}`
      lines.push(`${times}  ${indent}${span.service} ${span.name}${part}${span.ok ? '' : ' FAILED'}`)
      tell(children, depth + 1)
    }
    const short = branches.filter(isShort)
    if (short.length === 0) return
    const sum = short.reduce((all, { span }) => all + span.duration_ms, 0)
    lines.push(
      `${' '.repeat(9)} ${secondsOf(sum)}  ${indent}${short.length} short ${short.length === 1 ? 'one' : 'ones'}`,
    )
  }
  lines.push('    start      took')
  tell(treeOf(spans), 0)
  return lines
}

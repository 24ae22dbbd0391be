import { describe, expect, it } from '@jest/globals'
import { spansOf, traceLines, traceOfJob, type Span } from './trace.ts'

const span = (id: string, parent: string, from: number, ms: number, more: Partial<Span> = {}): Span => ({
  trace_id: 't1',
  span_id: id,
  parent_span_id: parent,
  service: 'worker',
  name: id,
  started_at: new Date(1_000_000 + from).toISOString(),
  duration_ms: ms,
  ok: true,
  attributes: {},
  ...more,
})

describe('the trace of a job', () => {
  it('is a tree with starts, durations, and what no part explains', () => {
    const spans = [
      span('part two', 'whole', 600, 300, { ok: false }),
      span('whole', 'client', 0, 1_000, { service: 'gateway' }),
      span('part one', 'whole', 100, 400, { service: 'jobs' }),
      span('beside it', 'whole', 200, 400, { service: 'jobs' }),
      ...[1, 2, 3].map((n) => span(`small ${n}`, 'part one', 100 + n, 10)),
    ]
    expect(traceLines(spans, 100)).toEqual([
      '    start      took',
      '   0.00 s    1.00 s  gateway whole (0.20 s of its own)',
      '   0.10 s    0.40 s    jobs part one (0.39 s of its own)',
      '             0.03 s      3 short ones',
      '   0.20 s    0.40 s    jobs beside it',
      '   0.60 s    0.30 s    worker part two FAILED',
    ])
  })

  it('shows what is short itself and began something long', () => {
    const spans = [span('command', '', 0, 5, { service: 'jobs' }), span('activity', 'command', 20, 900)]
    expect(traceLines(spans, 100)).toEqual([
      '    start      took',
      '   0.00 s    0.01 s  jobs command',
      '   0.02 s    0.90 s    worker activity',
    ])
  })

  it('has several tops where parents are not written down, and nothing without spans', () => {
    expect(traceLines([span('b', 'gone', 50, 10), span('a', 'lost', 0, 20)], 0)).toEqual([
      '    start      took',
      '   0.00 s    0.02 s  worker a',
      '   0.05 s    0.01 s  worker b',
    ])
    expect(traceLines([], 0)).toEqual([])
  })

  it('is found by the activities of the job, also while it is written', () => {
    const mine = span('a', '', 0, 1, { attributes: { job_id: 'j1' } })
    const other = span('b', '', 0, 1, { trace_id: 't2', attributes: { job_id: 'j2' } })
    const text = `${[mine, span('c', 'a', 0, 1, { service: 'jobs' }), other].map((each) => JSON.stringify(each)).join('\n')}\n{"half`
    expect(traceOfJob(spansOf(text), 'j1').map(({ span_id: id }) => id)).toEqual(['a', 'c'])
    expect(traceOfJob(spansOf(text), 'j3')).toEqual([])
  })
})

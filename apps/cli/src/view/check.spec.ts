import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { JobSchema } from '@iama/contracts/iama/jobs/v1/job'

import { checkLines } from './check.ts'
import { createStyle } from './style.ts'

const shown = (green: boolean, notCovered: readonly string[] = []): string[] => {
  const status = green ? 'pass' : 'fail'
  const job = create(JobSchema, {
    id: 'job-1',
    check: {
      result: {
        green,
        edits: 2,
        gates: [{ gate: 'characterization', status, summary: '1 difference', details: ['total([]): was 0, is NaN'] }],
        failures: green ? [] : [{ testId: 'total([])', message: 'was 0, is NaN' }],
        dropped: green
          ? []
          : [{ editId: 'change-2', title: 'index.js, lines 6 to 13', reasons: ['1 session differs'] }],
      },
      tests: { notCovered: [...notCovered] },
    },
  })
  return checkLines(job, { file: '/verdict.json', fingerprint: 'f'.repeat(64) }, createStyle(false))
}

describe('the end of a check', () => {
  it('tells the result first, and where the signed verdict and its key are', () => {
    const lines = shown(true)
    expect(lines[0]).toMatch(/^verdict +green/)
    expect(lines.join('\n')).toMatch(/job +job-1\nsigned +\/verdict\.json\nkey +f{64}$/)
    expect(lines.join('\n')).not.toContain('untested')
  })

  it('shows of a red one which gate, what differs and which part of the patch it is', () => {
    const text = shown(false).join('\n')
    expect(text).toMatch(/^verdict +red/)
    for (const part of ['✗', 'total([]): was 0, is NaN', 'left out: index.js, lines 6 to 13 (change-2)'])
      expect(text).toContain(part)
  })

  it('names untested places, the first of many, without control characters of theirs', () => {
    const places = ['a.js: \u001B[31mnothing calls it', ...Array.from({ length: 30 }, (_, n) => `b-${n}.js: no test`)]
    const lines = shown(true, places)
    expect(lines).toContain('untested places')
    expect(lines.join('')).not.toContain('\u001B')
    expect(lines.filter((line) => line.includes('no test'))).toHaveLength(19)
    expect(lines.join('\n')).toContain('and 11 more')
  })
})

import { describe, expect, it } from '@jest/globals'
import { parseTap } from './tap.ts'
import { withIds } from './test-ids.ts'

const ids = (text: string) =>
  withIds(parseTap(text).points, new Set(['test/a.test.js'])).map((t) => `${t.status} ${t.id}`)

describe('parseTap', () => {
  it('gives tape assertions the name of their test and an ordinal', () => {
    const text = [
      'TAP version 13',
      '# parses flags',
      'ok 1 should be deeply equivalent',
      'ok 2 should be deeply equivalent',
      '# parses numbers',
      'not ok 3 should be strictly equal',
      '  ---',
      '    operator: equal',
      '    expected: 1',
      "    actual:   '1'",
      '    stack: |-',
      '      Error: should be strictly equal',
      '  ...',
      'ok 4 waits # SKIP not today',
      '',
      '1..4',
      '# tests 4',
      '# pass  3',
      '# fail  1',
    ].join('\n')
    expect(ids(text)).toEqual([
      'pass parses flags > should be deeply equivalent',
      'pass parses flags > should be deeply equivalent #2',
      'fail parses numbers > should be strictly equal',
      'skip parses numbers > waits',
    ])
    const document = parseTap(text)
    expect(document.points[2]!.message).toBe("operator: equal\nexpected: 1\nactual: '1'")
    expect(document).toMatchObject({ recognised: true, incomplete: false })
  })

  it('reads the nested subtests of node:test', () => {
    const text = [
      'TAP version 13',
      '# Subtest: outer',
      '    # Subtest: inner one',
      '    ok 1 - inner one',
      '      ---',
      '      duration_ms: 0.5',
      "      location: '/w/test/a.test.js:4:3'",
      '      ...',
      '    # Subtest: inner two',
      '    not ok 2 - inner two',
      '      ---',
      '      duration_ms: 1.25',
      "      location: '/w/test/a.test.js:5:3'",
      "      error: 'Expected values to be strictly equal'",
      '      ...',
      '    1..2',
      'not ok 1 - outer',
      '  ---',
      "  location: '/w/test/a.test.js:3:1'",
      "  error: '1 subtest failed'",
      '  ...',
      '# Subtest: alone',
      'ok 2 - alone # SKIP',
      '1..2',
      '# tests 3',
    ].join('\n')
    expect(ids(text)).toEqual(['pass outer > inner one', 'fail outer > inner two', 'skip alone'])
    expect(parseTap(text).points[0]!.durationMs).toBe(0.5)
  })

  it('keeps the failure of a subtest whose points all pass', () => {
    const text = 'TAP version 13\n# Subtest: plan\n    ok 1 - a\n    1..1\nnot ok 1 - plan\n1..1\n'
    expect(ids(text)).toEqual(['pass plan > a', 'fail plan'])
  })

  it('sees a bail-out and a plan that was not kept', () => {
    expect(parseTap('TAP version 13\n1..3\nok 1 a\nBail out! no database')).toMatchObject({
      incomplete: true,
      bailedOut: 'no database',
    })
  })

  it('does not take other text for TAP', () => {
    expect(parseTap('all good\nnothing to see')).toMatchObject({ recognised: false, points: [] })
  })

  it('reads the braced subtests and time directives of tap', () => {
    const text = 'TAP version 14\nok 1 - test/a.test.js # time=12ms {\n    ok 1 - works\n    1..1\n}\n1..1\n'
    expect(ids(text)).toEqual(['pass test/a.test.js > works'])
  })
})

import { describe, expect, it } from '@jest/globals'
import { parseJest, parseMocha } from './json-reports.ts'
import { withIds } from './test-ids.ts'

const files = new Set(['test/sum.js', 'src/sum.test.js'])

describe('parseMocha', () => {
  const test = (title: string, fullTitle: string, err = {}) => ({
    title,
    fullTitle,
    file: '/w/test/sum.js',
    duration: 1,
    err,
  })
  const report = {
    stats: { tests: 3 },
    tests: [test('adds', 'sum adds'), test('adds', 'sum adds'), test('waits', 'sum waits')],
    pending: [test('waits', 'sum waits')],
    failures: [test('"before each" hook', 'sum deep "before each" hook', { message: 'no', stack: 'Error: no' })],
    passes: [],
  }

  it('finds the report between printed lines, and failing hooks', () => {
    const output = `a line {"stats": broken\n${JSON.stringify(report, null, 2)}\n} trailing`
    const results = withIds(parseMocha(output)!.tests, files)
    expect(results.map((r) => `${r.status} ${r.id}`)).toEqual([
      'pass test/sum.js > sum > adds',
      'pass test/sum.js > sum > adds #2',
      'skip test/sum.js > sum > waits',
      'fail test/sum.js > sum deep > "before each" hook',
    ])
    expect(results[3]!.message).toBe('no')
  })

  it('is undefined where there is no report', () => expect(parseMocha('Error: cannot find module')).toBeUndefined())
})

describe('parseJest', () => {
  it('names tests by file and ancestors, files that do not load, and written snapshots', () => {
    const report = {
      numTotalTests: 2,
      snapshot: { added: 2 },
      testResults: [
        {
          name: '/w/src/sum.test.js',
          status: 'failed',
          assertionResults: [
            { status: 'passed', title: 'adds', ancestorTitles: ['sum'], duration: 3, failureMessages: [] },
            { status: 'failed', title: 'fails', ancestorTitles: [], failureMessages: ['\u001b[31mError\u001b[39m: x'] },
            { status: 'todo', title: 'later', ancestorTitles: [] },
          ],
        },
        { name: '/w/test/sum.js', status: 'failed', message: 'SyntaxError', assertionResults: [] },
      ],
    }
    const parsed = parseJest(JSON.stringify(report))!
    expect(withIds(parsed.tests, files).map((r) => `${r.status} ${r.id} ${r.message ?? ''}`.trim())).toEqual([
      'pass src/sum.test.js > sum > adds',
      'fail src/sum.test.js > fails Error: x',
      'skip src/sum.test.js > later',
      'fail test/sum.js > the file loads SyntaxError',
    ])
    expect(parsed.wroteSnapshots).toEqual(['2 snapshots'])
  })
})

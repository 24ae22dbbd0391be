import { describe, expect, it } from '@jest/globals'
import { discoverChecks } from '../checks/discover-checks.ts'
import { reportingOf } from './reporters.ts'

const argvOf = (test: string): readonly string[] => {
  const [leaf] = discoverChecks({ scripts: { test } }, []).leaves
  return reportingOf(leaf!, false).argv
}

describe('reportingOf', () => {
  it("puts node's options right behind --test", () => {
    expect(argvOf('node --test test/a.js')).toEqual([
      ...['node', '--test', '--test-reporter=./.iama-reporter.mjs'],
      ...['--test-reporter-destination=.iama-report.json', 'test/a.js'],
    ])
  })

  it('speaks to borp in its own options, and takes coverage off, which it cannot be told to leave', () => {
    const reporter = '--reporter=./.iama-reporter.mjs:.iama-report.json'
    expect(argvOf("borp -C --check-coverage -p 'test/**/*.js'")).toEqual(['borp', '-p', 'test/**/*.js', reporter])
    expect(argvOf('borp --coverage test/*.js')).toEqual(['sh', '-c', `borp test/*.js ${reporter}`])
    expect(argvOf('borp --coverage-exclude test/a.js')).toEqual(['borp', '--coverage-exclude', 'test/a.js', reporter])
  })
})

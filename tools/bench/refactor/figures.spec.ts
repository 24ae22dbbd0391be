import { describe, expect, it } from '@jest/globals'
import { resultsOf } from '../suite.ts'
import { figuresOf, lineOf, rowsOf, tablesOf } from './figures.ts'
import type { Cell } from './run-tool.ts'

const cell = (packed: string, tool: string, more: Partial<Cell> = {}): Cell => ({
  package: packed,
  tool,
  hunks: 10,
  churn: 0,
  surviving: 10,
  exact: true,
  broken: 0,
  differences: 0,
  surface: 0,
  cognitive: 0,
  duplicated: 0,
  red: [],
  crashes: [],
  skips: [],
  peakMiB: 100,
  seconds: 1,
  ...more,
})

const cells = [
  cell('one', 'we', { surviving: 9, cognitive: 3 }),
  cell('one', 'eslint', { surviving: 8, cognitive: 1 }),
  cell('one', 'other', { surviving: 5, broken: 2, differences: 7, exact: false }),
  cell('two', 'we', { surviving: 4, duplicated: 6 }),
  cell('two', 'eslint', { surviving: 5 }),
  cell('two', 'other', { surviving: 8, crashes: ['a.js: no'], peakMiB: 300 }),
]
const rows = rowsOf(['one', 'two'], ['eslint', 'other'], 'eslint')
const results = resultsOf(rows, [figuresOf(rows, cells, 'we')], [figuresOf(rows, cells)])
const find = (place: string, metric: string, name: string) =>
  results.find((row) => row.case === place && row.metric === metric && row.name === name)

describe('the rows of refactor', () => {
  it('compare each package with the one peer', () => {
    expect(find('one', 'hunks that survive', 'eslint')).toMatchObject({ ours: 9, other: 8, met: true })
    expect(find('two', 'hunks that survive', 'eslint')).toMatchObject({ ours: 4, other: 5, met: false })
    expect(find('two', 'hunks that survive', 'other')).toBeUndefined()
  })

  it('compare the sums with every peer: as many hunks are not more', () => {
    expect(find('all packages', 'hunks that survive', 'eslint')).toMatchObject({ ours: 13, other: 13, met: false })
    expect(find('all packages', 'hunks that survive', 'other')).toMatchObject({ ours: 13, other: 13, met: false })
    expect(find('all packages', 'fall in cognitive complexity', 'eslint')).toMatchObject({
      ours: 3,
      other: 1,
      met: true,
    })
    expect(find('all packages', 'fall in repeated lines', 'other')).toMatchObject({ ours: 6, other: 0, met: true })
  })

  it('know a rise for no fall: of a peer it is none to be compared with, of ours it misses', () => {
    const figures = (who: string) => {
      const risen = [...cells, cell('two', who, { cognitive: -9 })]
      return resultsOf(rows, [figuresOf(rows, risen, 'we')], [figuresOf(rows, risen)])
    }
    const met = (who: string): (boolean | null)[] =>
      figures(who)
        .filter(({ metric }) => metric === 'fall in cognitive complexity')
        .map((row) => row.met)
    expect(met('other')).toEqual([true, true])
    expect(met('we')).toEqual([false, false])
  })

  it('ask of us that nothing is broken or differs, whatever the others do', () => {
    expect(find('all packages', 'broken tests', 'other')).toMatchObject({ ours: 0, other: 2, met: true })
    const worse = [...cells, cell('two', 'we', { broken: 1 })]
    const again = resultsOf(rows, [figuresOf(rows, worse, 'we')], [figuresOf(rows, worse)])
    expect(again.filter(({ metric, met }) => metric === 'broken tests' && met === false)).toHaveLength(2)
  })
})

describe('the tables of refactor', () => {
  it('sum each tool, with its largest memory, and say where a count is a lower bound', () => {
    const [head, , ...lines] = tablesOf(['we', 'eslint', 'other'], cells).split('\n')
    expect(head).toContain('| tool | hunks | survive | broken tests |')
    expect(lines[0]).toBe('| we | 20 | 13 | 0 | 0 | 0 | 0 | 0 | 0 | -3 | -6 | 2.0 s | 100 MiB |')
    expect(lines[2]).toBe('| other | 20 | >= 13 | 2 | 7 | 0 | 1 | 0 | 0 | 0 | 0 | 2.0 s | 300 MiB |')
  })

  it('show the survivors of each package', () => {
    expect(tablesOf(['we', 'eslint', 'other'], cells)).toContain('| one | 9 of 10 | 8 of 10 | >= 5 of 10 |')
  })

  it('have a line for people', () => {
    expect(lineOf(cells[2]!)).toContain('one, other: at least 5 of 10 hunks survive; 2 broken, 7 differ')
  })
})

import { describe, expect, it } from '@jest/globals'
import { median, percentile, resultsOf, type Row } from './suite.ts'

const row = (more: Partial<Row>): Row => ({
  key: 'rate',
  case: 'c',
  metric: 'throughput',
  unit: '/s',
  name: 'peer',
  ...more,
})

describe('figures', () => {
  it('know the median of odd and even counts', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  })

  it('know percentiles', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i)
    expect([percentile(hundred, 0.5), percentile(hundred, 0.95), percentile([7], 0.99)]).toEqual([50, 95, 7])
  })
})

describe('results', () => {
  const ours = [{ rate: 80 }, { rate: 10 }, { rate: 90 }]
  const other = [{ rate: 100 }, { rate: 10 }, { rate: 100 }]

  it('compare round with round, so that a slow round of the machine touches both sides', () => {
    expect(resultsOf([row({})], ours, other)).toEqual([
      {
        case: 'c',
        metric: 'throughput',
        unit: '/s',
        ours: 80,
        other: 100,
        name: 'peer',
        ratio: 0.9,
        target: null,
        met: null,
      },
    ])
  })

  it.each([
    [{ target: { atLeast: 0.9 } }, '>= 0.9x', true],
    [{ target: { atLeast: 0.95 } }, '>= 0.95x', false],
    [{ target: { atMost: 0.8 } }, '<= 0.8x', false],
    [{ target: { moreThan: 0.9 } }, '> 0.9x', false],
    [{ target: { moreThan: 0.85 } }, '> 0.85x', true],
    [{ limit: { below: 500 } }, '< 500 /s', true],
    [{ target: { atLeast: 0.9 }, limit: { below: 50 } }, '>= 0.9x and < 50 /s', false],
  ])('say whether %j is met', (more, target, met) => {
    expect(resultsOf([row(more)], ours, other)).toMatchObject([{ target, met }])
  })

  it('call two sides equal that are both nothing', () => {
    expect(resultsOf([row({ target: { atLeast: 1 } })], [{ rate: 0 }], [{ rate: 0 }])).toMatchObject([
      { ratio: 1, met: true },
    ])
  })

  it('refuse a figure that nobody measured', () => {
    expect(() => resultsOf([row({ key: 'p50' })], ours, other)).toThrow('no figure "p50" was measured')
  })
})

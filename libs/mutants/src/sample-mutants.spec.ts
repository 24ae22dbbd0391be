import { describe, expect, it } from '@jest/globals'
import { mutantsOf } from './mutants-of.ts'
import { sampleMutants } from './sample-mutants.ts'

const long = Array.from({ length: 60 }, (_, i) => `  x = x + ${i + 10}`).join('\n')
const source = `function long(x) {\n${long}\n  return x\n}\nfunction short(a, b) { return a && b[0] }\n`
const mutants = mutantsOf({ file: 'a.js', source })

describe('a sample', () => {
  it('gives short functions and rare operators their turn', () => {
    const sample = sampleMutants(mutants, 12, 1)
    expect(sample).toHaveLength(12)
    expect(sample.filter(({ scope }) => scope === 'short').length).toBeGreaterThanOrEqual(5)
    expect(sample.some(({ scope, operator }) => scope === 'long' && operator === 'return')).toBe(true)
  })

  it('is the same for a seed, another for another, and in the order of the text', () => {
    const sample = sampleMutants(mutants, 20, 1)
    expect(sampleMutants(mutants, 20, 1)).toEqual(sample)
    expect(sampleMutants(mutants, 20, 2)).not.toEqual(sample)
    expect(sample).toEqual(mutants.filter((mutant) => sample.includes(mutant)))
  })

  it('is everything when there is little, and nothing when none is asked for', () => {
    expect(sampleMutants(mutants, mutants.length, 1)).toEqual(mutants)
    expect(sampleMutants(mutants, 0, 1)).toEqual([])
  })
})

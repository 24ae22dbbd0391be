import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { distance, nearest } from './nearest.ts'

const word = fc.string({ maxLength: 12 })

describe('distance', () => {
  it('is a metric', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, b) === 0).toBe(a === b)
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c))
      }),
    )
  })

  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['goal', 'gaol', 2],
  ])('from %s to %s is %i', (a, b, expected) => {
    expect(distance(a, b)).toBe(expected)
  })
})

describe('nearest', () => {
  it('finds the word that was meant, and none when nothing is near', () => {
    expect(nearest('Recipies', ['recipes', 'skip'])).toBe('recipes')
    expect(nearest('xyzzy', ['recipes', 'skip'])).toBeUndefined()
    expect(nearest('a', [])).toBeUndefined()
  })
})

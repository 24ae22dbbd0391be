import { expect, it } from '@jest/globals'
import { fold, type Decider } from './decider.ts'
import { DomainError } from './domain-error.ts'
import { InvalidRequest } from './field-violations.ts'

class TooLate extends DomainError {
  readonly code = 'TOO_LATE'
}

it('carries the name of its rule, its code, and facts for machines', () => {
  const error = new TooLate('the shop is closed; come tomorrow', { opens: '9' })
  expect(error).toMatchObject({ name: 'TooLate', code: 'TOO_LATE', kind: 'refused', metadata: { opens: '9' } })
})

it('says everything that is wrong with a request at once', () => {
  const error = new InvalidRequest([
    { field: 'name', reason: 'is empty', fix: 'send a text' },
    { field: 'size', reason: 'is negative', fix: 'send a positive number' },
  ])
  expect(error.kind).toBe('invalid')
  expect(error.message).toBe('name: is empty; send a text. size: is negative; send a positive number')
})

it('folds a history into a state, from the beginning or from later', () => {
  const counter: Decider<never, number, number> = { initial: 0, decide: () => [], evolve: (sum, by) => sum + by }
  expect(fold(counter, [1, 2, 3])).toBe(6)
  expect(fold(counter, [1, 2, 3], 10)).toBe(16)
})

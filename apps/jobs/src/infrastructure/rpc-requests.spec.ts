import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { JobOptionsSchema } from '@iama/contracts/iama/jobs/v1/job'
import { InvalidRequest } from '@iama/kernel'
import { describe, expect, it } from '@jest/globals'
import { RequestCheck, toOrder } from './rpc-requests.ts'

const orderOf = (options: MessageInitShape<typeof JobOptionsSchema>) => {
  const check = new RequestCheck()
  const order = toOrder(create(JobOptionsSchema, { goal: 'modernize', ...options }), check)
  check.done()
  return order
}

describe('what a job is asked for', () => {
  it('rests on proofs and keeps the floor, unless it says more', () => {
    expect(orderOf({})).toEqual({
      ...{ goal: 'modernize', include: [], recipes: [], skip: [] },
      ...{ target: null, testCommand: null, evidence: 'PROVEN' },
    })
    expect(orderOf({ evidence: 'verified', target: 'node20' })).toMatchObject({
      evidence: 'VERIFIED',
      target: 'node20',
    })
  })

  it.each([
    ['options.goal', { goal: ' ' }],
    ['options.target', { target: 'es6' }],
    ['options.engine', { engine: 'gpt' }],
    ['options.evidence', { evidence: 'believed' }],
    ['options.budget_micros', { budgetMicros: -1n }],
    ['options.test_command', { testCommand: 'x'.repeat(1_001) }],
    ['options.skip', { skip: Array.from({ length: 101 }, () => 'a') }],
  ])('is refused with the field %s', (field, options) => {
    const refused = (): unknown => orderOf(options)
    expect(refused).toThrow(InvalidRequest)
    try {
      refused()
    } catch (error) {
      expect((error as InvalidRequest).violations.map((each) => each.field)).toEqual([field])
    }
  })
})

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { JobOptionsSchema } from '@iama/contracts/iama/jobs/v1/job'
import { InvalidRequest } from '@iama/kernel'
import { formatPatch, parsePatch, patchBetween, type Evidence } from '@iama/patch'
import { describe, expect, it } from '@jest/globals'
import { RequestCheck, toForeignPatch, toOrder } from './rpc-requests.ts'

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

describe('a patch from elsewhere', () => {
  const treeOf = (text: string) => new Map([['a.js', { content: Buffer.from(text), executable: false }]])
  const patch = patchBetween(treeOf('var a = 1\n'), treeOf('var a = 2\n'))

  it.each<Evidence>([
    { kind: 'proven', assumptions: [] },
    { kind: 'verified', places: [{ path: 'a.js', start: 0, end: 9 }] },
    { kind: 'unproven' },
  ])('proves nothing by saying that it is $kind', (evidence) => {
    const check = new RequestCheck()
    const claiming = { ...patch, edits: patch.edits.map((edit) => ({ ...edit, evidence })) }
    const taken = toForeignPatch('patch_json', formatPatch(claiming), check)
    check.done()
    expect(parsePatch(taken!)).toEqual(patch)
  })

  it.each([
    ['no JSON', '{'],
    ['no edit', '{"version":1,"edits":[]}'],
    ['too much', ' '.repeat(2_000_001)],
  ])('is refused with %s, by its field', (_, json) => {
    const check = new RequestCheck()
    expect(toForeignPatch('patch_json', json, check)).toBeUndefined()
    expect(() => check.done()).toThrow(InvalidRequest)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import { NotPrintable, printValue, quoted } from './print-step.ts'
import { outcomeText } from './outcome-text.ts'
import { promiseCode } from './promise-code.ts'

const require = createRequire(import.meta.url)
const intrinsics = require('../../runtime/intrinsics.cjs').createIntrinsics()
const encode = require('../../runtime/encode.cjs').createEncoder({ intrinsics })

const print = (value: unknown): string => {
  const { graph } = encode(value)
  return printValue(graph, graph.v)
}

describe('printValue', () => {
  it('writes an expression that gives the value back, or refuses', () => {
    fc.assert(
      fc.property(
        fc.anything({ withMap: true, withSet: true, withDate: true, withBigInt: true, withNullPrototype: true }),
        (value) => {
          let code: string
          try {
            code = print(value)
          } catch (error) {
            expect(error).toBeInstanceOf(NotPrintable)
            return
          }
          const again: unknown = vm.runInThisContext(`(${code})`)
          expect(JSON.stringify(encode(again).graph)).toBe(JSON.stringify(encode(value).graph))
        },
      ),
    )
  })

  it('reads well', () => {
    expect(print({ a: [1, "it's"], 'b-c': undefined, d: -0, e: new Map([[/x/g, null]]) })).toBe(
      `{ a: [1, "it's"], 'b-c': undefined, d: -0, e: new Map([[/x/g, null]]) }`,
    )
    const holes: unknown[] = [, 'b', ,]
    expect(print([holes, Object.freeze({ a: Object.freeze([1]) })])).toBe(
      `[[, 'b',,], Object.freeze({ a: Object.freeze([1]) })]`,
    )
    expect(quoted('both \' and "')).toBe(`'both \\' and "'`)
  })

  it('refuses cycles, instances and sharing', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    const shared = {}
    for (const value of [cycle, new (class A {})(), [shared, shared], Object.preventExtensions({ a: 1 })])
      expect(() => print(value)).toThrow(NotPrintable)
  })
})

describe('a promise that came in', () => {
  const graph = {
    v: ['@', 0],
    n: [
      {
        k: 'a',
        v: [
          ['@', 1],
          ['@', 1],
        ],
      },
      { k: 'p', in: 1 },
    ],
  }

  it('has a name wherever it stands, and none where nobody gives it one', () => {
    expect(printValue(graph, graph.v, { promiseName: (id) => `promise${id + 1}` })).toBe('[promise2, promise2]')
    expect(() => printValue(graph, graph.v)).toThrow('a promise')
  })

  it('is written as one that settles like it', () => {
    const far = { v: ['@', 0], n: [{ k: 'e', p: ['i', 'RangeError.prototype'], m: 'far' }] }
    const promises = {
      0: {},
      1: { resolve: { v: 1, n: [] } },
      2: { reject: far },
      3: { resolve: { v: 'late', n: [] }, after: ['settled', 4], until: 1 },
      4: { reject: far, after: ['step', 0], until: 1 },
      5: { resolve: { v: ['@', 0], n: [{ k: 'f', n: '', l: 0 }] } },
    } as const
    expect([0, 1, 2, 3, 4, 5].map((id) => promiseCode({ promises }, id))).toEqual([
      'const promise1 = new Promise(() => {})',
      'const promise2 = Promise.resolve(1)',
      "const promise3 = Promise.reject(new RangeError('far'))",
      "const promise4 = new Promise((resolve) => setTimeout(resolve, 15, 'late'))",
      "const promise5 = new Promise((_, reject) => setTimeout(reject, 10, new RangeError('far')))",
      'const promise6 = Promise.resolve(undefined /* a function */)',
    ])
  })
})

describe('outcomeText', () => {
  it('says for people what happened', () => {
    expect(outcomeText('return {"v":1,"n":[]}')).toBe('returns 1')
    expect(outcomeText('throw {"v":["@",0],"n":[{"k":"e","p":["i","TypeError.prototype"],"g":1}]}')).toBe(
      'throws TypeError of the engine',
    )
    const printed = 'resolve {"v":["u"],"n":[]}\nconsole.log {"v":["@",0],"n":[{"k":"a","v":["hi"]}]}'
    expect(outcomeText(printed)).toBe("resolves with undefined\ncalls console.log with ['hi']")
    expect(outcomeText('hangs')).toBe('hangs')
    expect(
      outcomeText('return {"v":["@",0],"n":[{"k":"p","in":0}]}\npromise 0 {"v":["@",0],"n":[{"k":"a","v":[1]}]}'),
    ).toBe('returns promise1\nwhat promise1 gave becomes [1]')
  })
})

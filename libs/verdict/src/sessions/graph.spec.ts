import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

const require = createRequire(import.meta.url)
const { createIntrinsics } = require('../../runtime/intrinsics.cjs')
const { createEncoder, TooLarge } = require('../../runtime/encode.cjs')
const { createDecoder } = require('../../runtime/decode.cjs')
const { isBare } = require('../../runtime/promises.cjs')

const intrinsics = createIntrinsics()
const encoder = createEncoder({ intrinsics, root: '/sandbox/base' })
const decoder = createDecoder({ intrinsics, root: '/sandbox/patched', stub: () => () => undefined })
const text = (value: unknown): string => JSON.stringify(encoder(value).graph)
const there = (value: unknown): unknown => decoder(JSON.parse(text(value)))

// Jest compares dates with `==`, by which an invalid one differs from itself.
expect.addEqualityTesters([
  (one: unknown, other: unknown) =>
    one instanceof Date && other instanceof Date ? Object.is(+one, +other) : undefined,
])

describe('the canonical graph', () => {
  it('brings any plain data back as it was, and writes it the same again', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        const again = there(value)
        expect(text(again)).toBe(text(value))
        expect(again).toEqual(value)
      }),
    )
  })

  it('tells apart what programs can tell apart', () => {
    const shared = {}
    const hole: unknown[] = []
    hole.length = 1
    const pairs: [unknown, unknown][] = [
      [0, -0],
      [undefined, null],
      [hole, [undefined]],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [
        [shared, shared],
        [{}, {}],
      ],
      [Object.freeze({ a: 1 }), { a: 1 }],
      [Object.create(null), {}],
      [Object(1), 1],
      [1n, 1],
      ['1', 1],
      [/a/g, /a/],
      [
        new Map([
          [1, 2],
          [3, 4],
        ]),
        new Map([
          [3, 4],
          [1, 2],
        ]),
      ],
      [new TypeError('x'), new RangeError('x')],
      [Object.defineProperty({}, 'a', { value: 1 }), Object.defineProperty({}, 'a', { value: 1, enumerable: true })],
      [Symbol.for('a'), Symbol('a')],
      [
        function f(a: unknown) {
          return a
        },
        function g(a: unknown) {
          return a
        },
      ],
      [
        function f(a: unknown) {
          return a
        },
        function f() {
          return 1
        },
      ],
      [
        function f() {
          return 1
        },
        { f: () => 1 }.f,
      ],
      [class A {}, function A() {}],
      [Object.assign(() => 1, { a: 1 }), () => 1],
    ]
    for (const [a, b] of pairs) expect(text(a)).not.toBe(text(b))
  })

  it('does not see source text, stacks, or where the directory is', () => {
    const one = { f: (a: number) => a + 1 }.f
    const two = {
      f: (b: number) => {
        const sum = b + 1
        return sum
      },
    }.f
    expect(text(one)).toBe(text(two))
    const errors = [new Error('x'), new Error('x')]
    expect(text(errors[0])).toBe(text(errors[1]))
    expect(text('/sandbox/base/index.js')).toBe('{"v":"\\u0000dir/index.js","n":[]}')
    expect(there('/sandbox/base/index.js')).toBe('/sandbox/patched/index.js')
    expect(text('Error: x\n    at f (/sandbox/base/a.js:1:2)')).toBe(text('Error: x\n    at g (/other/b.js:7:1)'))
  })

  it('keeps cycles, sharing, prototypes, symbols, accessors and attributes', () => {
    const node: Record<string | symbol, unknown> = { [Symbol.iterator]: 1, [Symbol.for('k')]: 2 }
    node['self'] = node
    Object.defineProperty(node, 'hidden', { value: [node], configurable: true })
    const again = there(node) as typeof node
    expect(again['self']).toBe(again)
    expect((again['hidden'] as unknown[])[0]).toBe(again)
    expect(Object.keys(again)).toEqual(['self'])
    expect(again[Symbol.iterator]).toBe(1)
    const sealed = there(Object.seal([1])) as unknown[]
    expect(Object.isSealed(sealed)).toBe(true)
    const error = there(Object.assign(new RangeError('far'), { code: 'E' })) as RangeError & { code: string }
    expect([error instanceof RangeError, error.message, error.code]).toEqual([true, 'far', 'E'])
    expect(there(Math.max)).toBe(Math.max)
    expect(there(Array.prototype.map)).toBe(Array.prototype.map)
  })

  it('refuses what is too large and says what it cannot drive', () => {
    expect(() => text('x'.repeat(70_000))).toThrow(TooLarge)
    expect(encoder({ later: Promise.resolve(1) }).facts.undriven).toBe('a promise')
    expect(encoder(new Proxy({}, {})).facts.undriven).toBe('a proxy')
    expect(() => there(Promise.resolve(1))).toThrow('a value of kind p')
  })

  it('brings a promise that came in back as the same one each time, and drives no other', () => {
    const [given, other, decorated] = [Promise.resolve(1), Promise.resolve(1), Promise.resolve(1)]
    void Object.assign(decorated, { cancel: true })
    const numbers = new Map<unknown, number>([[given, 0]])
    const writing = createEncoder({ intrinsics, promiseOf: (promise: unknown) => numbers.get(promise) })
    const reading = createDecoder({ intrinsics, stub: () => () => undefined, promiseAt: () => given })
    const { graph, facts } = writing([given, { again: given }])

    expect(facts.undriven).toBeUndefined()
    expect(graph.n).toContainEqual({ k: 'p', in: 0 })
    expect(reading(graph)).toEqual([given, { again: given }])
    expect(writing([given, other]).facts.undriven).toBe('a promise')
    expect(() => reading(writing([given, other]).graph)).toThrow('a value of kind p')
    expect([isBare(given, intrinsics), isBare(decorated, intrinsics)]).toEqual([true, false])
    expect(isBare(new (class Mine extends Promise<number> {})(() => {}), intrinsics)).toBe(false)
    expect(isBare({ then: () => undefined }, intrinsics)).toBe(false)
  })

  it('does not see the marks that the engine leaves on promises', () => {
    const marked = Object.assign(Promise.resolve(1), { [Symbol('async_id_symbol')]: 7 })

    expect(isBare(marked, intrinsics)).toBe(true)
    expect(text(marked)).toBe(text(Promise.resolve(1)))
  })

  it('compares the class alone of errors that the engine raised', () => {
    const made = new WeakSet<object>()
    const judging = createEncoder({ intrinsics, constructed: made })
    const mine = new TypeError('mine')
    made.add(mine)
    const raised = (() => {
      try {
        return (undefined as unknown as { a: string }).a
      } catch (error) {
        return error
      }
    })()
    const other = Object.assign(new TypeError('worded otherwise'))
    expect(JSON.stringify(judging(raised).graph)).toBe(JSON.stringify(judging(other).graph))
    expect(JSON.stringify(judging(mine).graph)).not.toBe(JSON.stringify(judging(other).graph))
    expect(judging(other).facts.engineErrors).toEqual(['worded otherwise'])
  })
})

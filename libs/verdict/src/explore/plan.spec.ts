import { describe, expect, it } from '@jest/globals'
import { planModule } from './plan.ts'
import { callsOf, candidatesOf, emptyShape } from './shape.ts'

const firstCall = (text: string, name: string, path = 'a.js') => planModule(path, text).functions[name]![0]

describe('planModule', () => {
  it.each([
    ['exports.f = function (text) { return text.trim() }', ['abc']],
    ['exports.f = (n) => n * 2', [2]],
    ['const f = (n, by = 10) => Math.round(n) % by', [2, 2]],
    [
      'function f(list) { return list.map((item) => item.price * item.count) }',
      [
        [
          { price: 2, count: 2 },
          { price: 0, count: 0 },
          { price: 7, count: 7 },
        ],
      ],
    ],
    [
      'function f(list) { for (const { name } of list) name.trim() }',
      [[{ name: 'abc' }, { name: '' }, { name: 'Hello, World' }]],
    ],
    [
      'function f(items) { for (var i = 0; i < items.length; i++) { const item = items[i]; item.n - 1 } }',
      [[{ n: 2 }, { n: 0 }, { n: 7 }]],
    ],
    ['const g = (user) => user.name.split(" ")\nexports.f = (user) => g(user)', [{ name: 'abc' }]],
    ['function f(callback) { callback(1) }', [{ $: 'function' }]],
    ["function f({ mode = 'fast', size }) { return size > 3 && mode }", [{ mode: 'abc', size: 2 }]],
    ['module.exports.f = function () {}', []],
  ])('reads from %s what to call it with', (text, expected) => {
    expect(firstCall(text, 'f')).toEqual(expected)
  })

  it('reads types, interfaces of the file among them', () => {
    const text = `interface Item { readonly name: string; price?: number; tags: readonly string[] }
export function f(items: readonly Item[], currency: 'EUR' | 'USD', on: boolean): void {}`
    const [items, currency, on] = firstCall(text, 'f', 'a.ts')!
    expect(items).toContainEqual({ name: 'abc', price: 2, tags: ['abc', '', 'Hello, World'] })
    expect([currency, on]).toEqual(['abc', true])
    expect(planModule('a.ts', text).functions['f']!.map((args) => args[1])).toContain('USD')
  })

  it('tries what the code compares with', () => {
    const calls = planModule('a.js', "exports.f = (kind) => kind === 'round' ? 1 : 2").functions['f']!
    expect(calls).toContainEqual(['round'])
  })

  it('ends where functions hand their arguments to each other', () => {
    const names = Array.from({ length: 40 }, (_, n) => `f${n}`)
    const calls = names.map((name) => `${name}(state.inner)\n${name}(state)`).join('\n')
    const text = names.map((name) => `function ${name}(state) { ${calls} }`).join('\n')
    const started = performance.now()
    expect(Object.keys(planModule('a.js', text).functions)).toEqual(names)
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('knows classes with their constructors and methods', () => {
    const { classes } = planModule('a.js', 'class A { constructor(n) { this.n = n - 1 } add(list) { list.push(1) } }')
    expect(classes['A']!.construct[0]).toEqual([2])
    expect(classes['A']!.methods['add']![0]).toEqual([[1, 1, 1].map((_, i) => candidatesOf(emptyShape())[i])])
  })
})

describe('constructors that are functions', () => {
  const body = 'function A(list) { this.list = list.slice() }\n'
  const planned = (text: string) => planModule('a.js', text).classes['A']

  it.each([
    ['one by one', 'A.prototype.add = function (n) { this.list.push(n - 1) }'],
    ['as an object', 'A.prototype = { constructor: A, add(n) { this.list.push(n - 1) } }'],
    ['as an object of functions', 'A.prototype = { add: function (n) { this.list.push(n - 1) } }'],
    ['by another name', 'const proto = A.prototype\nproto.add = function (n) { this.list.push(n - 1) }'],
    ['by Object.assign', 'Object.assign(A.prototype, { add(n) { this.list.push(n - 1) } })'],
    ['three at once', 'A.prototype.add = A.prototype.a = A.prototype.b = function add(n) { this.list.push(n - 1) }'],
    ['twice at once', 'A.prototype.add = A.prototype.push = function add(n) { this.list.push(n - 1) }'],
  ])('are used as classes whose methods come %s', (_, text) => {
    const plan = planned(body + text)!
    expect(plan.methods['add']![0]).toEqual([2])
    expect(plan.construct[0]).toEqual([[expect.anything(), expect.anything(), expect.anything()]])
    expect(plan.callable).toBe(false)
  })

  it.each([
    ['if (!(this instanceof A)) return new A(n)', true],
    ['if (!new.target) return new A(n)', true],
    ['this.n = n', false],
  ])('are called without new where they mind it: %s', (text, callable) => {
    expect(planned(`function A(n) { ${text} }\nA.prototype.m = function () {}`)!.callable).toBe(callable)
  })

  it('are known by every name that they have', () => {
    const text = 'var A = module.exports = function (n) { this.n = n - 1 }\nA.prototype = { add() {} }'
    expect(planModule('a.js', text).classes['default']).toEqual(planned(text))
    expect(planned(text)!.construct[0]).toEqual([2])
  })

  it('are functions like all others where nothing stands on their prototype', () => {
    expect(planned(body)).toBeUndefined()
  })
})

describe('callsOf', () => {
  it('varies one argument at a time, then all together, within a bound', () => {
    const [one, other] = [emptyShape(), emptyShape()]
    one.kinds.add('boolean')
    other.kinds.add('boolean')
    expect(callsOf([one, other])).toEqual([
      [true, true],
      [false, true],
      [true, false],
      [false, false],
      [{ $: 'undefined' }, true],
      [true, { $: 'undefined' }],
      [{ $: 'undefined' }, { $: 'undefined' }],
    ])
    expect(callsOf([])).toEqual([[]])
    expect(callsOf(Array.from({ length: 9 }, emptyShape)).length).toBeLessThanOrEqual(24)
  })
})

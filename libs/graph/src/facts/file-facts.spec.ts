import { describe, expect, it } from '@jest/globals'

import { factsOf } from '../index.ts'
import type { FileFacts } from './types.ts'

const read = (text: string, path = 'a.ts'): FileFacts => factsOf(path, Buffer.from(text))!
const names = (text: string, path?: string): string[] =>
  read(text, path).symbols.map(({ name, kind }) => `${kind} ${name}`)

/** `from kind to.members` of every reference within the file, with its lines. */
const uses = (text: string, path?: string): string[] => {
  const { symbols, imports, references } = read(text, path)
  return references.map(({ from, kind, target, lines }) => {
    const what = target.symbol === undefined ? imports[target.import!]!.specifier : symbols[target.symbol]!.name
    return `${symbols[from]!.name || '(module)'} ${kind} ${[what, ...(target.members ?? [])].join('.')} @${lines.join()}`
  })
}

describe('declarations', () => {
  it('are found with their kinds, members and functions within functions', () => {
    const text = `
export interface Shape { area(): number }
export type Name = string
export enum Color { red }
namespace Deep { export function inner() {} }
export class Square implements Shape {
  static unit = make()
  #side = 1
  constructor(private readonly name: Name) {}
  area() { const twice = () => 2; return twice() }
  get side() { return this.#side }
  set side(value) { this.#side = value }
  [Symbol.iterator]() {}
}
const api = { get() {}, set: () => {}, plain: 1 }
export default function () {}
let { first, second } = make()
for (const each of []) { const local = 1; function nested() {} }
`
    expect(names(text)).toEqual([
      'module ',
      'function default',
      'type Shape',
      'method Shape.area',
      'type Name',
      'enum Color',
      'namespace Deep',
      'function Deep.inner',
      'class Square',
      'property Square.unit',
      'property Square.#side',
      'method Square.constructor',
      'property Square.name',
      'method Square.area',
      'function Square.area.twice',
      'method Square.side',
      'variable api',
      'method api.get',
      'method api.set',
      'variable first',
      'variable second',
      'function nested',
    ])
  })

  it('know where they stand, each of their parts', () => {
    const text =
      'function f(a: string): void\nfunction f(a: number): void\nfunction f(a: unknown) {\n  g(a)\n}\nconst g = f\n'
    const [, f, g] = read(text).symbols
    expect(f).toMatchObject({
      name: 'f',
      ranges: [
        [0, 27, 1, 1],
        [28, 55, 2, 2],
        [56, 89, 3, 5],
      ],
    })
    expect(text.slice(g!.ranges[0]![0], g!.ranges[0]![1])).toBe('const g = f')
  })

  it('of the same name in different blocks are different', () => {
    expect(names('function f() { { const g = () => 1 } { const g = () => 2 } }')).toEqual([
      'module ',
      'function f',
      'function f.g',
      'function f.g~2',
    ])
  })

  it.each([
    ['exports.a = function () {}', ['function a']],
    ['module.exports.a = () => {}', ['function a']],
    ['exports = module.exports = function named() {}', ['function named']],
    ['module.exports = { a() {}, b: function () {}, c: 1 }', ['method a', 'function b', 'variable c']],
    ['var lib = module.exports = { a() {} }', ['variable lib', 'method lib.a']],
    [
      'Foo.prototype.bar = function () {}; function Foo() {} Foo.make = () => {}',
      ['function Foo', 'method Foo.bar', 'method Foo.make'],
    ],
    ['function Foo() {} Foo.prototype = { bar: function () {} }', ['function Foo', 'method Foo.bar']],
  ])('of CommonJS: %s', (text, expected) => {
    expect(names(text, 'a.js')).toEqual(['module ', ...expected])
  })
})

describe('references', () => {
  it('end at the nearest declaration of the name', () => {
    const text = `
import { total } from './total.js'
const cart = 1
function one(total) { return total() + cart }
function two() { return total() }
function three() { { let total = () => 1; total() } return total(cart) }
function four() { return cart; var cart }
`
    expect(uses(text)).toEqual([
      'one use cart @4',
      'two call ./total.js @5',
      'three call three.total @6',
      'three call ./total.js @6',
      'three use cart @6',
    ])
  })

  it('are told apart by kind, and counted with their lines', () => {
    const text = `
class A {}
class B extends A { a: A = new A() }
function f(b: B) { f(b); f(b)
  f\`x\`; return f }
@f class C {}
`
    expect(uses(text)).toEqual([
      'B extends A @3',
      'B.a type A @3',
      'B.a new A @3',
      'f type B @4',
      'f call f @4,4,5',
      'f use f @5',
      'C call f @6',
    ])
  })

  it('follow this, super, and locals whose class is written', () => {
    const text = `
class A { a() {} }
class B extends A {
  constructor(private readonly other: A) { super() }
  b() { this.c(); super.a(); [1].map(() => this.c()); function lost() { this.c() } }
  c() { this.other.a() }
}
function f(given: B | undefined, any) { const made = new B(); given.b(); made.c(); any.c(); new A().a() }
`
    expect(uses(text)).toEqual([
      'B extends A @3',
      'B.other type A @4',
      'B.constructor call B.constructor @4',
      'B.b call B.c @5,5',
      'B.b call B.a @5',
      // A plain function may make instances of its own: it has no such member, so this leads nowhere.
      'B.b.lost call B.b.lost.c @5',
      'B.c call B.other.a @6',
      'f type B @8',
      'f new B @8',
      'f call B.b @8',
      'f call B.c @8',
      'f call A.a @8',
      'f new A @8',
    ])
  })

  it('to nothing in the file are free', () => {
    expect(read('console.log(a, typeof b); function f(c) { return c + d }').free).toEqual(['a', 'b', 'console', 'd'])
  })

  it('are not what only says what is exported', () => {
    expect(uses('function a() {} function b() {}\nmodule.exports = { a, b: b }; exports.c = a', 'a.js')).toEqual([])
    expect(uses('function a() {}\nexport { a as b }; export default a')).toEqual([])
  })
})

describe('code that is not as it should be', () => {
  it('is read as far as it goes', () => {
    expect(names('function f() { g( } class { \n const a = () => 1')).toContain('function f')
  })

  it('that is no text has no facts', () => {
    expect(factsOf('a.js', new Uint8Array([0xff, 0xfe, 0, 1]))).toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { assignedProperties } from './assigned-properties.ts'

describe('properties of a literal', () => {
  trapTable(assignedProperties, [
    ['var o = {};\no.a = 1;\no.b = p;\nreturn o;', 'var o = { a: 1, b: p };\nreturn o;'],
    ['var o = { a: 1 };\no.b = p;\nreturn o;', 'var o = { a: 1, b: p };\nreturn o;'],
    ['var o;\no = {};\no.a = 1;\nreturn o;', 'var o;\no = { a: 1 };\nreturn o;'],
    ['p = {};\np.a = q;\nreturn p;', 'p = { a: q };\nreturn p;'],
    [
      'var o = {};\no.a = 1;\no.b = 2;\no.c = 3;\no.d = 4;\nreturn o;',
      'var o = {\n  a: 1,\n  b: 2,\n  c: 3,\n  d: 4\n};\nreturn o;',
    ],
    ['var o = {\n  a: 1\n};\no.b = 2;\nreturn o;', 'var o = {\n  a: 1,\n  b: 2\n};\nreturn o;'],
    ['var o = {\n  a: 1,\n};\no.b = 2;\nreturn o;', 'var o = {\n  a: 1,\n  b: 2,\n};\nreturn o;'],
    ['var o = {};\no.a = (1, p);\nreturn o;', 'var o = { a: (1, p) };\nreturn o;'],
    ['var o = {};\no.a = p.b;\no.b = q();\nreturn o;', 'var o = { a: p.b, b: q() };\nreturn o;'],
    ['var o = {};\no.a = 1;\nreturn () => o;', 'var o = { a: 1 };\nreturn () => o;'],
    [
      'var o = {};\no.f = function named() { return o; };\nreturn o;',
      'var o = { f: function named() { return o; } };\nreturn o;',
    ],
    ['var o = {};\no.f = function () {};\nreturn o;', undefined, /get a name/],
    ['var o = {};\no.f = (() => 1);\nreturn o;', undefined, /get a name/],
    ['var o = {};\no.f = class {};\nreturn o;', undefined, /get a name/],
    ['var o = {};\no.a = 1;\no.a = 2;\nreturn o;', undefined, /set twice/],
    ["var o = { 'a': 1 };\no.a = 2;\nreturn o;", undefined, /set twice/],
    ['var o = {};\no.__proto__ = p;\nreturn o;', undefined, /no property/],
    ['var o = { __proto__: p };\no.a = 1;\nreturn o;', undefined, /no property/],
    ['var o = { set a(v) { q(v); } };\no.a = 1;\nreturn o;', undefined, /accessors/],
    ['var o = { ...p };\no.a = 1;\nreturn o;', undefined, /spread/],
    ['var o = { [p]: 1 };\no.a = 1;\nreturn o;', undefined, /computed/],
    ['var o = {};\no.a = 1;\no.b = o;\nreturn o;', undefined, /the object itself/],
    ['var o = {};\no.a = 1;\no.b = [o.a, 2];\nreturn o;', undefined, /the object itself/],
    ['var see = () => o;\nvar o = {};\no.a = see() === o;\nreturn o;', undefined],
    ['var see = () => typeof o;\nvar o = {};\no.a = see();\nreturn o;', undefined, /could look/],
    ['try { var o = {};\no.a = q(); } catch (e) { return o; }', undefined, /catch could see/],
    ['var o = {};\no.a = p(arguments);\nreturn o;', 'var o = { a: p(arguments) };\nreturn o;'],
    ['p = {};\np.a = typeof arguments[0];\nreturn p;', undefined, /could look/],
    ["var o = {};\no.a = eval('typeof o');\nreturn o;", undefined, /eval/],
    ['var o = {}; // why\no.a = 1;\nreturn o;', undefined, /comment/],
    ['var o = {};\no.a = 1; // why\nreturn o;', undefined, /comment/],
    ['var o = {};\no.a = [\n  1\n];\nreturn o;', undefined, /several lines/],
    ['var o = {}\no.a = 1\n;[p]\nreturn o', undefined],
    ['var o = {}, b = 1;\no.a = 1;\nreturn o;', undefined],
    ['var o = {};\no[p] = 1;\nreturn o;', undefined],
    ['var o = {};\no.a += 1;\nreturn o;', undefined],
  ])
})

describe('properties after Object.assign', () => {
  const strict = (body: string): string => `'use strict';\n${body}`
  trapTable(assignedProperties, [
    [
      strict('p = Object.assign({}, p);\np.a = q;\nreturn p;'),
      strict('p = Object.assign({}, p, { a: q });\nreturn p;'),
    ],
    [
      strict('var o = Object.assign({}, p, { b: 1 });\no.a = q;\nreturn o;'),
      strict('var o = Object.assign({}, p, { b: 1, a: q });\nreturn o;'),
    ],
    ['p = Object.assign({}, p);\np.a = q;\nreturn p;', undefined, /silent/],
    [strict('var o = Object.assign({}, p);\no.a = q.x;\nreturn o;'), undefined, /before the copy/],
    [strict('var o = Object.assign({}, p);\no.a = q();\nreturn o;'), undefined, /before the copy/],
    [strict('var o = Object.assign(p, q);\no.a = 1;\nreturn o;'), undefined],
    [strict('var o = Object.assign({});\no.a = 1;\nreturn o;'), undefined],
  ])

  it('sets what a prototype of the source would have caught, as before', () => {
    const code = inFunction(strict('p = Object.assign({}, p);\np.a = 1;\nreturn p;'))
    const { text } = tryRecipe(assignedProperties, code)
    const load = (source: string): ((value: unknown) => object) => {
      const module = { exports: undefined as never }
      new Function('module', source)(module)
      return module.exports
    }
    const seen: string[] = []
    const proto = { set a(value: number) { seen.push(`a = ${value}`) } } // prettier-ignore
    for (const source of [code, text]) {
      const made = load(source)(JSON.parse('{"b":2}', (key, value) => (key === '' ? withProto(value, proto) : value)))
      seen.push(Object.keys(made).join())
    }
    expect(text).not.toBe(code)
    expect(seen).toEqual(['a = 1', 'b', 'a = 1', 'b'])
  })

  const withProto = (value: object, proto: object): object =>
    Object.defineProperty(value, '__proto__', { value: proto, enumerable: true, writable: true, configurable: true })
})

describe('layout and languages', () => {
  it('keeps to a file without semicolons and with tabs', () => {
    const code = 'exports.f = (p) => {\n\tconst o = {}\n\to.a = p\n\to.b = p\n\to.c = p\n\to.d = p\n\treturn o\n}\n'
    expect(tryRecipe(assignedProperties, code).text).toBe(
      'exports.f = (p) => {\n\tconst o = {\n\t\ta: p,\n\t\tb: p,\n\t\tc: p,\n\t\td: p\n\t}\n\treturn o\n}\n',
    )
  })

  it('leaves TypeScript alone, where a literal has another type, and names that are not ready yet', () => {
    const typed = 'const o: any = {}\no.a = 1\nexport { o }\n'
    expect(tryRecipe(assignedProperties, typed, { path: 'index.ts' }).edits).toBe(0)
    const early = 'const o = {}\no.a = later\nconst later = 1\nmodule.exports = () => o\n'
    expect(tryRecipe(assignedProperties, early)).toMatchObject({ edits: 0, reasons: [expect.stringMatching(/look/)] })
  })
})

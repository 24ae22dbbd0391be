import { describe, expect, it } from '@jest/globals'
import { applyMutant } from './apply-mutant.ts'
import { mutantsOf } from './mutants-of.ts'

/** Every mutated text, by operator where one is asked for. */
const texts = (source: string, operator?: string, file = 'a.ts'): string[] =>
  mutantsOf({ file, source })
    .filter((mutant) => operator === undefined || mutant.operator === operator)
    .map((mutant) => applyMutant(source, mutant))

describe('the operators', () => {
  it.each([
    ['arithmetic', 'x = a + b', ['x = a - b']],
    ['arithmetic', 'x = a ** b', ['x = (a * b)']],
    ['arithmetic', 'x = a+-b', ['x = a - -b']],
    ['bitwise', 'x = a | b', ['x = (a & b)']],
    ['comparison', 'x = a < b', ['x = a <= b', 'x = a >= b']],
    ['equality', 'x = a === b', ['x = a !== b']],
    ['logical', 'x = a && b', ['x = (a || b)', 'x = (a)', 'x = (b)']],
    ['logical', 'x = a ?? b', ['x = (a && b)', 'x = (a)', 'x = (b)']],
    [
      'logical',
      'x = a() && b || c',
      ['((a() && b) && c)', '(a() && b)', '(c)', '(a() || b) || c', '(a()) || c', '(b) || c'],
    ],
    ['unary', 'x = -a', ['x = a']],
    ['unary', 'return_ = !function () {}', ['return_ = (function () {})']],
    ['update', 'i++', ['i--']],
    ['update', 'x = a-++i', ['x = a- --i']],
    ['assignment', 'a += b', ['a -= b']],
    ['assignment', 'a ??= b', ['a &&= b']],
    [
      'condition',
      'if (f) { a(); b() }',
      ['if (!(f)) { a(); b() }', 'if (false) { a(); b() }', 'if (true) { a(); b() }'],
    ],
    ['condition', 'while (more()) { a(); b() }', ['while (!(more())) { a(); b() }', 'while (false) { a(); b() }']],
    ['number', 'x = 7', ['x = 0', 'x = 8']],
    ['number', 'x = 5..toFixed()', ['x = (0).toFixed()', 'x = (6).toFixed()']],
    ['string', "x = ['a', '']", ["x = ['', '']", "x = ['a', 'mutant']"]],
    ['string', 'x = `a${b}`', ["x = ''"]],
    ['boolean', 'x = true', ['x = false']],
    ['collection', 'x = { a: [b] }', ['x = ({})', 'x = { a: [] }']],
    ['collection', '[a, b] = pair', []],
    ['regex', 'x = /^[^a]\\d+$/g', ['[^a]\\d+$', '^[a]\\d+$', '^[^a]\\D+$', '^[^a]\\d$', '^[^a]\\d+']],
    ['statement', 'a(); super_.b()', ['; super_.b()', 'a(); ;']],
    ['statement', 'if (a) b()\nelse c()', ['if (a) ;\nelse c()', 'if (a) b()\nelse ;']],
    ['block', 'if (a) { b(); c() } else d()', ['if (a) {} else d()']],
    ['return', 'function f() { if (a) return; return a }', ['if (a) ; return a', 'return undefined }']],
    ['return', 'f = (a) => a', ['f = (a) => undefined']],
    ['optional-chain', 'x = a?.b?.[c]?.(d)', ['x = a.b?.[c]?.(d)', 'x = a?.b[c]?.(d)', 'x = a?.b?.[c](d)']],
    ['method', 'x = a.trim()', ['x = a']],
    ['method', 'x = a.startsWith(b)', ['x = a.endsWith(b)']],
    ['method', 'a.push(b)', ['a.unshift(b)']],
    ['method', 'x = Math.min(a, b)', ['x = Math.max(a, b)']],
    ['call', 'x = Number(a || b)', ['x = (a || b)']],
    ['default-value', 'f = (a = 1, { b = 2 }) => {}', ['f = (a, { b = 2 }) => {}', 'f = (a = 1, { b }) => {}']],
    ['spread', 'x = [...a, ...b]', ['x = [...[], ...b]', 'x = [...a, ...[]]']],
    ['spread', 'x = { ...a }', ['x = { ...{} }']],
    ['await', 'async () => { x = await a }', ['async () => { x = a }']],
  ])('%s: %s', (operator, source, expected) => {
    const got = texts(source, operator).sort()
    expect(got).toHaveLength(operator === 'regex' ? expected.length + 1 : expected.length)
    for (const each of expected) expect(got.some((text) => text.includes(each))).toBe(true)
  })

  it('puts a semicolon where a bracket would go on the line above', () => {
    expect(texts('const a = b\nc || d()', 'logical', 'a.js')).toContain('const a = b\n;(c && d())')
  })

  it('says where and what in one sentence', () => {
    const [mutant] = mutantsOf({ file: 'a.js', source: 'class A {\n  add(n) { return n.x ^ 2 }\n}' })
    expect(mutant).toMatchObject({ scope: 'A.add', line: 2, column: 19, operator: 'bitwise', file: 'a.js' })
    expect(mutant!.description).toBe('`n.x ^ 2` becomes `(n.x & 2)`.')
  })

  it('shows the place where long texts part', () => {
    const source = `x = ${Array.from({ length: 12 }, (_, i) => `name${i}`).join(' * ')} + last`
    expect(mutantsOf({ file: 'a.js', source }).find(({ replacement }) => replacement === '-')!.description).toMatch(
      /^`\.\.\..*\+ last` becomes `\.\.\..*- last`\.$/,
    )
  })
})

describe('what is no mutant', () => {
  it.each([
    [
      'types',
      'type A = 1 | "b"; interface B { c: true } let x: { d: "e" }; declare const y: 2; function f(a: 3): void',
    ],
    [
      'imports',
      'import a from "b"; export * from "c"; const d = import("d"); const e = require("f"); export { g } from "h"',
    ],
    ['directives', '"use strict"; "use client"'],
    ['what is said to whoever debugs', 'console.log("a" + b); debug("c", 1)'],
    ['declarations alone', 'let a = b; const { "c": d, 1: e } = f; class G { h; "i" }'],
    ['an empty file', ''],
  ])('%s', (_, source) => {
    expect(texts(source)).toEqual([])
  })

  it('what never runs', () => {
    expect(texts('if (false) { a(1); b(2) }')).toEqual(['if (true) { a(1); b(2) }'])
    expect(texts('function f(a) { return a; a.b(1); if (c) d() }')).toEqual([
      'function f(a) {}',
      'function f(a) { return undefined; a.b(1); if (c) d() }',
    ])
  })

  it('a console that the file declares is one like any other', () => {
    expect(texts('function f(console) { console.log(a) }', 'statement')).toHaveLength(1)
  })

  it.each([
    ['x * 1', 'arithmetic', 'y = x * 1'],
    ['a length + 0', 'arithmetic', 'y = x.length + 0'],
    ['a text + something', 'arithmetic', 'y = "a" + x'],
    ['return undefined at the end', 'return', 'function f() { a(); return undefined }'],
    ['a bare return at the end', 'return', 'function f() { if (a) { b(); return } }'],
    ['the last continue of a loop', 'statement', 'for (;;) { if (a) {} continue }'],
    ['the last break of a switch', 'statement', 'switch (a) { case 1: break }'],
    ['a default of undefined', 'default-value', 'f = (a = undefined) => b'],
    ['return await', 'await', 'async function f() { return await a }'],
    ['names that typeof gives', 'string', 'y = typeof x === "string"'],
  ])('equivalent: %s', (_, operator, source) => {
    expect(texts(source, operator)).toEqual([])
  })

  it('equivalent: the limit of a comparison that chooses one of its sides', () => {
    expect(texts('y = a > b ? a : b', 'comparison')).toEqual(['y = a <= b ? a : b'])
    expect(texts('if (a > most) most = a', 'comparison')).toEqual(['if (a <= most) most = a'])
    expect(texts('y = a > b ? a : c', 'comparison')).toContain('y = a >= b ? a : c')
  })

  it('no text comes twice', () => {
    const source = 'if (!a) { b = !!c; d(e && f ? 1 : 0) } else { g() }'
    const all = texts(source)
    expect(new Set(all).size).toBe(all.length)
    expect(all).not.toContain(source)
  })
})

describe('identity', () => {
  const source = 'function f(a) { return a + 1 }\nfunction g(a) { return a + 1 }\n'

  it('ids are the same after changes elsewhere and differ within a file', () => {
    const ids = mutantsOf({ file: 'a.js', source }).map(({ id }) => id)
    const moved = mutantsOf({ file: 'a.js', source: `let first = 1\n\n${source}` }).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(moved).toEqual(expect.arrayContaining(ids))
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
  })

  it('ranges say where', () => {
    const start = source.indexOf('function g')
    const mutants = mutantsOf({ file: 'a.js', source, ranges: [{ start, end: source.length }] })
    expect(mutants.length).toBeGreaterThan(0)
    expect(mutants.every(({ scope }) => scope === 'g')).toBe(true)
  })
})

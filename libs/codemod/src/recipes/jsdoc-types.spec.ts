import { describe, expect, it } from '@jest/globals'

import { tryRecipe } from '../../test/support/try-recipe.ts'
import { jsdocTypes } from './jsdoc-types.ts'

const strict = { 'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["es2022"]}}' }
const tried = (code: string, files: Readonly<Record<string, string>> = {}, path = 'index.ts') =>
  tryRecipe(jsdocTypes, `export {}\n${code}`, { path, files: { ...strict, ...files } })

describe('types that JSDoc gives', () => {
  it.each([
    [
      'parameters and a result, whose words stay',
      '/**\n * Adds.\n * @param {number} a the first\n * @param {number} b\n * @returns {number} the sum\n */\nfunction add(a, b) {\n  return a + b\n}\nadd(1, 2)\n',
      ['(a, b)', '(a: number, b: number): number'],
    ],
    [
      'a result alone',
      '/** @returns {string} */\nfunction name(a: number) {\n  return `${a}`\n}\nname(1)\n',
      ['(a: number)', '(a: number): string'],
    ],
    [
      'a union',
      '/** @param {string|number} a */\nfunction text(a): string {\n  return String(a)\n}\ntext(1)\n',
      ['(a)', '(a: string | number)'],
    ],
    [
      'lists, and null',
      '/** @param {string[]} a\n * @param {?number} b */\nfunction size(a, b): number {\n  return b ?? a.length\n}\nsize([""], null)\n',
      ['(a, b)', '(a: string[], b: number | null)'],
    ],
    [
      'other spellings of the primitives',
      '/** @param {String} a\n * @param {Array<Number>} b */\nfunction size(a, b): number {\n  return a.length + b.length\n}\nsize("", [1])\n',
      ['(a, b)', '(a: string, b: Array<number>)'],
    ],
    [
      'names of the file',
      'interface Point { x: number }\n/** @param {Point} p */\nfunction x(p): number {\n  return p.x\n}\nx({ x: 1 })\n',
      ['x(p)', 'x(p: Point)'],
    ],
    [
      'an arrow without parentheses',
      '/** @param {number} a */\nconst twice = a => {\n  return a * 2\n}\ntwice(1)\n',
      ['a =>', '(a: number) =>'],
    ],
    [
      'a parameter with a default',
      '/** @param {number} [a] */\nfunction twice(a = 1): number {\n  return a * 2\n}\ntwice()\n',
      ['(a = 1)', '(a: number = 1)'],
    ],
    [
      'a rest parameter',
      '/** @param {...number} all */\nfunction count(...all): number {\n  return all.length\n}\ncount(1, 2)\n',
      ['(...all)', '(...all: number[])'],
    ],
  ])('become annotations: %s', (_, code, [before, after]) => {
    const { text } = tried(code)
    expect(text).toBe(`export {}\n${code.replace(before!, after!)}`)
    expect(tryRecipe(jsdocTypes, text, { path: 'index.ts', files: strict }).text).toBe(text)
  })

  const length = '/** @param {string} a */\nfunction size(a): number {\n  return a.length\n}\n'

  it.each([
    ['is exported', `${length.replace('function', 'export function')}size("")\n`, /elsewhere/],
    ['is exported later', `${length}export { size }\n`, /elsewhere/],
    ['is handed on', `${length};[""].map(size)\n`, /elsewhere/],
    ['is called with another type', `${length}size(1)\n`, /would not compile/],
    ['is called without it', `${length.replace('{string}', '{string=}')}size()\n`, /would not compile|unknown/],
    ['calls it optional only in words', `${length.replace('} a', '} [a]')}size("")\n`, /optional/],
    ['does something else', `${length.replace('{string}', '{number}')}size(1)\n`, /unknown/],
    ['has a type that nobody knows', `${length.replace('{string}', '{Strange}')}size("")\n`, /unknown|compile/],
    ['has a type that says nothing', `${length.replace('{string}', '{*}')}size("")\n`, /unknown/],
    [
      'gets what comes from outside',
      `import { read } from 'elsewhere'\n${length}size(read())\n`,
      /passes a value of unknown type/,
    ],
    [
      'works with what comes from outside',
      `import { send } from 'elsewhere'\n${length.replace('return', 'send(a)\n  return')}size("")\n`,
      /values of unknown type/,
    ],
    [
      'shows in what the file declares',
      '/** @param {string} a */\nfunction same(a) {\n  return a\n}\nexport const word = same("")\n',
      /declare something else/,
    ],
    [
      'returns something else',
      '/** @returns {string} */\nfunction name(a: number) {\n  return a\n}\nname(1)\n',
      /would not compile/,
    ],
    ['has its types', length.replace('(a)', '(a: string)'), undefined],
    [
      'is a method',
      'class A {\n  /** @param {string} a */\n  size(a): number {\n    return a.length\n  }\n}\nnew A().size("")\n',
      undefined,
    ],
    ['has no braces', length.replace('{string} ', ''), undefined],
  ])('stay in words where the function %s', (_, code, reason) => {
    const { text, reasons } = tried(code)
    expect(text).toBe(`export {}\n${code}`)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
    else expect(reasons).toEqual([])
  })

  it('stay in JavaScript, which has no annotations', () => {
    expect(tried(`${length}size("")\n`, {}, 'index.mjs').edits).toBe(0)
  })

  it('are taken where others do not fit', () => {
    const second = length.replaceAll('size', 'other')
    const code = `${length}size("")\n${second}other(1)\n`
    expect(tried(code).text).toBe(`export {}\n${code.replace('size(a)', 'size(a: string)')}`)
  })
})

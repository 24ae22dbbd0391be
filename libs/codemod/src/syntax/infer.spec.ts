import { describe, expect, it } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { templateLiterals } from '../recipes/template-literals.ts'

const UNKNOWN = /may be an object or a symbol/

describe('kinds of the elements of a list of texts', () => {
  trapTable(templateLiterals, [
    [
      "var k = Object.keys(Object(p)); for (var i = 0; i < k.length; i++) q += '[' + k[i]; return q;",
      'var k = Object.keys(Object(p)); for (var i = 0; i < k.length; i++) q += `[${k[i]}`; return q;',
    ],
    ["var k = 'a-b'.split('-'); return '[' + k[0];", "var k = 'a-b'.split('-'); return `[${k[0]}`;"],
    [
      "var k = 'a-b'.split(/-/); k.map((x, i) => i); return '[' + k[7];",
      "var k = 'a-b'.split(/-/); k.map((x, i) => i); return `[${k[7]}`;",
    ],
    ["var k = 'a-b'.split(p); return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); k[0] = q; return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); [k[0]] = [q]; return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); ({ a: k[0] } = { a: q }); return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); for (k[0] of [q]); return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); k.push(q); return '[' + k[0];", undefined, UNKNOWN],
    [
      "var k = Object.keys(Object(p)); k.forEach((x, i, all) => { all[0] = q; }); return '[' + k[0];",
      undefined,
      UNKNOWN,
    ],
    [
      "var k = Object.keys(Object(p)); k.forEach(function () { arguments[2][0] = q; }); return '[' + k[0];",
      undefined,
      UNKNOWN,
    ],
    ["var k = Object.keys(Object(p)); var other = k; other[0] = q; return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); k = [q]; return '[' + k[0];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); return '[' + k[q];", undefined, UNKNOWN],
    ["var k = Object.keys(Object(p)); k[0](); return '[' + k[0];", undefined, UNKNOWN],
  ])
})

it.each([
  ['', 1],
  ['const first = k[0]!', 1],
  ['k[0]! = p as never', 0],
  ['(k[0] as unknown) = p', 0],
  ['(<any>k[0]) = p', 0],
  ['k!.push(p as never)', 0],
])('knows that types keep nobody from writing: %j', (use, edits) => {
  const code = `export const f = (p: object) => { const k = Object.keys(p); ${use}; return '[' + k[0] }\n`
  expect(tryRecipe(templateLiterals, code, { path: 'index.ts' }).edits).toBe(edits)
})

describe('what an object decides itself', () => {
  trapTable(templateLiterals, [
    ["return '[' + 'abc'.replace('a', q);", "return `[${'abc'.replace('a', q)}`;"],
    ["return '[' + 'abc'.replace(/a/, '');", "return `[${'abc'.replace(/a/, '')}`;"],
    ["return '[' + 'abc'.replace(p, '');", undefined, UNKNOWN],
    ["var r = {}; r[Symbol.replace] = () => q; return '[' + 'abc'.replace(r, '');", undefined, UNKNOWN],
  ])
})

describe('what a function in sight is called with', () => {
  trapTable(templateLiterals, [
    [
      "var f = function named(k) { if (!k) return; return '[' + k; }; for (var each of Object.keys(Object(p))) q += f(each); return q;",
      'var f = function named(k) { if (!k) return; return `[${k}`; }; for (var each of Object.keys(Object(p))) q += f(each); return q;',
    ],
    ["var f = function (k) { if (!k) return; return '[' + k; }; f('a'); return f(p);", undefined, UNKNOWN],
  ])
})

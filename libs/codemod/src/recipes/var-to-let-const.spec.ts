import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { varToLetConst } from './var-to-let-const.ts'

const convert = (code: string, options = {}) => tryRecipe(varToLetConst, code, options)

describe('var to let or const', () => {
  it.each([
    ['a variable that is never written again', 'var a = 1; return a;', 'const a = 1; return a;'],
    ['a variable that is written later', 'var a = 1; a = 2; return a;', 'let a = 1; a = 2; return a;'],
    ['a variable without a value', 'var a; a = p; return a;', 'let a; a = p; return a;'],
    ['a loop head', 'for (var i = 0; i < 3; i++) { p(i); }', 'for (let i = 0; i < 3; i++) { p(i); }'],
    ['a for-in head', 'for (var k in p) { q(k); }', 'for (const k in p) { q(k); }'],
    [
      'several in one statement, one of them written',
      'var a = 1, b = 2; b++; return a + b;',
      'let a = 1, b = 2; b++; return a + b;',
    ],
    ['destructuring', 'var { a, b } = p; return a + b;', 'const { a, b } = p; return a + b;'],
    [
      'one name in two blocks',
      'if (p) { var a = 1; q(a); } else { var a = 2; q(a); }',
      'if (p) { const a = 1; q(a); } else { const a = 2; q(a); }',
    ],
    [
      'one name in two loops',
      'for (var i = 0; i < 1; i++) {} for (var i = 9; i > 1; i--) {}',
      'for (let i = 0; i < 1; i++) {} for (let i = 9; i > 1; i--) {}',
    ],
    [
      'a closure that is made after the declaration',
      'var a = 1; return function () { return a; };',
      'const a = 1; return function () { return a; };',
    ],
    [
      'a loop with a fresh value in each iteration',
      'while (p()) { var a = q(); q(a); }',
      'while (p()) { const a = q(); q(a); }',
    ],
    [
      'a function expression that calls itself',
      'var f = function () { return f; }; return f;',
      'const f = function () { return f; }; return f;',
    ],
    [
      'shadowing in a nested function',
      'var a = 1; return function (a) { a = 2; };',
      'const a = 1; return function (a) { a = 2; };',
    ],
  ])('takes %s', (_, before, after) => {
    expect(convert(inFunction(before))).toMatchObject({ text: inFunction(after), reasons: [] })
  })

  it.each([
    ['a use before the declaration', 'q(a); var a = 1;', /before it has a value/],
    ['typeof before the declaration', 'q(typeof a); var a = 1; q(a);', /before it has a value/],
    ['a use in its own initialiser', 'var a = a || {}; return a;', /before it has a value/],
    ['a use outside of the block', 'if (p) { var a = 1; } return a;', /outside of its block/],
    ['a use after the loop', 'for (var i = 0; i < 3; i++) {} return i;', /outside of its block/],
    [
      'closures that a loop makes',
      'for (var i = 0; i < 3; i++) { q.push(function () { return i; }); }',
      /closures that a loop makes/,
    ],
    [
      'a body variable kept by closures',
      'while (p()) { var a = q(); q.push(function () { return a; }); }',
      /closures that a loop makes/,
    ],
    [
      'a value carried from one iteration to the next',
      'while (p()) { var a; q(a); a = 1; }',
      /one iteration to the next/,
    ],
    ['a value that one way only writes', 'while (p()) { var a; if (q) { a = 1; } p(a); }', /one iteration to the next/],
    [
      'a value that a short circuit may not write',
      'while (p()) { var a; q && (a = 1); p(a); }',
      /one iteration to the next/,
    ],
    [
      'a value that a switch may not write',
      'while (p()) { var a; switch (q) { case 1: a = 1; } p(a); }',
      /one iteration to the next/,
    ],
    [
      'a value that only an inner loop writes',
      'while (p()) { var a; for (; q(); ) { a = 1; } p(a); }',
      /one iteration to the next/,
    ],
    ['a parameter of the same name', 'var p = p || {}; return p;', /parameter or function/],
    ['a function of the same name', 'var f = 1; function f() {} return f;', /parameter or function/],
    ['a hoisted function that is called early', 'f(); var a = 1; function f() { return a; }', /before it has a value/],
    [
      'a hoisted function handed out before a call',
      'q.f = f; p(); var a = 1; function f() { return a; }',
      /before it has a value/,
    ],
    [
      'an early return while a closure is out',
      'q.f = function () { return a; }; if (p) { return; } var a = 1;',
      /before it has a value/,
    ],
    ['a case clause', 'switch (p) { case 1: var a = 1; q(a); }', /case clause/],
    ['the body of an if', 'if (p) var a = 1;', /whole body/],
    ['eval', 'var a = 1; return eval(p);', /eval/],
    ['with', 'var a = 1; with (p) { q(a); }', /eval or with/],
    ['a catch variable of the same name', 'try { p(); } catch (e) { var e = 1; }', /catch variable/],
    ['a redeclaration in the same block', 'var a = 1; var a = 2; return a;', /declared again/],
    ['a name that lexical variables cannot have', 'var let = 1; return let;', /no lexical variable/],
  ])('leaves %s alone', (_, body, reason) => {
    const { text, reasons } = convert(inFunction(body))
    expect(text).toBe(inFunction(body))
    expect(reasons.join('\n')).toMatch(reason)
  })

  it('knows the top level of a script, a CommonJS module and an ES module', () => {
    expect(convert('var a = 1;').reasons[0]).toMatch(/global object/)
    expect(convert('var a = 1; exports.a = a;').text).toBe('const a = 1; exports.a = a;')
    expect(convert("var module = 1; require('x');").reasons[0]).toMatch(/module wrapper/)
    expect(convert('export var a = 1;').text).toBe('export const a = 1;')
  })

  it('lets a function be exported before its variables when nothing can call it in between', () => {
    const code = 'module.exports = f;\nfunction f() { return a; }\nvar a = 1;\n'
    expect(convert(code).text).toBe(code.replace('var', 'const'))
    const called = 'module.exports = f;\nfunction f() { return a; }\nstart();\nvar a = 1;\n'
    expect(convert(called).edits).toBe(0)
  })

  it('sees that an import cycle can call a hoisted function early', () => {
    const code = "import { other } from './other.js';\nexport function f() { return a; }\nvar a = 1;\n"
    const cyclic = { 'other.js': "import { f } from './index.js';\nexport const other = f;\n" }
    const plain = { 'other.js': 'export const other = 1;\n' }
    expect(convert(code, { files: cyclic }).edits).toBe(0)
    expect(convert(code, { files: plain }).edits).toBe(1)
  })

  it('keeps what TypeScript would declare to others', () => {
    expect(convert('export var a = 1', { path: 'index.ts' }).reasons[0]).toMatch(/emitted declarations/)
    expect(convert('declare var a: number\nexport {}', { path: 'index.ts' }).edits).toBe(0)
  })
})

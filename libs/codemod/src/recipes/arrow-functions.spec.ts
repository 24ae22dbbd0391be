import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { arrowFunctions } from './arrow-functions.ts'

const convert = (code: string, options = {}) => tryRecipe(arrowFunctions, code, options)

describe('callbacks to arrow functions', () => {
  it.each([
    ['a callback that returns', 'return p.map(function (x) { return x + 1; });', 'return p.map((x) => x + 1);'],
    ['a callback with statements', 'p.forEach(function (x) {\n  q(x);\n});', 'p.forEach((x) => {\n  q(x);\n});'],
    ['an object as the result', 'return p.map(function (x) { return { x: x }; });', 'return p.map((x) => ({ x: x }));'],
    [
      'a sequence in parentheses',
      'return p.map(function (x) { return (q(x), x); });',
      'return p.map((x) => (q(x), x));',
    ],
    ['a timer', 'setTimeout(function () { q(); }, 1);', 'setTimeout(() => { q(); }, 1);'],
    ['an async callback', 'p.forEach(async function (x) { await x; });', 'p.forEach(async (x) => { await x; });'],
    [
      'a local function that is only called',
      'var f = function (x) { return x; }; return f(1);',
      'var f = (x) => x; return f(1);',
    ],
    [
      'this of a function inside',
      'p.map(function () { return function () { return this; }; });',
      'p.map(() => function () { return this; });',
    ],
    [
      'a result over several lines',
      'p.map(function (x) {\n  return [\n    x\n  ];\n});',
      'p.map((x) => {\n  return [\n    x\n  ];\n});',
    ],
  ])('takes %s', (_, before, after) => {
    expect(convert(inFunction(before)).text).toBe(inFunction(after))
  })

  it.each([
    ['this', 'p.map(function () { return this; });', /this, arguments/],
    ['this in an arrow', 'p.map(function () { return () => this; });', /this, arguments/],
    ['arguments', 'p.map(function () { return arguments.length; });', /this, arguments/],
    ['new.target', 'p.map(function () { return new.target; });', /this, arguments/],
    ['eval', "p.map(function () { return eval('this'); });", /eval/],
    ['two parameters of one name', 'p.map(function (a, a) { return a; });', /two parameters/],
    ['a directive of its own', "p.map(function () { 'use strict'; return 1; });", /directive/],
    ['a comment in the head', 'p.map(function /* x */ (x) { return x; });', /comment/],
  ])('leaves a function with %s alone', (_, body, reason) => {
    const { text, reasons } = convert(inFunction(body))
    expect(text).toBe(inFunction(body))
    expect(reasons.join('\n')).toMatch(reason)
  })

  it.each([
    ['an exported function', 'exports.f = function (x) { return x; };'],
    ['a function with a name of its own', 'exports.f = (p) => p.map(function each(x) { return x; });'],
    ['a generator', 'exports.f = (p) => p.map(function* (x) { yield x; });'],
    ['a function that unknown code gets', 'exports.f = (p) => p(function (x) { return x; });'],
    ['a constructor', 'exports.f = () => { var F = function () {}; return new F(); };'],
    [
      'a function whose prototype is used',
      'exports.f = () => { var F = function () {}; F.prototype.x = 1; return F(); };',
    ],
    ['a function that is handed out', 'exports.f = () => { var g = function () {}; g(); return g; };'],
  ])('does not touch %s', (_, code) => {
    expect(convert(code).text).toBe(code)
  })

  it('keeps comments inside and types outside', () => {
    expect(convert(inFunction('p.map(function (x) { return x; /* why */ });')).text).toContain(
      '(x) => { return x; /* why */ }',
    )
    const typed = 'export const f = (p: number[]) => p.map(function (x: number): number { return x })'
    expect(convert(typed, { path: 'index.ts' }).text).toBe(
      'export const f = (p: number[]) => p.map((x: number): number => x)',
    )
  })

  const each = 'function each(list, fn) { for (const x of list) fn(x); }'
  const before = 'exports.f = (p) => each(p, function (x) { p(x); });'
  const after = 'exports.f = (p) => each(p, (x) => { p(x); });'

  it.each([
    ['calls it', each],
    ['calls it where there is one', 'const each = (list, fn) => { list.map((x) => fn && fn(x)); };'],
    ['asks for it and calls it', 'function each(list, fn) { if (!fn || typeof fn !== "function") return; fn(1); }'],
    ['calls it with a this of its choice', 'function each(list, fn) { fn.call(list, 1); fn.apply(list, [2]); }'],
  ])('takes what a function of the file gets that only %s', (_, code) => {
    expect(convert(`${code}\n${before}`).text).toBe(`${code}\n${after}`)
  })

  it.each([
    ['constructs it', 'function each(list, fn) { return new fn(list); }'],
    ['hands it on', 'function each(list, fn) { list.map(fn); }'],
    ['keeps it', 'function each(list, fn) { list.fn = fn; }'],
    ['reads its prototype', 'function each(list, fn) { return fn.prototype; }'],
    ['gives it back', 'function each(list, fn) { return list && fn; }'],
    ['has it among its arguments', 'function each(list, fn) { return [...arguments, fn()]; }'],
    ['takes it among the rest', 'function each(list, ...fns) { return fns[0](); }'],
    ['is replaced', `${each} each = exports.other;`],
  ])('leaves what a function gets that %s', (_, code) => {
    expect(convert(`${code}\n${before}`).text).toBe(`${code}\n${before}`)
  })

  const uses = (called: string): string => `const utils = require('./utils');\nexports.f = (p) => ${called};\n`
  const call = uses('utils.each(p, function (x) { p(x); })')

  it('takes what a function of another file gets that only calls it', () => {
    const files = { 'utils.js': `${each}\nmodule.exports = { other: 1, each: each };\n` }
    expect(convert(call, { files })).toMatchObject({
      text: uses('utils.each(p, (x) => { p(x); })'),
      assumptions: expect.arrayContaining(['nobody replaces what ./utils exports']),
    })
    const shorthand = { 'utils.js': `${each}\nmodule.exports = { each };\n` }
    expect(convert(call, { files: shorthand }).edits).toBe(1)
    const module = "import { each as every } from './utils.mjs'\nevery([], function () {})"
    const imported = { path: 'index.mjs', files: { 'utils.mjs': `export ${each}` } }
    expect(convert(module, imported).text).toBe("import { each as every } from './utils.mjs'\nevery([], () => {})")
  })

  it.each([
    ['constructs it', { 'utils.js': 'function each(list, fn) { new fn(); }\nmodule.exports = { each };' }],
    ['exports in two ways', { 'utils.js': `${each}\nmodule.exports = { each }; exports.each = 1;` }],
    ['hands out what it exports', { 'utils.js': `${each}\nmodule.exports = { each }; set(module);` }],
    ['exports another of the name', { 'utils.js': `${each}\nmodule.exports = { each, each: exported };` }],
    ['may be overwritten by a spread', { 'utils.js': `${each}\nmodule.exports = { each, ...others };` }],
    [
      'is replaced by a test',
      { 'utils.js': `${each}\nmodule.exports = { each };`, 'test.js': 'require("./utils").each = 1' },
    ],
    ['does not parse', { 'utils.js': `${each}\nmodule.exports = { each }; (` }],
    ['is not there', {}],
  ])('leaves what a function of a file gets that %s', (_, files) => {
    expect(convert(call, { files }).text).toBe(call)
  })
})

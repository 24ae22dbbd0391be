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
})

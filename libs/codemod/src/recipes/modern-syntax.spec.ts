import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { exponent } from './exponent.ts'
import { hasOwn } from './has-own.ts'
import { includes } from './includes.ts'
import { letToConst } from './let-to-const.ts'
import { logicalAssignment } from './logical-assignment.ts'
import { nullishCoalescing } from './nullish-coalescing.ts'
import { objectShorthand } from './object-shorthand.ts'
import { objectSpread } from './object-spread.ts'
import { optionalCatchBinding } from './optional-catch-binding.ts'
import { spreadArguments } from './spread-arguments.ts'
import { templateLiterals } from './template-literals.ts'

const captured = '\nvar slice = Array.prototype.slice;'

describe.each([
  [
    objectShorthand,
    [
      ['return { p: p, r: q };', 'return { p, r: q };'],
      ['return { p: /* why */ p };', undefined],
      ['var __proto__ = p; return { __proto__: __proto__ };', undefined],
      ['return { "p": p };', undefined],
      ['return { p: function p() {} };', undefined],
    ],
  ],
  [
    optionalCatchBinding,
    [
      ['try { p(); } catch (e) { q(); }', 'try { p(); } catch { q(); }'],
      ['try { p(); } catch (e) { q(e); }', undefined],
      ['try { p(); } catch (e) { return function () { return e; }; }', undefined],
      ['try { p(); } catch (e) { eval(q); }', undefined],
      ['try { p(); } catch (e) { var e = 1; }', undefined],
      ['try { p(); } catch ({ message }) { q(); }', undefined],
      ['try { p(); } catch (e /* why */) { q(); }', undefined],
    ],
  ],
  [
    templateLiterals,
    [
      ["var n = 1; return 'a' + n + 'b';", 'var n = 1; return `a${n}b`;'],
      ["return 'a' + String(p);", 'return `a${String(p)}`;'],
      ["return 'it\\'s `' + typeof p + '${';", "return `it's \\`${typeof p}\\${`;"],
      ["return '\\\\' + typeof p;", 'return `\\\\${typeof p}`;'],
      ["return 'a$' + typeof p + '$' + '{b}';", 'return `a$${typeof p}\\${b}`;'],
      ["return 'a' + (p ? 'b' : 'c') + 'd';", "return `a${p ? 'b' : 'c'}d`;"],
      ["return 'a' + p;", undefined],
      ["return 1 + 2 + 'a';", undefined],
      ["return '\\01' + typeof p;", undefined],
      ["return 'a' + /* why */ typeof p;", undefined],
      ["return 'a' +\n typeof p;", undefined],
      ["return 'a' + 'b';", undefined],
      ["return 'a' + p.length;", undefined],
    ],
  ],
  [
    includes,
    [
      ["return 'abc'.indexOf('b') !== -1;", "return 'abc'.includes('b');"],
      ["return 'abc'.indexOf('b') === -1;", "return !'abc'.includes('b');"],
      ["return 'abc'.indexOf('b') === 0;", "return 'abc'.startsWith('b');"],
      ['return [1, 2].indexOf(2) >= 0;', 'return [1, 2].includes(2);'],
      [
        "if (typeof p === 'string') { return p.indexOf('x') > -1; }",
        "if (typeof p === 'string') { return p.includes('x'); }",
      ],
      [
        "if (typeof p !== 'string') { return; } return p.indexOf('x') < 0;",
        "if (typeof p !== 'string') { return; } return !p.includes('x');",
      ],
      ["if (typeof p === 'string') { p = q; return p.indexOf('x') > -1; }", undefined],
      ["if (typeof p === 'string' && (p = q)) { return p.indexOf('x') > -1; }", undefined],
      ["return p.indexOf('b') !== -1;", undefined],
      ['return [1, 2].indexOf(p) !== -1;', undefined],
      ["return 'abc'.indexOf(p) !== -1;", undefined],
      ['return [1].indexOf(NaN) !== -1;', undefined],
      ['return [,].indexOf(undefined) !== -1;', undefined],
    ],
  ],
  [
    exponent,
    [
      ['return Math.pow(2, 3);', 'return 2 ** 3;'],
      ['var n = 2; return 1 - Math.pow(n, 2);', 'var n = 2; return 1 - (n ** 2);'],
      ['return Math.pow(-2, 2);', undefined],
      ['return Math.pow(p, 2);', undefined],
      ['return Math.pow(2, ...p);', undefined],
      ['return Math.pow(2 /* why */, 3);', undefined],
    ],
  ],
  [
    hasOwn,
    [
      ["return Object.prototype.hasOwnProperty.call(p, 'a');", "return Object.hasOwn(p, 'a');"],
      ["return ({}).hasOwnProperty.call(p, 'a');", "return Object.hasOwn(p, 'a');"],
      ["return p.hasOwnProperty('a');", undefined],
      ['return Object.prototype.hasOwnProperty.call(p, ...q);', undefined],
    ],
  ],
  [
    spreadArguments,
    [
      ['return Math.max.apply(null, [1, 2]);', 'return Math.max(...[1, 2]);'],
      ['p.push.apply(p, q.split ? [1] : [2]);', 'p.push(...q.split ? [1] : [2]);'],
      [
        'return f.apply(null, arguments); function f(a) { return a; }',
        'return f(...arguments); function f(a) { return a; }',
      ],
      ['return f.apply(null, arguments); function f() { return this; }', undefined],
      ['return Math.max.apply(null, p);', undefined],
      ['return p.push.apply(q, [1]);', undefined],
      ['return p().push.apply(p(), [1]);', undefined],
    ],
  ],
  [
    objectSpread,
    [
      ['return Object.assign({}, { a: 1 }, { b: 2 });', 'return { ...{ a: 1 }, ...{ b: 2 } };'],
      ['return Object.assign({}, p);', undefined],
      ['return Object.assign({ a: 1 }, { b: 2 });', undefined],
      ['return Object.assign({}, { __proto__: p });', undefined],
      ['return Object.assign({}, { get a() { return 1; } });', undefined],
      ['var d = { a: 1 }; d[p] = 1; return Object.assign({}, d);', undefined],
    ],
  ],
  [
    logicalAssignment,
    [
      ['p = p || {}; return p;', 'p ||= {}; return p;'],
      ['if (!p) { p = {}; } return p;', 'p ||= {}; return p;'],
      ['if (p) p = q; return p;', 'p &&= q; return p;'],
      ['if (p == null) { p = q; } return p;', 'p ??= q; return p;'],
      ['if (!p) {\n  p = {}\n}\nq(p)', 'p ||= {}\nq(p)'],
      ['if (!p) {\n  p = {}\n}\n(q)(p)', 'p ||= {};\n(q)(p)'],
      ['p.x = p.x || {};', undefined],
      ['if (!p.x) { p.x = {}; }', undefined],
      ['p = p || function () {};', undefined],
      ['g = g || {};', undefined],
      ['if (!p) { p = {}; /* why */ }', undefined],
      ['if (q) if (!p) p = {};', undefined],
      ['const c = 1; c = c || 2;', undefined],
    ],
  ],
  [
    nullishCoalescing,
    [
      ['return p == null ? q : p;', 'return p ?? q;'],
      ['return p != null ? p : q;', 'return p ?? q;'],
      ['return p !== null && p !== undefined ? p : q || 1;', 'return p ?? (q || 1);'],
      ['return 1 + (p === undefined || p === null ? q : p);', 'return 1 + (p ?? q);'],
      ['return p.x == null ? q : p.x;', undefined],
      ['return p === null ? q : p;', undefined],
      ['return p == null ? p : q;', undefined],
    ],
  ],
  [
    letToConst,
    [
      ['let a = 1; return a;', 'const a = 1; return a;'],
      ['for (let k of p) { q(k); }', 'for (const k of p) { q(k); }'],
      ['let a = 1; a++; return a;', undefined],
      ['let a; a = 1; return a;', undefined],
      ['let a = 1; return () => { a = 2; };', undefined],
      ['let a = 1; return eval(p);', undefined],
      ['for (let i = 0; ;) { break; }', undefined],
    ],
  ],
] as const)('$id', (recipe, cases) => {
  it.each(cases.map(([before, after]) => [before, after ?? 'left alone', after] as const))(
    '%s -> %s',
    (before, _, after) => {
      const { text } = tryRecipe(recipe, inFunction(before))
      expect(text).toBe(inFunction(after ?? before))
    },
  )
})

describe('intrinsics that are captured on purpose', () => {
  it.each([hasOwn, includes, exponent, spreadArguments, objectSpread])('withdraw the assumption of $id', (recipe) => {
    const code = inFunction(
      "Object.prototype.hasOwnProperty.call(p, 'a'); Math.pow(2, 3); Math.max.apply(null, [1]); Object.assign({}, {}); return 'a'.indexOf('a') !== -1;",
    )
    expect(tryRecipe(recipe, code).edits).toBe(1)
    const { edits, reasons } = tryRecipe(recipe, code + captured)
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(/captured on purpose \(index\.js:5\)/)
  })

  it('leave what rests on no intrinsic', () => {
    const code = `${inFunction("return 'a' + typeof p;")}${captured}`
    expect(tryRecipe(templateLiterals, code)).toMatchObject({ edits: 1, assumptions: [] })
  })
})

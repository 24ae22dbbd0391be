import { describe, expect, it } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { arrowBodies } from './arrow-bodies.ts'

describe('arrows that only return', () => {
  trapTable(arrowBodies, [
    ['var f = (x) => { return x; }; return f(p);', 'var f = (x) => x; return f(p);'],
    ['var f = (x) => {\n  return x;\n};\nreturn f(p);', 'var f = (x) => x;\nreturn f(p);'],
    ['var f = (x) => { return { a: x }; }; return f(p);', 'var f = (x) => ({ a: x }); return f(p);'],
    ['var f = (x) => { return {}.a || x; }; return f(p);', 'var f = (x) => ({}.a || x); return f(p);'],
    ['var f = (x) => { return 1, x; }; return f(p);', 'var f = (x) => (1, x); return f(p);'],
    ['var f = (x) => { return (1, x); }; return f(p);', 'var f = (x) => (1, x); return f(p);'],
    [
      'var f = () => { return function () { return p; }; }; return f()();',
      'var f = () => function () { return p; }; return f()();',
    ],
    [
      'var f = (x) => {\n  return x\n    ? 1\n    : 2;\n};\nreturn f(p);',
      'var f = (x) => x\n  ? 1\n  : 2;\nreturn f(p);',
    ],
    ['var f = (x) => {\n  return `a\n    b`;\n};\nreturn f(p);', 'var f = (x) => `a\n    b`;\nreturn f(p);'],
    ['return p ? () => { return 1; } : () => { return 2; };', 'return p ? () => 1 : () => 2;'],
    ['var f = () => { return p }\nq = f()\nreturn q', 'var f = () => p\nq = f()\nreturn q'],
    ['var f = () => { return p } // end\nq = f()\nreturn q', 'var f = () => p // end\nq = f()\nreturn q'],
    ['var f = () => { return p }\n(q)\nreturn f', undefined, /run on/],
    ['var f = () => { return p }\n[q]\nreturn f', undefined, /run on/],
    ['var f = () => { return p }\n/q/.test(q)\nreturn f', undefined, /run on/],
    ['var f = () => { return p }\n++q\nreturn f', undefined, /run on/],
    ['var f = () => { return p }\n/* why */ `${q}`\nreturn f', undefined, /run on/],
    ["for (var f = () => { return 'a' in Object(p) }; q; ) { return f(); }", undefined, /head of a loop/],
    ['var f = (x) => { return x; /* why */ }; return f(p);', undefined, /comment/],
    ['var f = (x) => { /* why */ return x; }; return f(p);', undefined, /comment/],
    ['var f = (x) => { return; }; return f(p);', undefined],
    ['var f = (x) => { q(); return x; }; return f;', undefined],
    ['var f = (x) => x; return f(p);', undefined],
  ])

  it('keeps types, comments inside and words as they are, and no line over 120 columns', () => {
    const typed = 'export const f = async (x: number): Promise<object> => { return {} as object }\n'
    expect(tryRecipe(arrowBodies, typed, { path: 'index.ts' }).text).toBe(
      'export const f = async (x: number): Promise<object> => ({} as object)\n',
    )
    const inside = 'exports.f = (x) => {\n  return x // why\n    ? 1\n    : 2\n}\n'
    expect(tryRecipe(arrowBodies, inside).text).toBe('exports.f = (x) => x // why\n  ? 1\n  : 2\n')
    const long = `exports.f = (x) => {\n  return '${'x'.repeat(110)}'\n}\n`
    expect(tryRecipe(arrowBodies, long)).toMatchObject({ text: long, reasons: ['the line would be long'] })
  })
})

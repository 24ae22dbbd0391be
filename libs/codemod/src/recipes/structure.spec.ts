import { describe, expect, it } from '@jest/globals'

import { tryRecipe } from '../../test/support/try-recipe.ts'
import { trapTable } from '../../test/support/trap-table.ts'
import { dedupeFunctions } from './dedupe-functions.ts'
import { inlineFunction } from './inline-function.ts'
import { unusedExports } from './unused-exports.ts'

describe('functions', () => {
  trapTable(inlineFunction, [
    ['function f(a) { return a + 1; }\nreturn f(p);', 'return (p + 1);'],
    ['function f(a, b) { return [a, b].length; }\nreturn f(p, 2);', 'return [p, 2].length;'],
    ['function f(a) { return { a }; }\nreturn f(p);', 'return ({ a: p });'],
    ['function f() { return q(); }\nreturn f();', 'return q();'],
    ['function f(a) { return a.toString(); }\nreturn f(1);', 'return (1).toString();'],
    ['function f(a) { return q(a) + a; }\nreturn f(p());', undefined, /effects/],
    ['var n = 1;\nfunction f(a) { return q(n = 2) + a; }\nreturn f(n);', undefined, /may change/],
    ['function f(a) { return a; }\nreturn f(p) + f(q);', undefined],
    ['function f(a) { return a + q; }\nreturn (function (q) { return f(1); })(2);', undefined, /something else/],
    ['function f(a) { return this === a; }\nreturn f(p);', undefined, /depends on the function/],
    ['function f(a) { return function () { return a; }; }\nreturn f(p);', undefined, /depends on the function/],
    ['function f(a) { return a ? f(0) : 1; }\nreturn p;', undefined, /calls itself/],
    ['function f(a, b) { return b; }\nreturn f(p);', undefined, /missing/],
    ['function f(a) { return a = 1; }\nreturn f(p);', undefined, /written/],
    ['function f(a) { return a; }\nreturn [f][0](p);', undefined],
    ['function f(a) { arguments; return 1; }\nreturn f(p);', undefined],
    ['function f(a) { return a; }\narguments[0] = q;\nreturn f(p);', undefined, /may change/],
    ['if (q) {\nfunction f(a) { return a; }\nlog(f(p));\n}\nreturn typeof f;', undefined],
    ['// why\nfunction f(a) { return a; }\nreturn f(p);', undefined, /comment/],
    ['var r = f(v);\nvar v = 1;\nfunction f(a) { return a; }\nreturn r;', undefined, /may change/],
  ])
})

const twice = (second: string, uses: string): string =>
  `function f(a) { var total = a + 1; return total * a; }\nfunction g(a) { ${second} }\nmodule.exports = function (p, q) {\n${uses}\n};\n`

describe('functions that stand twice', () => {
  const same = 'var total = a + 1; return total * a;'

  it('keeps the first, and calls it', () => {
    const { text } = tryRecipe(dedupeFunctions, twice(same, 'return f(p) + g(q);'))
    expect(text).toBe(
      'function f(a) { var total = a + 1; return total * a; }\nmodule.exports = function (p, q) {\nreturn f(p) + f(q);\n};\n',
    )
  })

  it.each([
    ['is compared', same, 'return f === g;', /more than calls/],
    ['is kept', same, 'q.g = g; return g(p);', /more than calls/],
    ['differs', 'var total = a + 2; return total * a;', 'return g(p);', undefined],
    ['is called where the first name is taken', same, 'var f = p; return g(f);', /something else/],
    ['has a twin that is replaced', same, 'f = p; return g(p);', /replaced/],
  ])('leaves a function alone that %s', (_, second, uses, reason) => {
    const code = twice(second, uses)
    const { text, reasons } = tryRecipe(dedupeFunctions, code)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })
})

describe('unused exports', () => {
  const code =
    'export const used = 1\nexport function helper() {\n  return used\n}\nexport const other = () => helper()\n'
  const base = {
    'package.json': '{"name":"x","type":"module","exports":"./index.js"}',
    'index.js': "import { used, other } from './lib/a.js'\nexport const value = used + other()\n",
  }
  const tried = (files: Readonly<Record<string, string>>) =>
    tryRecipe(unusedExports, code, { path: 'lib/a.js', files: { ...base, ...files } })

  it('takes the word from what nobody imports', () => {
    expect(tried({}).text).toBe(code.replace('export function', 'function'))
  })

  it.each([
    ['has no exports map', { 'package.json': '{"name":"x","type":"module"}' }, undefined],
    ['has a namespace import', { 'b.js': "import * as a from './lib/a.js'\nexport default a" }, /as a whole/],
    ['passes everything on', { 'b.js': "export * from './lib/a.js'" }, /as a whole/],
    ['loads it at run time', { 'b.js': "export default () => import('./lib/a.js')" }, /as a whole/],
    ['loads by computed names', { 'b.js': 'export default (name) => import(name)' }, /computed name/],
    ['has aliases', { 'tsconfig.json': '{"compilerOptions":{"paths":{"@/*":["./*"]}}}' }, /aliases/],
    [
      'is a workspace',
      { 'package.json': '{"name":"x","type":"module","exports":"./index.js","workspaces":["p/*"]}' },
      /workspace/,
    ],
    ['has pages of another language', { 'page.html': '<script type=module></script>' }, /not seen/],
    ['tests the function', { 'test/a.js': "import { helper } from '../lib/a.js'\nhelper()" }, undefined],
  ])('leaves all where the package %s', (_, files, reason) => {
    const { text, reasons } = tried(files)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })
})

import { describe, expect, it } from '@jest/globals'

import { numbers } from '../../test/support/random-program.ts'
import { settledOutcomesOf } from '../../test/support/settled-outcomes.ts'
import { settledTable } from '../../test/support/trap-table.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { asyncFunctions } from './async-functions.ts'

const LOAD = 'async function load(v) { return v; }\n'
/** An async function with a body, called with the argument. */
const inAsync = (body: string, head = 'async function f(x)'): string =>
  `${LOAD}${head} {\n  ${body.replaceAll('\n', '\n  ')}\n}\nreturn f(p);`

describe('chains in async functions', () => {
  settledTable(asyncFunctions, [
    [inAsync('return load(x).then((v) => [v, 1]);'), inAsync('const v = await load(x);\nreturn [v, 1];')],
    [inAsync('return load(x).then(() => 1);'), inAsync('await load(x);\nreturn 1;')],
    [inAsync('return load(x).then(({ a }) => a);'), inAsync('const { a } = await load(x);\nreturn a;')],
    [inAsync('return load(x).then((v) => ({ v }));'), inAsync('const v = await load(x);\nreturn ({ v });')],
    [
      inAsync('return load(x).then((v) => {\n  const w = [v];\n  // why\n  return w;\n});'),
      inAsync('const v = await load(x);\nconst w = [v];\n// why\nreturn w;'),
    ],
    [
      inAsync('return load(x).then(function (v) {\n  v = [v];\n  return v;\n});'),
      inAsync('let v = await load(x);\nv = [v];\nreturn v;'),
    ],
    [
      inAsync('return load(x).then((v) => { log(v); return v; });').replace('{ log', '{ q(v); log'),
      inAsync('const v = await load(x);\nq(v);\nlog(v);\nreturn v;'),
    ],
    [
      inAsync('return load(x)\n  .then((v) => v.a)\n  .then((w) => {\n    q(w);\n    return w.b ? w.b : w;\n  });'),
      inAsync('const v = await load(x);\nconst w = await v.a;\nq(w);\nreturn w.b ? w.b : w;'),
    ],
    [
      inAsync('return load(x)\n  .then((v) => {\n    q(v);\n    return v || 1;\n  })\n  .then((w) => [w]);'),
      inAsync('const v = await load(x);\nq(v);\nconst w = await (v || 1);\nreturn [w];'),
    ],
    [
      inAsync(
        'return load(x)\n  .then((v) => {\n    if (v) return q(v);\n    return 1;\n  })\n  .catch((e) => {\n    return [e.name];\n  });',
      ),
      inAsync(
        'try {\n  const v = await load(x);\n  if (v) return await q(v);\n  return 1;\n} catch (e) {\n  return [e.name];\n}',
      ),
    ],
    [
      inAsync('return load(x).then((v) => v.a || q).catch(() => 1);'),
      inAsync('try {\n  const v = await load(x);\n  return await (v.a || q);\n} catch {\n  return 1;\n}'),
    ],
    [
      inAsync('return load(x).catch((e) => [e]);'),
      inAsync('try {\n  return await load(x);\n} catch (e) {\n  return [e];\n}'),
    ],
    [
      inAsync('if (x) {\n  return load(x).then((v) => {\n    q(v);\n  });\n}'),
      inAsync('if (x) {\n  const v = await load(x);\n  q(v);\n}'),
    ],
    [
      inAsync('return load(x).then(async (v) => [await v.a]);'),
      inAsync('const v = await load(x);\nreturn [await v.a];'),
    ],
    [inAsync('return load(x).then((v) => [this, v]);'), inAsync('const v = await load(x);\nreturn [this, v];')],
  ])

  settledTable(asyncFunctions, [
    [inAsync('return load(x).then((v) => v, (e) => e);'), undefined, /other than one function/],
    [inAsync('return load(x).then(q);'), undefined, /other than one function/],
    [inAsync('return load(x).then((v) => v).catch((e) => e).then((w) => w);'), undefined, /within the chain/],
    [inAsync('return load(x)?.then((v) => v);'), undefined, /stop on its way/],
    [inAsync('return load(x).then(function (v) { return [this, v]; });'), undefined, /its own call/],
    [inAsync('return load(x).then(function (v) { return arguments.length; });'), undefined, /its own call/],
    [inAsync('return load(x).then(function again(v) { return v ? again(0) : 1; });'), undefined, /its own call/],
    [inAsync('return load(x).then(function* (v) { return v; });'), undefined, /generator/],
    [inAsync('return load(x).then((v, w) => [v, w]);'), undefined, /more than one/],
    [inAsync('return load(x).then((v = 1) => v);'), undefined, /more than one/],
    [inAsync('return load(x).then((...v) => v);'), undefined, /more than one/],
    [inAsync('return load(x).then((x) => [x]);'), undefined, /x means something else/],
    [inAsync('var v = 1;\nreturn load(v).then((w) => { let v = w; return v; });'), undefined, /v means something else/],
    [
      inAsync('return load(x).then((v) => { var p = v; return p; });\nfunction g() { return p; }'),
      undefined,
      /p means/,
    ],
    [inAsync('return load(q).then((v) => v.a).then((q) => [q]);'), undefined, /q means something else/],
    [
      inAsync('return load(x).then((v) => { const w = v; return w; }).then((u) => [u, typeof w]);'),
      undefined,
      /w means/,
    ],
    [inAsync('return load(x).then((v) => { var v; return v; });'), undefined, /v means something else/],
    [inAsync('return load(x).then((v) => v).then((v) => [v]);'), undefined, /v means something else/],
    [inAsync('try { return load(x).then((v) => v.a.b); } catch (e) { return 1; }'), undefined, /a try around/],
    [inAsync('for (const y of [x]) {\n  return load(y).then((v) => v);\n}'), undefined, /loop around/],
    [inAsync('if (x) return load(x).then((v) => v);'), undefined, /in no block/],
    [inAsync('if (x) {\n  return load(x).then((v) => { q(v); });\n}\nreturn 2;'), undefined, /code follows/],
    [inAsync('return q(x).then((v) => v).catch((e) => 1);'), undefined, /before there is a promise/],
    [inAsync('return load(x.a.b).then((v) => v).catch((e) => 1);'), undefined, /before there is a promise/],
    [
      inAsync('return load(x).then((v) => { if (v) return 1; return 2; }).then((w) => [w]);'),
      undefined,
      /returns early/,
    ],
    [inAsync('return load(x).then((v) => { q(v); }).then((w) => [w]);'), undefined, /gives nothing/],
    [inAsync('return load(x).then(() => {});'), undefined, /empty/],
    [inAsync("return load(x).then((v) => { 'use strict'; return v; });"), undefined, /directive/],
    [inAsync("return load(x).then((v) => eval('v'));"), undefined, /eval/],
    [inAsync('return load(x) /* why */ .then((v) => v);'), undefined, /comment/],
    [inAsync('return load(x).then((v) => /* why */ v);'), undefined, /comment/],
    [inAsync('q; return load(x).then((v) => v);'), undefined, /shares its line/],
    [inAsync('var g = load(x).then;\nreturn g;'), undefined],
    [inAsync('var g = load(x).then((v) => v);\nreturn g;'), undefined],
    [`${LOAD}async function* f(x) {\n  return load(x).then((v) => v);\n}\nreturn f(p).next();`, undefined],
  ])
})

describe('functions that become async', () => {
  const plain = (body: string, head = 'function f(x)'): string => inAsync(body, head)
  const made = (body: string): string => inAsync(body, 'async function f(x)')
  settledTable(asyncFunctions, [
    [plain('return load(x).then((v) => [v]);'), made('const v = await load(x);\nreturn [v];')],
    [
      plain('var y = 1;\nreturn Promise.resolve(x).then((v) => [v, y]);'),
      made('var y = 1;\nconst v = await Promise.resolve(x);\nreturn [v, y];'),
    ],
    [
      plain('return load(x).then((v) => [v]);', 'const f = (x) =>').replace('\n}\nreturn', '\n};\nreturn'),
      made('const v = await load(x);\nreturn [v];')
        .replace('async function f(x)', 'const f = async (x) =>')
        .replace('\n}\nreturn', '\n};\nreturn'),
    ],
    [plain('return q(x).then((v) => [v]);'), undefined, /may throw before/],
    [plain('return x.then((v) => [v]);'), undefined, /may throw before/],
    [plain('return load(x.a).then((v) => [v]);'), undefined, /may throw before/],
    [plain('q(x);\nreturn load(x).then((v) => [v]);'), undefined, /may throw before/],
    [plain('if (!x) return null;\nreturn load(x).then((v) => [v]);'), undefined, /does not always/],
    [plain('if (x) {\n  return load(x).then((v) => [v]);\n}'), undefined, /does not always/],
    [plain('return load(x).then((v) => [v]);', 'function f({ a: x })'), undefined, /parameters may throw/],
    [plain('return load(x).then((v) => [v]);').replace('return f(p)', 'return [f, f(p)]'), undefined, /others can see/],
    [plain('return load(x).then((v) => [v]);').replace('return f(p)', 'return new f(p)'), undefined, /others can see/],
    ['return Promise.resolve(p).then((v) => v);', undefined, /others can see/],
    [`${LOAD}return { get f() {\n  return load(p).then((v) => v);\n} }.f;`, undefined, /not async/],
    [
      'var Promise = q;\nfunction f(x) {\n  return Promise.resolve(x).then((v) => v);\n}\nreturn f(p);',
      undefined,
      /may throw/,
    ],
  ])
})

describe('layout and places', () => {
  it('keeps comments and a style without semicolons', () => {
    const code = `const load = require('./load')

/** Reads it. */
exports.read = async (path) => {
  return load(path)
    // not reached: a comment between two parts
    .then((text) => text)
}

exports.lines = async (path) => {
  return load(path)
    .then((text) => {
      // one a line
      const lines = text.split(\`
\`)

      return lines.filter((each) => {
        return each
      }) // done
    })
}
`
    const { text, reasons, places } = tryRecipe(asyncFunctions, code)
    expect(reasons).toEqual(['a comment stands between two parts of the chain'])
    expect(text.slice(text.indexOf('exports.lines'))).toBe(`exports.lines = async (path) => {
  const text = await load(path)
  // one a line
  const lines = text.split(\`
\`)

  return lines.filter((each) => {
    return each
  }) // done
}
`)
    expect(places.map((each) => each.slice(0, 21))).toEqual(['{\n      // one a line'])
  })

  it('keeps statements apart that have no semicolon between them', () => {
    const chain = (body: string, after = ''): string =>
      `exports.f = async (p) => {\n  return p.then((v) => {\n    ${body}\n  })${after}\n}\n`
    expect(tryRecipe(asyncFunctions, chain('[v].forEach(p.f)\n    return v')).text).toBe(
      'exports.f = async (p) => {\n  const v = await p;\n  [v].forEach(p.f)\n  return v\n}\n',
    )
    expect(tryRecipe(asyncFunctions, chain('return v', ';\n  [p].forEach(p.f)')).reasons).toEqual([
      'the next statement would run on from it',
    ])
  })

  it('leaves a variable of a handler inside, where another chain would meet it', () => {
    const code = `exports.f = async (p, q) => {
  if (p) {
    if (q) {
      return p.then((x) => {
        var v = [x]
        return v
      })
    }
    return q.then((v) => v)
  }
}
`
    const { text, reasons } = tryRecipe(asyncFunctions, code)
    expect(text).toContain('const x = await p\n      var v = [x]\n      return v\n')
    expect(text).toContain('return q.then((v) => v)')
    expect(reasons).toEqual(['v means something else in the function around'])
  })

  it('leaves exported functions as they are, and types that a handler has', () => {
    const code = 'export const f = () => {\n  return Promise.resolve(1).then((v) => v)\n}\n'
    expect(tryRecipe(asyncFunctions, code, { path: 'index.mjs' }).reasons).toEqual([
      'the function is not async, and others can see what it is',
    ])
    const typed = 'export const f = async () => {\n  return Promise.resolve(1).then((v): number => v)\n}\n'
    expect(tryRecipe(asyncFunctions, typed, { path: 'index.ts' }).reasons).toEqual(['a handler has types'])
    for (const parameter of ['v?: number', 'this: void']) {
      const code = `export const f = async () => {\n  return Promise.resolve(1).then(function (${parameter}) { return 1 })\n}\n`
      expect(tryRecipe(asyncFunctions, code, { path: 'index.ts' }).edits).toBe(0)
    }
    const kept = 'export const f = async (p: Promise<number>) => {\n  return p.then((v: number) => v)\n}\n'
    expect(tryRecipe(asyncFunctions, kept, { path: 'index.ts' }).text).toBe(
      'export const f = async (p: Promise<number>) => {\n  const v: number = await p\n  return v\n}\n',
    )
  })
})

describe('programs made by chance', () => {
  const values = ['v0', 'q', '[v0]', 'q(v0)', 'v0.a', 'load(v0)', "'x'", 'v0 && v0.a.b', 'Promise.reject(v0)']
  const lines = ['q(v0);', 'if (!v0) throw new RangeError("none");', 'const w0 = [v0];', 'if (v0 === 1) { q(1); }']

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('seed %i', async (seed) => {
    const next = numbers(seed)
    const pick = (items: readonly string[], n: number): string =>
      items[Math.floor(next() * items.length)]!.replaceAll('v0', `v${n}`).replaceAll('w0', `w${n}`)
    const then = (n: number): string =>
      next() < 0.4
        ? `\n    .then((v${n}) => ${pick(values, n)})`
        : `\n    .then((v${n}) => {\n      ${pick(lines, n)}\n      return ${pick(values, n)};\n    })`
    const links = Array.from({ length: 1 + Math.floor(next() * 3) }, (_, n) => then(n))
    const caught = next() < 0.5 ? '\n    .catch((e) => [String(e)])' : ''
    const code = inFunction(
      `${LOAD}async function f(x) {\n  return ${next() < 0.5 ? 'load(x)' : 'x'}${links.join('')}${caught};\n}\nreturn f(p);`,
    ).replace('f(p)', 'f(load(p))')
    const { text, edits, reasons } = tryRecipe(asyncFunctions, code)
    expect({ seed, edits, reasons }).toEqual({ seed, edits: 1, reasons: [] })
    expect(await settledOutcomesOf(text)).toEqual(await settledOutcomesOf(code))
  })
})

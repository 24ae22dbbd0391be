import { describe, expect, it } from '@jest/globals'

import { settledOutcomesOf } from '../../test/support/settled-outcomes.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { awaitedPromises } from './awaited-promises.ts'

const SAVE = 'async function save(v) { await null; seen.push(v); }'
const inAsync = (body: string, save = SAVE): string =>
  `const seen = [];\n${save}\nexports.f = async function f(x, y) {\n${body}\n};\n`

describe('promises that nobody takes', () => {
  it.each([
    ['save(x);\nreturn 1;', 'await save(x);\nreturn 1;'],
    ['if (x) save(x);\nreturn 1;', 'if (x) await save(x);\nreturn 1;'],
    ['if (x) {\n  save(x);\n} else save(y);', 'if (x) {\n  await save(x);\n} else await save(y);'],
    ['save(x)\nsave(y)', 'await save(x)\nawait save(y)'],
    ['// keeps it\nsave(x);', '// keeps it\nawait save(x);'],
  ])('%s -> %s', (before, after) => {
    expect(tryRecipe(awaitedPromises, inAsync(before)).text).toBe(inAsync(after))
  })

  it.each([
    ['const g = async () => save(x);\ng();', 'const g = async () => save(x);\nawait g();'],
    ['const g = async () => {\n  save(x);\n};\nreturn g;', 'const g = async () => {\n  await save(x);\n};\nreturn g;'],
  ])('%s -> %s', (before, after) => {
    expect(tryRecipe(awaitedPromises, inAsync(before)).text).toBe(inAsync(after))
  })
})

describe('what is left alone', () => {
  it.each([
    ['for (const each of x) save(each);', /a loop, try or switch/],
    ['while (x--) {\n  save(x);\n}', /a loop, try or switch/],
    ['try { save(x); } catch (e) { return e; }', /a loop, try or switch/],
    ['try { return 1; } finally { save(x); }', /a loop, try or switch/],
    ['switch (x) { case 1: save(x); }', /a loop, try or switch/],
    ['// fire and forget\nsave(x);', /a comment says/],
    ['save(x); // in the background', /a comment says/],
    ['// eslint-disable-next-line @typescript-eslint/no-floating-promises\nsave(x);', /a comment says/],
    ['const g = async () => { g(); };\nreturn g;', /comes back/],
    ['const g = async () => { h(); };\nconst h = async () => { g(); };\nreturn g;', /comes back/],
  ])('%s: %s', (body, reason) => {
    const { text, reasons } = tryRecipe(awaitedPromises, inAsync(body))
    expect(text).toBe(inAsync(body))
    expect(reasons.join('\n')).toMatch(reason)
  })

  it.each([
    ['void save(x);'],
    ['await save(x);'],
    ['return save(x);'],
    ['const p = save(x);\nreturn p;'],
    ['save(x).catch(() => {});'],
    ['x.forEach((each) => { save(each); });'],
    ['x && save(x);'],
    ['const save = x;\nsave(y);'],
    ['seen.save(x);'],
    ['save?.(x);'],
    ['x(save);\nx(y);'],
  ])('%s', (body) => {
    const code = inAsync(body)
    expect(tryRecipe(awaitedPromises, code)).toMatchObject({ text: code, reasons: [] })
  })

  it.each([
    ['function save(v) { seen.push(v); }', undefined],
    ['async function* save(v) { yield v; }', undefined],
    ['let save = async (v) => { seen.push(v); };\nsave = exports.save;', undefined],
    ['async function save(v) { while (true) await v; }', /for ever/],
    ['async function save(v) { for (;;) await v; }', /for ever/],
    ['async function save(v) { do { await v; } while (1); }', /for ever/],
  ])('%s', (save, reason) => {
    const code = inAsync('save(x);', save)
    const { text, reasons } = tryRecipe(awaitedPromises, code)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
    else expect(reasons).toEqual([])
  })

  it('and code that no async function runs', () => {
    const plain = inAsync('save(x);').replace('= async', '=')
    expect(tryRecipe(awaitedPromises, plain)).toMatchObject({ text: plain, reasons: [] })
    const top = `${SAVE}\nsave(1);\n`
    expect(tryRecipe(awaitedPromises, top, { path: 'index.mjs' }).edits).toBe(0)
  })
})

describe('what sessions see', () => {
  it('names the statement and the body of the function that it calls', () => {
    expect(tryRecipe(awaitedPromises, inAsync('if (x) save(x);')).places).toEqual([
      'save(x);',
      '{ await null; seen.push(v); }',
    ])
  })

  it('comes to the same where nothing fails and nothing after it looks', async () => {
    const code = inFunction(
      'async function note(v) { log(typeof v); }\nasync function f(v) {\n  note(v);\n  return v;\n}\nreturn f(q);',
    )
    const { text } = tryRecipe(awaitedPromises, code)
    expect(text).toContain('  await note(v);')
    expect(await settledOutcomesOf(text)).toEqual(await settledOutcomesOf(code))
  })
})

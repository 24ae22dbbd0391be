import { describe, expect, it } from '@jest/globals'

import { treeOf } from '../../test/support/project.ts'
import { analyze, metricsOf } from './analyze.ts'

const one = (code: string, path = 'index.js') => analyze(treeOf({ [path]: code })).files[0]!

describe('analysis of files', () => {
  it.each([
    ['index.js', 'source'],
    ['lib/latest.js', 'source'],
    ['test/a.js', 'test'],
    ['src/a.spec.ts', 'test'],
    ['test-core.js', 'test'],
    ['example/parse.js', 'example'],
    ['eslint.config.mjs', 'config'],
    ['dist/index.js', 'generated'],
    ['vendor/x.js', 'vendored'],
    ['lib/x.min.js', 'minified'],
    ['index.d.ts', 'declaration'],
  ])('knows what %s is for: %s', (path, role) => {
    expect(one('exports.a = 1;\n', path)).toMatchObject({ role, editable: role === 'source' })
  })

  it.each([
    ['export const a = 1', 'index.js', 'esm'],
    ['exports.a = 1', 'index.js', 'commonjs'],
    ["require('x')", 'index.js', 'commonjs'],
    ['var a = 1', 'index.js', 'script'],
    ["if (typeof module !== 'undefined') module.exports = 1", 'index.js', 'script'],
    ['var a = 1', 'index.mjs', 'esm'],
    ['var a = 1', 'index.cjs', 'commonjs'],
  ])('knows how %j in %s is loaded: %s', (code, path, moduleKind) => {
    expect(one(code, path).moduleKind).toBe(moduleKind)
  })

  it('takes the type of the nearest package.json', () => {
    const { files } = analyze(
      treeOf({ 'package.json': '{"type":"module"}', 'a.js': '', 'old/package.json': '{}', 'old/b.js': 'require("x")' }),
    )
    expect(files.map(({ moduleKind }) => moduleKind)).toEqual(['esm', 'commonjs'])
  })

  it('names a syntax error and goes on with the other files', () => {
    const { syntaxErrors, files } = analyze(
      treeOf({ 'a.js': 'exports.a = 1;', 'b.js': 'exports.b = 1;\nexports.c = ;' }),
    )
    expect(syntaxErrors).toEqual([{ path: 'b.js', line: 2, column: 13, message: 'Expression expected.' }])
    expect(files.map(({ editable }) => editable)).toEqual([true, false])
  })

  it('leaves out files that are no text', () => {
    const tree = new Map([
      ...treeOf({ 'a.js': '' }),
      ['b.js', { content: new Uint8Array([0xff, 0xfe, 0]), executable: false }],
    ])
    expect(analyze(tree).files.map(({ path }) => path)).toEqual(['a.js'])
  })

  it('respects include and exclude', () => {
    const { files } = analyze(
      treeOf({ 'a.js': 'exports.a = 1', 'lib/b.js': 'exports.b = 1', 'lib/c.js': 'exports.c = 1' }),
      { include: ['lib/**'], exclude: ['**/c.js'] },
    )
    expect(files.filter(({ editable }) => editable).map(({ path }) => path)).toEqual(['lib/b.js'])
  })
})

describe('measures', () => {
  const code = `exports.f = function f(a, b) {
  if (a && b) {
    for (const x of a) {
      if (x || b) { return 1; } else { return 2; }
    }
  } else if (b) { return 3; }
  return a ? 1 : 2;
};
`
  it('counts decisions, and weighs them by nesting', () => {
    const { functions } = analyze(treeOf({ 'index.js': code }))
    // 1 + if, &&, for, if, ||, else if, ?: and 1 + && + (for 2) + (if 3 + || + else 1) + else if + ?:
    expect(functions).toEqual([
      {
        path: 'index.js',
        name: 'f',
        line: 1,
        endLine: 8,
        lines: 8,
        parameters: 2,
        cyclomatic: 8,
        cognitive: 11,
        nesting: 3,
      },
    ])
  })

  it('finds copies between and within files', () => {
    const body = Array.from({ length: 12 }, (_, line) => `  total = total + item.price * ${line} - other;`).join('\n')
    const { files, smells } = analyze(
      treeOf({ 'a.js': `exports.a = () => {\n${body}\n};`, 'b.js': `exports.b = () => {\n${body}\n};` }),
    )
    expect(files.map(({ duplicatedLines }) => duplicatedLines)).toEqual([14, 14])
    expect(smells.find(({ kind }) => kind === 'duplicated-code')).toMatchObject({ path: 'b.js', line: 1 })
  })

  it('compares a tree with what became of it', () => {
    const before = treeOf({ 'index.js': code })
    const after = treeOf({ 'index.js': 'exports.f = 1;\n' })
    expect(metricsOf(before, ['index.js'])).toMatchObject({ files: 1, functions: 1, cyclomatic: 9 })
    expect(metricsOf(after, ['index.js'])).toMatchObject({ files: 1, functions: 0, cyclomatic: 1, cognitive: 0 })
  })

  it('shows smells with their place and measure', () => {
    const steps = Array.from({ length: 70 }, (_, line) => `  a(${line});`).join('\n')
    const { smells } = analyze(
      treeOf({ 'index.js': `exports.f = function (a) {\nvar b = 1;\n${steps}\nreturn;\na();\n};\n` }),
    )
    expect(smells.map(({ kind, line, measure }) => [kind, line, measure])).toEqual([
      ['long-function', 1, 75],
      ['function-scoped-variable', 2, 1],
      ['unused-variable', 2, 1],
      ['dead-code', 74, 1],
    ])
  })
})

describe('package facts', () => {
  it('finds the ways in', () => {
    const files = { 'index.js': '', 'lib/a.js': '', 'bin/x.js': '', 'secret.js': '' }
    const facts = (manifest: string) => analyze(treeOf({ 'package.json': manifest, ...files })).package
    expect(facts('{"name":"x","main":"lib/a","bin":{"x":"./bin/x.js"}}')).toMatchObject({
      entryPoints: ['bin/x.js', 'lib/a.js'],
      importableModules: ['bin/x.js', 'index.js', 'lib/a.js', 'secret.js'],
      hasExportsMap: false,
      private: false,
    })
    expect(facts('{"name":"x","exports":{".":{"import":"./index.js"},"./*":"./lib/*.js"}}').importableModules).toEqual([
      'index.js',
      'lib/a.js',
    ])
  })

  it('finds import cycles', () => {
    const { cycles } = analyze(
      treeOf({ 'a.js': "require('./b')", 'b.js': "require('./a.js')", 'c.js': "require('./a')" }),
    )
    expect(cycles).toEqual([['a.js', 'b.js']])
  })
})

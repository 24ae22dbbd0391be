import { describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'
import { plainMessage } from '../tests-output/plain-message.ts'
import { matchesAny } from './allowance.ts'
import { isImportable, roleOf } from './file-roles.ts'
import { isFloorChange } from './floor-changes.ts'
import { privateMembers } from './private-members.ts'
import { bareTokens } from './scope-gate.ts'
import { surfaceModules } from './surface-modules.ts'
import { compareSurfaces } from './surface-probe.ts'

const treeOf = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]))

describe('the roles of files', () => {
  it('tells tests, snapshots, settings and code apart', () => {
    const roles = Object.fromEntries(
      [
        'test/a.js',
        'src/a.spec.ts',
        '__snapshots__/a.snap',
        'a.approved.txt',
        '.eslintrc',
        '.github/workflows/ci.yml',
        'tsconfig.json',
        'package.json',
        'src/a.ts',
        'README.md',
        'src/latest.js',
      ].map((path) => [path, roleOf(path)]),
    )
    expect(roles).toEqual({
      'test/a.js': 'test',
      'src/a.spec.ts': 'test',
      '__snapshots__/a.snap': 'snapshot',
      'a.approved.txt': 'snapshot',
      '.eslintrc': 'lint',
      '.github/workflows/ci.yml': 'ci',
      'tsconfig.json': 'build',
      'package.json': 'manifest',
      'src/a.ts': 'code',
      'README.md': 'other',
      'src/latest.js': 'code',
    })
  })

  it.each([
    ['Package.json', 'manifest'],
    ['.GitHub/workflows/ci.yml', 'ci'],
    ['Test/a.js', 'test'],
    ['binding.gyp', 'build'],
    ['.pnpmfile.cjs', 'manifest'],
    ['.yarnrc.yml', 'manifest'],
    ['.vscode/tasks.json', 'build'],
    ['.envrc', 'build'],
    ['.gitattributes', 'build'],
    ['Gruntfile.js', 'build'],
    ['.lintstagedrc.js', 'ci'],
    ['.iama.yaml', 'build'],
    ['src/contest/a.js', 'code'],
  ])('knows what runs by itself or on other file systems: %s', (path, role) => {
    expect(roleOf(path)).toBe(role)
  })

  it('takes for importable what users could import', () => {
    const paths = [
      'index.js',
      'lib/a.mjs',
      'example/a.js',
      'bench/b.js',
      'a.min.js',
      'rollup.config.js',
      'types.d.ts',
      '.hidden/a.js',
    ]
    expect(paths.filter(isImportable)).toEqual(['index.js', 'lib/a.mjs'])
  })
})

describe('surfaceModules', () => {
  it('follows exports with patterns and conditions', () => {
    const exports = {
      '.': { import: './src/index.js', require: './cjs/index.cjs' },
      './f/*': './src/f/*.js',
      './package.json': './package.json',
    }
    const tree = treeOf({
      'package.json': JSON.stringify({ exports }),
      'src/index.js': '',
      'src/f/a.js': '',
      'src/hidden.js': '',
    })
    expect(surfaceModules(tree)).toEqual(['src/f/a.js', 'src/index.js'])
  })

  it('takes every module when there are no exports, but no programs', () => {
    const tree = treeOf({
      'package.json': '{"bin":"./cli.js"}',
      'index.js': '',
      'lib/a.js': '',
      'cli.js': '',
      'run.js': '#!/usr/bin/env node',
      'test/a.js': '',
    })
    expect(surfaceModules(tree)).toEqual(['index.js', 'lib/a.js'])
  })
})

describe('compareSurfaces', () => {
  const facts = (entries: Record<string, string>) => new Map([['a.js', { facts: entries }]])

  it('names each change', () => {
    const changes = compareSurfaces(
      facts({ kind: 'function', arity: '2' }),
      facts({ kind: 'function', arity: '3', strict: 'true' }),
    )
    expect(changes.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      'a.js#arity: 2 became 3',
      'a.js#strict: new: true',
    ])
    expect(compareSurfaces(facts({}), new Map([['a.js', { failed: 'SyntaxError: x' }]]))[0]!.message).toMatch(
      'no longer be imported',
    )
  })

  it('does not count hidden members of classes', () => {
    const before = facts({ 'A.prototype.properties': 'constructor(wc) run(wc)' })
    const after = facts({
      'A.prototype.properties': 'constructor(wc) run(wc) glue(wc)',
      'A.prototype.glue.kind': 'function',
    })
    expect(compareSurfaces(before, after, new Set(['glue']))).toEqual([])
    expect(compareSurfaces(before, after)).toHaveLength(2)
  })

  it('finds private members, unless another class has them in public', () => {
    const tree = treeOf({ 'a.ts': 'class A { private x = 1; private y() {} z() {} }', 'b.ts': 'class B { y() {} }' })
    expect([...privateMembers([tree])]).toEqual(['x'])
  })
})

describe('a raised floor', () => {
  const raised = { floorRaised: true }
  it('may touch engines and language options only', () => {
    const lint = '{ "rules": { "a": 1 }, "parserOptions": { "ecmaVersion": 5 } }'
    expect(isFloorChange('.eslintrc', lint, lint.replace('5 }', '2022 }'), raised)).toBe(true)
    expect(
      isFloorChange(
        '.eslintrc',
        '{ "rules": {} }',
        '{ "rules": {}, "parserOptions": { "ecmaVersion": 2022 } }',
        raised,
      ),
    ).toBe(true)
    expect(isFloorChange('.eslintrc', lint, lint.replace('"a": 1', '"a": 0'), raised)).toBe(false)
    const parser = '"parserOptions": { "ecmaVersion": 2022, "allowReserved": false }'
    expect(isFloorChange('.eslintrc', '{ "rules": {} }', `{ "rules": {}, ${parser} }`, raised)).toBe(true)
    expect(isFloorChange('package.json', '{"name":"a"}', '{"name":"a","engines":{"node":">=20"}}', raised)).toBe(true)
    expect(isFloorChange('package.json', '{"name":"a"}', '{"name":"b","engines":{"node":">=20"}}', raised)).toBe(false)
    expect(isFloorChange('package.json', '{"name":"a"}', '{"name":"a","scripts":{"test":"true"}}', raised)).toBe(false)
    expect(isFloorChange('tsconfig.json', '{"target":"es5"}', '{"target":"es2022"}', raised)).toBe(true)
    expect(isFloorChange('package.json', '{"name":"a"}', '{"name":"a","engines":{"node":">=20"}}', {})).toBe(false)
  })

  it.each([
    ['eslint.config.js', 'export default [{ rules: { a: 2 } }]', 'export default [\n  { rules: { a: 2, }, }\n]'],
    ['.eslintrc', '{ "env": { "node": true } }', '{ "env": { "node": true, "es6": true } }'],
    ['.eslintrc.json', '// ours\n{ "rules": {} }', '{ "rules": {}, "parserOptions": { "ecmaVersion": 2022 } }'],
    [
      '.eslintrc.js',
      'module.exports = { languageOptions: { parserOptions: { ecmaVersion: 5 } } }',
      'module.exports = {}',
    ],
    ['.eslintrc.yml', 'parserOptions:\n  ecmaVersion: 5\n', 'parserOptions:\n  ecmaVersion: 2022\n'],
    ['tsconfig.json', '{ "a": 1 }', '{ "a": 1, // level\n "target": "es2022", "lib": ["es2022", "dom"] }'],
  ])('may write the edition and what only it needs into %s: %s', (path, before, after) => {
    expect(isFloorChange(path, before, after, raised)).toBe(true)
  })

  it.each([
    ['eslint.config.js', 'a = {\n// all\nrules: { eqeqeq: 2 },\n}', 'a = {\n// all rules: { eqeqeq: 2 },\n}'],
    ['eslint.config.js', 'a = { rules: b }', 'a = { rules: b, ecmaVersion: process.exit() }'],
    ['tsconfig.json', '{\n// all\n"strict": true }', '{\n// all "strict": true\n}'],
    ['tsconfig.json', '{ "a": 1 }', '{ "a": 1, "lib": [{ "b": 1 }] }'],
    ['.eslintignore', 'li\nb\n', 'lib\n'],
    ['.eslintrc.yml', 'rules:\n  eqeqeq: 2\n', 'rules:\neqeqeq: 2\n'],
    ['.eslintrc.json', '{ "rules": { "a": [1, 2] } }', '{ "rules": { "a": [12] } }'],
    ['.eslintrc.json', '{ "rules": {} }', '{ "rules": {} '],
    ['package.json', '{ "main": "a.js" }', '{ "main": "b.js", "main": "a.js", "engines": { "node": ">=20" } }'],
    ['package.json', '{ "main": "a.js" }', '\uFEFF{ "main": "a.js" }'],
  ])('may not change %s beside it: %s', (path, before, after) => {
    expect(isFloorChange(path, before, after, raised)).toBe(false)
  })
})

describe('small rules', () => {
  it('sees through layout only', () => {
    expect(bareTokens("f( 'a' );\n")).toBe(bareTokens('f("a")'))
    expect(bareTokens('[1, 2,\n]')).toBe(bareTokens('[1,2]'))
    expect(bareTokens('a = 1')).not.toBe(bareTokens('a = 2'))
  })

  it('matches permitted names whole or by prefix', () => {
    expect(matchesAny('a.js#f.arity', ['a.js#f.arity'])).toBe(true)
    expect(matchesAny('a.js#f.arity', ['a.js#f*'])).toBe(true)
    expect(matchesAny('a.js#f.arity', ['a.js#f'])).toBe(false)
    expect(matchesAny('a', undefined)).toBe(false)
  })

  it('keeps the machine out of messages', () => {
    const message =
      '\u001b[31mError\u001b[39m: no such file /home/u/w/verdict-tests/a.js\n    at f (/home/u/w/verdict-tests/a.js:1:2)\n    at node:internal/x:3:4\nend'
    expect(plainMessage(message)).toBe('Error: no such file a.js\nend')
  })
})

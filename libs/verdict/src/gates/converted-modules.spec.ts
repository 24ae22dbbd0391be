import { describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'
import { convertedModules } from './converted-modules.ts'

const treeOf = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]))

const sources = ['lib/index.js', 'lib/parse.js', 'lib/format.js', 'lib/deep/index.js']

const usual = { name: 'x', private: true, main: 'lib' }

/** What becomes of those sources as ES modules, where other files are what they were. */
const converted = (
  others: Readonly<Record<string, string>>,
  manifest: Readonly<Record<string, unknown>> = usual,
  allow = { esModules: true },
) => {
  const tree = (text: string, more: object): Tree =>
    treeOf({
      'package.json': JSON.stringify({ ...manifest, ...more }),
      ...Object.fromEntries(sources.map((file) => [file, text])),
      ...others,
    })
  return convertedModules(tree('exports.a = 1', {}), tree('export const a = 1', { type: 'module' }), allow)
}

const inside = (...given: Parameters<typeof converted>): string[] => [...converted(...given).inside].sort()

const all = ['lib/deep/index.js', 'lib/format.js', 'lib/parse.js']

describe('modules inside of a package', () => {
  it('are those that no entry point and no unchanged file names', () => {
    expect(inside({ 'README.md': "require('./lib/parse')" })).toEqual(all)
    expect(inside({ 'test/a.js': "const { a } = require('../lib/format')" })).toEqual([
      'lib/deep/index.js',
      'lib/parse.js',
    ])
    expect(inside({ 'test/a.mjs': "import '../lib/format.js'" })).not.toContain('lib/format.js')
    expect(inside({ 'test/a.mjs': "import('../lib/format.js?again')" })).not.toContain('lib/format.js')
    expect(inside({ 'test/a.ts': "import type { A } from '../lib/deep'" })).not.toContain('lib/deep/index.js')
    expect(inside({ 'test/a.js': "jest.mock('../lib/parse', () => ({}))" })).not.toContain('lib/parse.js')
    expect(inside({ 'a.config.cjs': "module.exports = { setup: './lib/parse' }" })).not.toContain('lib/parse.js')
    expect(inside({ 'test/a.js': "require('x/lib/parse.js')" })).not.toContain('lib/parse.js')
  })

  it('are none without the approval, and none of a package that others install', () => {
    expect(inside({}, usual, { esModules: false })).toEqual([])
    expect(inside({}, { ...usual, private: false })).toEqual([])
    expect(inside({}, { name: 'x', main: 'lib' })).toEqual([])
  })

  it.each<[string, Record<string, unknown>, string[]]>([
    ['an index without main and exports', { main: undefined }, [...all, 'lib/index.js'].sort()],
    ['main without an ending', { main: './lib/parse' }, ['lib/deep/index.js', 'lib/format.js', 'lib/index.js']],
    ['exports by patterns', { exports: { './*': { default: './lib/*.js' } } }, []],
    ['a program', { bin: { x: 'lib/format.js' } }, ['lib/deep/index.js', 'lib/parse.js']],
    ['a module for browsers', { browser: { './lib/format.js': './lib/parse.js' } }, ['lib/deep/index.js']],
    ['a name inside', { imports: { '#p': './lib/parse.js' } }, ['lib/deep/index.js', 'lib/format.js']],
    ['a setting', { jest: { setupFiles: ['<rootDir>/lib/parse.js'] } }, ['lib/deep/index.js', 'lib/format.js']],
    ['a script that asks', { scripts: { a: 'node -r ./lib/parse a.js' } }, ['lib/deep/index.js', 'lib/format.js']],
    ['a setting without a dot', { mocha: { require: 'lib/parse.js' } }, ['lib/deep/index.js', 'lib/format.js']],
    ['names of its own', { _moduleAliases: { '@lib': 'lib' } }, []],
    ['another way to look for modules', { scripts: { test: 'NODE_PATH=. mocha' } }, []],
    ['a way in that a build makes', { main: 'dist/index.js' }, []],
    ['a script that runs', { scripts: { a: 'node lib/parse.js' }, files: ['lib'] }, all],
  ])('are not what package.json leads to: %s', (_, manifest, left) => {
    expect(inside({}, { ...usual, ...manifest })).toEqual(left)
  })

  it.each([
    'require(name)',
    "require('../lib/' + name)",
    'import(name)',
    '[name].map(require)',
    'const load = require',
    'module.require(name)',
    "module['require'](name)",
    "require.resolve('../lib/index')",
    "delete require.cache['x']",
    "import { createRequire } from 'node:module'",
    "fs.readdirSync(path.join(__dirname, '../lib')).forEach(load)",
    'load(`${__dirname}/../lib/parse`)',
    'const here = import.meta.url',
    'const { dirname } = import.meta',
    'load(`../lib/${name}`)',
    "require('require-dir')('../lib')",
    "eval('require')('../lib/parse')",
  ])('are none where a file may ask for any: %s', (code) => {
    expect(inside({ 'test/a.js': code })).toEqual([])
  })

  it.each([
    "if (require.main === module) require('./helper')",
    "spawn('node', ['x.js'], { cwd: __dirname })",
    'const { required } = options.require_',
    'if (import.meta.main) run()',
    "const text = './' === name",
    'function A() { return new.target }',
  ])('are not touched by what asks for nothing: %s', (code) => {
    expect(inside({ 'test/a.js': code })).toEqual(all)
  })

  it('are none below a package of its own, and stay below a folder that says what it is made of', () => {
    expect(inside({ 'lib/deep/package.json': '{"name":"deep"}' })).toEqual(['lib/format.js', 'lib/parse.js'])
    expect(inside({ 'test/package.json': '{"type":"commonjs"}', 'test/a.js': "require('..')" })).toEqual(all)
  })

  it('are named by settings that are no code', () => {
    expect(inside({ '.mocharc.yml': 'require: ./lib/parse.js\nspec: test/*.js' })).not.toContain('lib/parse.js')
    expect(inside({ 'test/mocha.opts': '--require ./lib/parse.js' })).not.toContain('lib/parse.js')
    expect(inside({ Makefile: 'test:\n\tnode -e "require(\'./lib/parse\')"\n' })).not.toContain('lib/parse.js')
    expect(inside({ 'bin/run': "#!/usr/bin/env node\nrequire('../lib/parse')\n" })).not.toContain('lib/parse.js')
    expect(inside({ 'tsconfig.json': '{ "include": ["lib/**/*.js"] }' })).toEqual(all)
  })

  it('are asked for otherwise', () => {
    const { asked } = converted({ 'test/a.js': "require('../lib/format')" })
    expect([...asked].sort()).toEqual(['lib/format.js', 'lib/index.js'])
  })

  it('keep the names that unchanged ES modules import', () => {
    const lost = (file: string, code: string) => converted({ [file]: code }).lost.map(({ name }) => name)
    expect(converted({ 'test/a.mjs': "import f, { a, b as c } from '../lib/format.js'" }).lost).toEqual([
      { module: 'lib/format.js', name: 'default', by: 'test/a.mjs' },
      { module: 'lib/format.js', name: 'b', by: 'test/a.mjs' },
    ])
    expect(lost('test/a.mjs', "export { a, b } from '../lib/format.js'")).toEqual(['b'])
    expect(lost('test/a.mjs', "import { a } from '../lib/format.js'; import { b } from 'lib'")).toEqual([])
    expect(lost('test/a.ts', "import { b } from '../lib/format.js'")).toEqual([])
  })

  it('do not get there by the loss of who asked for them', () => {
    const files = (text: string, type: object, others: object): Tree =>
      treeOf({
        'package.json': JSON.stringify({ ...usual, ...type }),
        'lib/index.js': text,
        'lib/parse.js': text,
        ...others,
      })
    const before = files('exports.a = 1', {}, { 'test/a.js': "require('../lib/parse')" })
    const after = files('export const a = 1', { type: 'module' }, {})
    expect([...convertedModules(before, after, { esModules: true }).inside]).toEqual([])
  })

  it('were CommonJS before', () => {
    const before = treeOf({ 'package.json': '{"private":true,"type":"module"}', 'a.js': 'export {}', 'b.cjs': '' })
    const after = treeOf({ 'package.json': '{"private":true,"type":"module"}', 'a.js': 'export { }', 'b.cjs': ' ' })
    expect(convertedModules(before, after, { esModules: true })).toEqual({
      asked: new Set(),
      inside: new Set(),
      lost: [],
    })
  })
})

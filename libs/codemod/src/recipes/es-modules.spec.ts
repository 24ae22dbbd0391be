import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { analyze } from '../analysis/analyze.ts'
import { explainNothing } from '../proposals/propose.ts'

type Files = Readonly<Record<string, string>>

const manifest =
  '{\n  "name": "shop",\n  "private": true,\n  "main": "lib/index.js",\n  "engines": { "node": ">=24" }\n}\n'
const strict = "'use strict'\n\n"

const inPackage = (files: Files): Files => ({ 'package.json': manifest, ...files })

/** The texts of the files that the edit changes or makes. */
const converted = (files: Files): Files => {
  const { tree, patch } = refactor(treeOf(inPackage(files)), { goal: 'modules' }, 'modules')
  if (patch.edits.length === 0) throw new Error(reasonOf(files))
  const touched = patch.edits.flatMap(({ operations }) => operations.map((each) => ('path' in each ? each.path : '')))
  return Object.fromEntries([...new Set(touched)].map((path) => [path, textIn(tree, path)]))
}

const reasonOf = (files: Files): string => {
  const tree = treeOf(inPackage(files))
  return explainNothing(tree, analyze(tree), { goal: 'modules' }).join('\n')
}

describe('ES modules instead of CommonJS', () => {
  it('converts all files of a private package in one edit, and says so in package.json', () => {
    const files = converted({
      'lib/index.js': `${strict}const { join } = require('node:path')\nconst { parse } = require('./parse')\n\nconst run = (text) => join('a', parse(text))\n\nmodule.exports = { run }\n`,
      'lib/parse.js': `${strict}function parse(text) {\n  return text.trim()\n}\n\nmodule.exports = { parse }\n`,
      'test/run.js': "const { run } = require('..')\nif (run(' b ') !== 'a/b') throw new Error()\n",
    })
    expect(files).toEqual({
      'package.json': manifest.replace('"private"', '"type": "module",\n  "private"'),
      'test/package.json': '{\n  "type": "commonjs"\n}\n',
      'lib/index.js':
        "import { join } from 'node:path'\nimport { parse } from './parse.js'\n\nconst run = (text) => join('a', parse(text))\n\nconst api = { run }\nexport { run, api as default, api as 'module.exports' }\n",
      'lib/parse.js': 'function parse(text) {\n  return text.trim()\n}\n\nexport { parse }\n',
    })
  })

  it('leaves tests in TypeScript that ask by require what they are', () => {
    const files = converted({
      'lib/index.js': `${strict}exports.a = 1\n`,
      'test/run.ts': "const { a } = require('..')\nif (a !== 1) throw new Error()\n",
      'types.d.ts': 'declare const version: string\n',
    })
    expect(files['test/package.json']).toBe('{\n  "type": "commonjs"\n}\n')
  })

  it('raises the floor to a Node whose require gives ES modules, in an edit of its own', () => {
    const { tree, patch, proposals } = refactor(
      treeOf({
        'package.json': '{\n  "name": "shop",\n  "private": true,\n  "main": "index.js"\n}\n',
        'index.js': `${strict}exports.a = 1\n`,
      }),
      { goal: 'esm' },
    )
    expect(proposals[0]).toMatchObject({ id: 'modules', kind: 'modules', floorAfter: { node: '22.12.0' } })
    expect(patch.edits.map(({ recipe, dependsOn }) => [recipe, dependsOn])).toEqual([
      ['raise-floor', []],
      ['es-modules', ['raise-floor:package.json']],
    ])
    expect(JSON.parse(textIn(tree, 'package.json'))).toEqual({
      name: 'shop',
      type: 'module',
      private: true,
      main: 'index.js',
      engines: { node: '>=22.12' },
    })
  })

  const exported: [string, string, string][] = [
    ['a constant', 'function f() {}\nmodule.exports = f\n', 'function f() {}\nexport default f\n'],
    ['a function that has a name', 'module.exports = function f() {};\n', 'export default function f() {}\n'],
    ['a class that has a name', 'module.exports = class F {}\n', 'export default class F {}\n'],
    ['a function without a name', 'module.exports = function () {}\n', 'export default function other() {}\n'],
    [
      'a generator without a name, its own name taken',
      'const other = 1\nmodule.exports = async function* (a) { yield other + a }\n',
      'const other = 1\nexport default async function* other2(a) { yield other + a }\n',
    ],
    [
      'a class without a name',
      'module.exports = class extends Error {}\n',
      'export default class other extends Error {}\n',
    ],
    [
      'an arrow function',
      'module.exports = (a) => a\nmodule.exports.b = 1\n',
      'const other = (a) => a\nexport { other as default }\nother.b = 1\n',
    ],
    ['another value', 'module.exports = Object.freeze([1])\n', 'export default Object.freeze([1])\n'],
    [
      'names one by one',
      'const a = 1\nconst b = 2\nexports.a = a\nexports.c = b\nexports.d = a + b\n',
      'const a = 1\nconst b = 2\nexport { a, b as c }\nexport const d = a + b\n',
    ],
    [
      'an object of which not all are names',
      'const a = 1\nmodule.exports = { a, size: a + 1 }\n',
      'const a = 1\nconst api = { a, size: a + 1 }\nexport { a, api as default }\n',
    ],
    [
      'a function with properties',
      'function f() {}\nmodule.exports = f\nmodule.exports.g = () => 1\n',
      'function f() {}\nexport default f\nf.g = () => 1\n',
    ],
  ]
  it.each(exported)('exports %s', (_, before, after) => {
    const use = "const other = require('./other')\nexports.use = function use() { return other }\n"
    expect(converted({ 'lib/index.js': strict + use, 'lib/other.js': strict + before })['lib/other.js']).toBe(
      // the importer takes the whole of it, so that names alone do not do
      after.replace(
        'export const d = a + b\n',
        'export const d = a + b\nconst api = { a, c: b, d }\nexport { api as default }\n',
      ),
    )
  })

  const imported: [string, string, string][] = [
    [
      'all of a module',
      "const other = require('./other')\nexports.a = function a() { return other }\n",
      "import other from './other.js'\n",
    ],
    [
      'names that it only reads and calls',
      "const other = require('./other')\nexports.a = function a() { return other.one(other.two) }\n",
      "import * as other from './other.js'\n",
    ],
    [
      'names',
      "const { one, two: second } = require('./other')\nexports.a = function a() { return one(second) }\n",
      "import { one, two as second } from './other.js'\n",
    ],
    [
      'one name',
      "const first = require('./other').one\nexports.a = function a() { return first() }\n",
      "import { one as first } from './other.js'\n",
    ],
    ['nothing', "require('./other')\nexports.a = 1\n", "import './other.js'\n"],
    [
      'what it does not export by name',
      "const { one, toString } = require('./other')\nexports.a = function a() { return one(toString) }\n",
      "import other from './other.js'\nconst { one, toString } = other\n",
    ],
    [
      'a value inside other code',
      "const one = require('debug')('shop')\nexports.a = function a() { return one() }\n",
      "import debug from 'debug'\nconst one = debug('shop')\n",
    ],
    [
      'JSON',
      "const { version } = require('../package.json')\nexports.a = function a() { return version }\n",
      "import package from '../package.json' with { type: 'json' }\nconst { version } = package\n".replaceAll(
        /package(?=\n| from)/g,
        'packageModule',
      ),
    ],
    [
      'several modules in one declaration',
      "const fs = require('fs'), { one } = require('./other')\nexports.a = function a() { return one(fs) }\n",
      "import fs from 'fs'\nimport { one } from './other.js'\n",
    ],
  ]
  it.each(imported)('imports %s', (_, before, after) => {
    const other = `${strict}const two = 2\nfunction one() { return two }\nmodule.exports = { one, two }\n`
    expect(converted({ 'lib/index.js': strict + before, 'lib/other.js': other })['lib/index.js']).toContain(after)
  })

  it('takes the value of a module whose functions look at the object by which they are called', () => {
    const other = `${strict}function one() { return this.two }\nconst two = 2\nmodule.exports = { one, two }\n`
    const files = converted({
      'lib/index.js': `${strict}const other = require('./other')\nexports.a = function a() { return other.one() }\n`,
      'lib/other.js': other,
    })
    expect(files['lib/index.js']).toContain("import other from './other.js'")
    expect(files['lib/other.js']).toContain('export { one, two, api as default }')
  })

  it('keeps the value of what other files name, and of everything where a file may name anything', () => {
    const files: Files = {
      'lib/index.js': `${strict}const { one } = require('./one')\nconst { two } = require('./two')\nexports.a = function a() { return one(two) }\n`,
      'lib/one.js': `${strict}const one = () => 1\nmodule.exports = { one }\n`,
      'lib/two.js': `${strict}const two = 2\nmodule.exports = { two }\n`,
    }
    const named = converted({ ...files, 'test/one.js': "require('../lib/one')\n" })
    expect(named['lib/one.js']).toContain("api as 'module.exports'")
    expect(named['lib/two.js']).toContain('export { two }\n')
    for (const setting of [
      { '.mocharc.yml': 'require: ./lib/two.js\n' },
      { 'package.json': manifest.replace('"engines"', '"scripts": { "start": "node -r ./lib/two ." },\n  "engines"') },
      { 'package.json': manifest.replace('"engines"', '"browser": { "./lib/two.js": false },\n  "engines"') },
    ])
      expect(converted({ ...files, ...setting })['lib/two.js']).toContain("api as 'module.exports'")
    const open = converted({ ...files, 'test/all.js': "require(require('path').join(__dirname, '../lib/two'))\n" })
    expect(open['lib/two.js']).toContain("api as 'module.exports'")
  })

  it('says where a file stands in the words of ES modules', () => {
    const files = converted({ 'lib/index.js': `${strict}exports.here = { __dirname, file: __filename }\n` })
    expect(files['lib/index.js']).toContain('{ __dirname: import.meta.dirname, file: import.meta.filename }')
  })

  const whole = (text: string): Files => ({ 'lib/index.js': strict + text })
  const traps: [string, Files, RegExp][] = [
    ['a public package', { 'package.json': '{"name":"a"}', 'index.js': 'exports.a = 1\n' }, /only a private package/],
    [
      'ES modules',
      { 'package.json': '{"name":"a","private":true,"type":"module"}', 'index.js': 'export {}\n' },
      /already/,
    ],
    [
      'a workspace',
      { 'package.json': '{"private":true,"workspaces":["a"]}', 'index.js': 'exports.a = 1\n' },
      /one by one/,
    ],
    [
      'names of its own',
      { 'package.json': '{"private":true,"imports":{"#a":"./a.js"}}', 'index.js': 'exports.a = 1\n' },
      /names of its own/,
    ],
    [
      'tests by Jest',
      { 'package.json': '{"private":true,"devDependencies":{"jest":"30"}}', 'index.js': 'exports.a = 1\n' },
      /jest loads files in its own way/,
    ],
    [
      'code that replaces what is loaded',
      { ...whole('exports.a = 1\n'), 'test/a.js': "require('proxyquire')\n" },
      /proxyquire/,
    ],
    ['TypeScript', { ...whole('exports.a = 1\n'), 'lib/b.ts': 'export const b = 1\n' }, /TypeScript/],
    [
      'a test beside the code',
      { ...whole('exports.a = 1\n'), 'lib/a.test.js': "require('..')\n" },
      /a\.test\.js.*stays CommonJS/,
    ],
    [
      'a setting at the top',
      { ...whole('exports.a = 1\n'), 'karma.conf.js': 'module.exports = {}\n' },
      /karma\.conf\.js/,
    ],
    [
      'a program without an ending',
      { ...whole('exports.a = 1\n'), 'bin/run': "#!/usr/bin/env node\nrequire('..')\n" },
      /bin\/run.*without an ending/,
    ],
    [
      'a linter that expects CommonJS',
      { ...whole('exports.a = 1\n'), '.eslintrc.json': '{"env":{"node":true}}' },
      /sourceType/,
    ],
    ['sloppy functions', { 'lib/index.js': 'exports.a = function a() { return this }\n' }, /not strict/],
    ['sloppy words', { 'lib/index.js': 'exports.a = 1\ncount = 2\n' }, /something else in an ES module/],
    ['this of the module', whole('this.a = 1\n'), /this of the module/],
    ['a return', whole('if (process.argv.length > 9) return\nexports.a = 1\n'), /returns from the module/],
    [
      'a circle',
      {
        ...whole("const b = require('./b')\nexports.a = function a() { return b }\n"),
        'lib/b.js': `${strict}const a = require('.')\nexports.b = function b() { return a }\n`,
      },
      /load each other/,
    ],
    ['a late request', whole("exports.a = function a() { return require('fs') }\n"), /asked for late/],
    [
      'a request under a condition',
      whole("const a = process.platform === 'x' && require('./a')\nexports.a = a\n"),
      /only under a condition/,
    ],
    [
      'a request in a try',
      whole("let b\ntry { b = require('a') } catch {}\nexports.a = 1\n"),
      /only under a condition/,
    ],
    ['a computed request', whole("const name = 'fs'\nexports.a = require(name)\n"), /by a literal/],
    ['require as a value', whole('exports.a = require.resolve\n'), /by a literal/],
    [
      'a request after code that runs',
      {
        ...whole("console.log(1)\nconst b = require('./b')\nexports.a = function a() { return b }\n"),
        'lib/b.js': `${strict}console.log(2)\nexports.b = 1\n`,
      },
      /after code that runs on line 3/,
    ],
    [
      'a request after code in one statement',
      whole("exports.a = [Date.now(), require('b')]\n"),
      /after code that runs on its own line/,
    ],
    ['a name that is written again', whole("let fs = require('fs')\nfs = 1\nexports.a = fs\n"), /written again/],
    ['exports that are set twice', whole('exports.a = 1\nexports.a = 2\n'), /sets a twice/],
    ['exports that are read', whole('exports.a = 1\nexports.b = exports.a + 1\n'), /in another way than to set them/],
    ['exports that are handed on', whole('Object.assign(exports, {})\n'), /in another way than to set them/],
    ['exports under a condition', whole('if (process.argv) module.exports = 1\n'), /another place than a statement/],
    ['module.exports set twice', whole('module.exports = 1\nmodule.exports = 2\n'), /more than once/],
    ['exports that are replaced', whole('exports.a = 1\nmodule.exports = 2\n'), /before it replaces them/],
    ['more of the module', whole('exports.a = module.id\n'), /more than its exports/],
    [
      'an export under a name that means something else',
      whole('const b = process\nexports.process = b.pid\n'),
      /means something else/,
    ],
    [
      'a file of a package without its ending',
      whole("const gte = require('semver/functions/gte')\nexports.a = gte\n"),
      /has no ending/,
    ],
    ['an import at run time', whole("exports.a = () => import('./b.js')\n"), /imports files when it runs/],
    [
      'the value of a file without exports',
      { ...whole("const b = require('./b')\nexports.a = [b]\n"), 'lib/b.js': `${strict}Array.isArray([])\n` },
      /takes the value of \.\/b, which exports nothing/,
    ],
    [
      'a name that an ES module imports and that is no constant',
      { ...whole('module.exports = { a: 1 }\n'), 'test/a.mjs': "import { a } from '../lib/index.js'\nexport { a }\n" },
      /a\.mjs:1: it imports a of/,
    ],
    ['a module that is not there', whole("const a = require('./a')\nexports.a = a\n"), /nothing in the tree/],
  ]
  it.each(traps)('leaves %s alone', (_, files, reason) => {
    expect(reasonOf(files)).toMatch(reason)
  })
})

import { describe, expect, it } from '@jest/globals'

import { collect } from '../engine/candidates.ts'
import { openProject } from '../project.ts'
import { filler, longCommonJs } from '../../test/support/long-file.ts'
import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { runCommonJs } from '../../test/support/run-commonjs.ts'

type Files = Readonly<Record<string, string>>
type Parts = Parameters<typeof longCommonJs>[0]

const manifest = '{"name":"x","engines":{"node":">=20"}}'

/** Splits `old.js`, and loads it from `main.js` before and after: what is said and given must be the same. */
const splitting = (files: Files) => {
  const tree = treeOf({
    'package.json': manifest,
    'main.js': "module.exports = require('./old')\n",
    'main.test.js': '',
    ...files,
  })
  const outcome = refactor(tree, { goal: 'split' }, 'split')
  const made = outcome.proposals.find(({ id }) => id === 'split')?.newFiles ?? []
  const use = ({ run, readText }: { run(n: number): number; readText?: (n: number) => number }) =>
    JSON.stringify([run(1), readText?.(2), readText?.length, readText?.name, String(readText)])
  if (tree.has('old.js')) {
    const [before, after] = [tree, outcome.tree].map((each) => runCommonJs(each, 'main.js', use))
    expect(after!.said).toEqual(before!.said)
    const shapeOf = (exports: unknown) => JSON.stringify(Object.getOwnPropertyDescriptors(exports ?? {}))
    expect(shapeOf(after!.exports)).toEqual(shapeOf(before!.exports))
  }
  return { ...outcome, made, of: (path: string) => textIn(outcome.tree, path) }
}
/** Why the recipe leaves a tree alone. */
const reasonsFor = (files: Files): string => {
  const project = openProject(treeOf({ 'package.json': manifest, ...files }))
  const paths = project.units.filter(({ role }) => role === 'source').map(({ path }) => path)
  return collect(project, new Set(['split-file']), paths)
    .refused.map(({ reason }) => reason)
    .join('\n')
}
const refusedOf = (files: Files): string => {
  const { patch, made } = splitting(files)
  expect(made).toEqual([])
  expect(patch.edits).toEqual([])
  return reasonsFor(files)
}
/** Without the lines that only make a function long. */
const short = (text: string): string => text.replace(/(?: {2}value \+= \d+\r?\n)+/g, '  ...\n')
/** A module that is heard when it is loaded. */
const loud = (name: string): string => `said('${name}')\nmodule.exports = { ${name}: '${name}' }\n`

describe('a long CommonJS file', () => {
  it('asks the new file for what it still uses, and exports what it did', () => {
    const { made, of, patch } = splitting({
      'old.js': longCommonJs({ imports: "const { sep } = require('node:path')\n", inner: ' + sep' }),
    })
    expect(made).toEqual(['read-text.js'])
    expect(patch.edits.map(({ evidence }) => evidence)).toEqual([
      { kind: 'proven', assumptions: ['stack traces are not inspected'] },
    ])
    expect(short(of('read-text.js'))).toBe(`const { sep } = require('node:path')

/** How deep it reads. */
const DEPTH = 9

function skipSpace(value) {
  ...
  return value
}

/** Reads a text. */
function readText(value) {
  value = skipSpace(value) + DEPTH + sep
  ...
  return value
}

module.exports = { readText }
`)
    expect(of('old.js')).toMatch(
      /^const \{ readText \} = require\('\.\/read-text'\)\n\nlet calls = 0\n\nfunction stage0/,
    )
    expect(of('old.js')).toMatch(/\nmodule\.exports = \{ stage0, readText, run \}\n$/)
  })

  it('keeps its mode, its shebang, its licence, its quotes and its line ends', () => {
    const header =
      '#!/usr/bin/env node\n// Copyright 2020 A. Author\n// SPDX-License-Identifier: MIT\n"use strict";\n\n'
    const code = longCommonJs().replaceAll(/^( .*[^{}]|let .*|const .*|module.*)$/gm, '$1;')
    const { of } = splitting({ 'bin/x.js': (header + code).replaceAll('\n', '\r\n') })
    expect(of('bin/x.js')).toMatch(
      /MIT\r\n"use strict";\r\n\r\nconst \{ readText \} = require\("\.\/read-text"\);\r\n\r\nlet/,
    )
    expect(of('bin/read-text.js')).toMatch(
      /^\/\/ Copyright 2020 A. Author\r\n\/\/ SPDX-License-Identifier: MIT\r\n\r\n"use strict";\r\n\r\n\/\*\* How/,
    )
    expect(`${of('bin/x.js')}${of('bin/read-text.js')}`).not.toMatch(/[^\r]\n/)
  })

  it('is written without what its engines may not know', () => {
    const old = (text: string): string => text.replaceAll(/\b(let|const)\b/g, 'var')
    const { of, patch } = splitting({
      'package.json': '{"name":"x","engines":{"node":">=0.10"}}',
      'old.js': old(
        longCommonJs({ exports: 'exports.stage0 = stage0\nexports.readText = readText\nexports.run = run\n' }),
      ),
    })
    expect(patch.edits).toHaveLength(1)
    expect(of('old.js')).toMatch(/^var readText = require\('\.\/read-text'\)\.readText\n\nvar calls/)
    expect(of('read-text.js')).toMatch(/\nvar DEPTH = 9\n[^]*\nmodule\.exports = \{ readText: readText \}\n$/)
  })

  it('takes functions that variables hold', () => {
    const reading = filler('skipSpace', 40).replace('function skipSpace', 'var skipSpace = function skipSpace')
    expect(splitting({ 'old.js': longCommonJs({ reading }) }).of('read-text.js')).toContain('var skipSpace = function')
  })

  it.each([
    ["const one = require('./one')\n", './read-text'],
    ["const one = require('./one.js')\n", './read-text.js'],
    ["const one = require('./one.js')\nconst two = require('./two')\n", './read-text'],
  ])('asks as it does for others: %j', (imports, wanted) => {
    const files = { 'one.js': loud('one'), 'two.js': loud('two') }
    const { of } = splitting({ ...files, 'old.js': longCommonJs({ imports: `${imports}said(one.one)\n` }) })
    expect(of('old.js')).toContain(`const { readText } = require('${wanted}')\n`)
  })

  it('asks for a .cjs file by its whole name', () => {
    const { of } = splitting({ 'package.json': '{"name":"x","type":"module"}', 'old.cjs': longCommonJs() })
    expect(of('old.cjs')).toContain("const { readText } = require('./read-text.cjs')\n")
  })

  it('may stand in a cycle, where nobody meets a function that is not there yet', () => {
    const imports = "exports.early = 1\nconst two = require('./two')\nsaid(two.two)\n"
    const two = "const old = require('./old')\nsaid(Object.keys(old).join())\nexports.two = 'two'\n"
    const { made } = splitting({ 'old.js': longCommonJs({ imports, inner: ' + two.two' }), 'two.js': two })
    expect(made).toEqual(['read-text.js'])
  })

  it('may export first what is only called later', () => {
    const before = "module.exports = { stage0, readText, run }\nconst path = require('path')\n"
    const { made, of } = splitting({ 'old.js': longCommonJs({ before, inner: ' + path.sep', exports: '' }) })
    expect(made).toEqual(['read-text.js'])
    expect(of('old.js')).toMatch(/^const \{ readText \} = require\('\.\/read-text'\)\n\nmodule\.exports = /)
  })

  it('asks for the new file before it hands out what stands there', () => {
    const imports = "exports.readText = readText\nconst two = require('./two')\nsaid(two.two)\n"
    const two = "const old = require('./old')\nsaid(String(old.readText(1)))\nexports.two = 'two'\n"
    const code = longCommonJs({ imports, exports: 'exports.run = run\n' })
      .replaceAll('DEPTH', '9')
      .replace(/.*\nconst 9 = 9\n/, '')
    const { of } = splitting({ 'old.js': code, 'two.js': two })
    expect(of('old.js')).toMatch(/^const \{ readText \} = require\('\.\/read-text'\)\n\nexports\.readText = readText\n/)
  })
})

describe('requests of a CommonJS file that is split', () => {
  const files = { 'one.js': loud('one'), 'two.js': loud('two'), 'three.js': loud('three') }
  const split = (imports: string, inner: string, more: Files = {}) =>
    splitting({ ...files, 'old.js': longCommonJs({ imports, inner }), ...more })

  it('come along as they are written, and leave what nobody uses there', () => {
    const imports =
      "const fs = require('fs'), url = require('url'),\n  os = require('os')\nconst { sep, join: joined, posix } = require('path')\nsaid(typeof url + joined)\n"
    const { of } = split(imports, ' + typeof fs + sep + joined + typeof os.EOL')
    expect(of('read-text.js')).toMatch(
      /^const fs = require\('fs'\)\nconst os = require\('os'\)\nconst \{ sep, join: joined \} = require\('path'\)\n\n/,
    )
    expect(of('old.js')).toMatch(
      /^const url = require\('url'\)\nconst \{ join: joined, posix \} = require\('path'\)\nconst \{ readText \}/,
    )
  })

  it('load every module in the order of today', () => {
    const both = "const { one } = require('./one')\nconst two = require('./two')\nsaid(two.two)\n"
    expect(split(both, ' + one').of('old.js')).toMatch(
      /^const \{ readText \} = require\('\.\/read-text'\)\nconst two = require\('\.\/two'\)\n/,
    )
    const last = "const one = require('./one')\nconst { two } = require('./two')\nsaid(one.one)\n"
    expect(split(last, ' + two').of('old.js')).toMatch(/^const one = require\('\.\/one'\)\nconst \{ readText \}/)
  })

  it('still load what has to be loaded first', () => {
    const imports =
      "const one = require('./one')\nconst two = require('./two')\nconst three = require('./three')\nsaid(two.two)\n"
    const { of } = split(imports, ' + one.one + three.three')
    expect(of('old.js')).toMatch(
      /^require\('\.\/one'\)\nconst two = require\('\.\/two'\)\nrequire\('\.\/three'\)\nconst \{ readText \} = require\('\.\/read-text'\)\nsaid/,
    )
  })

  it('may pass by what only declares', () => {
    const two =
      "'use strict'\nconst path = require('path')\nfunction two() { return path.sep }\nmodule.exports = { two }\n"
    const imports =
      "const { one } = require('./one')\nconst { two } = require('./two')\nconst { three } = require('./three')\nsaid(two())\n"
    const { made, of } = split(imports, ' + one + three', { 'two.js': two })
    expect(made).toEqual(['read-text.js'])
    expect(of('read-text.js')).toMatch(/^const \{ one \} = require\('\.\/one'\)\nconst \{ three \} = require/)
  })

  it('come with what is read of the engine and its modules', () => {
    const imports =
      "var path = require('path')\nvar sep = path.sep, has = Object.prototype.hasOwnProperty\nvar isArray = Array.isArray\nsaid(typeof isArray)\n"
    const { of } = split(imports, " + sep + has.call({}, 'a') + isArray([])")
    expect(of('read-text.js')).toMatch(
      /^var path = require\('path'\)\nvar sep = path\.sep\nvar has = Object\.prototype\.hasOwnProperty\nvar isArray = Array\.isArray\n\n/,
    )
    expect(of('old.js')).toMatch(
      /^const \{ readText \} = require\('\.\/read-text'\)\nvar isArray = Array\.isArray\nsaid/,
    )
  })

  it('take from packages what is assumed of them', () => {
    const imports = "const { one } = require('some-package')\n"
    const tree = treeOf({ 'package.json': manifest, 'old.js': longCommonJs({ imports, inner: ' + one' }) })
    expect(refactor(tree, { goal: 'split' }, 'split').patch.edits.map(({ evidence }) => evidence)).toEqual([
      {
        kind: 'proven',
        assumptions: [
          'no proxies',
          'packages are loaded once, keep what they export and do not ask who loads them',
          'stack traces are not inspected',
        ],
      },
    ])
  })

  it.each([
    [
      'what is taken could be another thing by then',
      "const { one } = require('./one')\nconst two = require('./two')\nconst { three } = require('./three')\nsaid(one + two.two)\n",
      ' + one + three',
      { 'two.js': "require('./one').one = 'other'\nsaid('two')\nexports.two = 2\n" },
      /in another order/,
    ],
    [
      'a module may set its exports anew',
      "const one = require('./one')\nconst two = require('./two')\nconst three = require('./three')\nsaid(one.one + two.two)\n",
      ' + one.one + three.three',
      {
        'one.js': "said('one')\nexports.one = 1\nexports.renew = function () { module.exports = { one: 2 } }\n",
        'two.js': "require('./one').renew()\nexports.two = 2\n",
      },
      /in another order/,
    ],
    [
      'code runs between two of them',
      "const { one } = require('./one')\nsaid('between')\nconst { three } = require('./three')\nsaid(one)\n",
      ' + one + three',
      {},
      /in another order/,
    ],
    [
      'the engine may be changed before it is read',
      "const one = require('./one')\nconst isArray = Array.isArray\nsaid(one.one)\nconst { three } = require('./three')\nsaid(String(isArray(1)) + three)\n",
      ' + isArray(value) + three',
      { 'three.js': "Array.isArray = function () { return 'never' }\nexports.three = 3\n" },
      /in another order/,
    ],
    ['a name is written again', "let one = require('./one')\none = { one: 1 }\n", ' + one.one', {}, /no group/],
    ['a request does more', "const { one = said('default') } = require('./two')\n", ' + one', {}, /no group/],
    [
      'code of the same statement runs before it',
      "var early = (function () { try { return run(1) } catch (error) { return error.name } })(), path = require('path')\nsaid(String(early))\n",
      ' + path.sep',
      {},
      /no group/,
    ],
    ['a directive shares its line', "'use strict'; let early = typeof this\n", '', {}, /in another order/],
    ['a rest is taken', "const { ...one } = require('./one')\n", ' + one.one', {}, /no group/],
    ['the name is computed', "const one = require('./' + 'one')\n", ' + one.one', {}, /no group/],
    [
      'code uses it before it is there',
      "said(String(readText.length))\ntry { run(1) } catch (error) { said(error.name) }\nvar path = require('path')\n",
      ' + path.sep',
      {},
      /no group/,
    ],
  ])('hold a file together where %s', (_, imports, inner, more, reason) => {
    const given = { ...files, 'old.js': longCommonJs({ imports, inner }), ...more }
    expect(refusedOf(given)).toMatch(reason)
  })
})

describe('what is left in one CommonJS file', () => {
  it.each<[string, Parts, RegExp]>([
    ['knows its module', { inner: ' + typeof module' }, /no module/],
    ['sets an export', { inner: '\n  exports.last = value' }, /where it stands/],
    ['loads when it is called', { inner: " + require('path').sep" }, /where it stands/],
    ['knows its folder', { inner: ' + __dirname' }, /where it stands/],
    [
      'uses the this of the module',
      { before: 'const self = () => this\n', inner: ' + typeof self()' },
      /where it stands/,
    ],
    [
      'uses the arguments of the module',
      { before: 'const all = () => arguments.length\n', inner: ' + all()' },
      /where it stands/,
    ],
    ['is written again', { after: 'readText = function (value) { return value }\n' }, /written again/],
    ['is declared twice', { after: 'function readText(value) { return value }\n' }, /declared more than once/],
    [
      'is declared in a block, too',
      { after: 'if (calls === 0) {\n  function readText(value) { return value }\n}\n' },
      /declared more than once/,
    ],
    [
      'is touched before its constants are there',
      { before: 'try { run(1) } catch (error) { said(error.name) }\n' },
      /before its declaration/,
    ],
    [
      'is handed out before its constants are there',
      { before: "exports.readText = readText\nrequire('./main')\n" },
      /before its declaration/,
    ],
    [
      'uses a value that is made of what comes later',
      { before: 'var twice = [later]\nvar later = 2\n', inner: ' + twice[0] + later' },
      /none yet/,
    ],
    ['uses a variable that is written', { inner: ' + calls' }, /no group/],
  ])('is a function that %s', (_, parts, reason) => {
    expect(refusedOf({ 'old.js': longCommonJs(parts) })).toMatch(reason)
  })

  it.each<[string, Files, RegExp]>([
    ['without a module', { 'old.js': longCommonJs({ exports: '' }) }, /no module/],
    [
      'that runs without a module, too',
      {
        'old.js': longCommonJs({
          exports: "if (typeof module === 'object') module.exports = { run, stage0 }\nelse this.run = run\n",
        }),
      },
      /no module/,
    ],
    [
      'that is compiled',
      { 'old.js': '', 'lib/old.ts': longCommonJs({ exports: 'module.exports = { run }\n' }) },
      /compiled/,
    ],
    [
      'with a require of its own',
      { 'old.js': longCommonJs({ before: 'var require = function () {}\n' }) },
      /require of its own/,
    ],
    [
      'with a require that is replaced',
      { 'old.js': longCommonJs({ before: 'require = function () {}\n' }) },
      /require of its own/,
    ],
    ['with eval', { 'old.js': longCommonJs({ before: "eval('1')\n" }) }, /eval/],
    ['with a directive', { 'old.js': `'use client'\n${longCommonJs()}` }, /directive/],
    [
      'that a test fills with mocks',
      { 'old.test.js': "const old = require('proxyquire')('./old', {})\n" },
      /proxyquire/,
    ],
    [
      'that a test loads again',
      { 'old.test.js': "delete require.cache[require.resolve('./old')]\n" },
      /loading of modules/,
    ],
    ['that a test looks into', { 'old.test.js': "const old = require('rewire')('./old')\n" }, /rewire/],
    [
      'of a folder that is loaded whole',
      { 'index.js': "require('fs').readdirSync(__dirname).forEach((file) => require('./' + file))\n" },
      /stands in a folder/,
    ],
    [
      'of a folder that a package loads',
      { 'index.js': "module.exports = require('require-dir')('.')\n" },
      /stands in a folder/,
    ],
    [
      'of files that are compiled when they are loaded',
      { 'main.js': "require('@babel/register')\nmodule.exports = require('./old')\n", 'old.js': longCommonJs() },
      /@babel\/register/,
    ],
    ['of modules that are replaced', { 'package.json': '{"name":"x","jest":{"automock":true}}' }, /replaced/],
    [
      'that is published by its name',
      { 'package.json': '{"name":"x","main":"main.js","files":["old.js"]}' },
      /publishes old\.js/,
    ],
    ['that a script names', { 'package.json': '{"name":"x","scripts":{"build":"terser old.js"}}' }, /script build/],
    ['that git knows alone', { '.gitignore': '*.js\n!old.js\n!main.js\n' }, /\.gitignore/],
  ])('is a file %s', (_, files, reason) => {
    expect(refusedOf({ 'old.js': longCommonJs(), ...files })).toMatch(reason)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { probed } from './support/probed.ts'
import { refactor, textIn, treeOf } from './support/project.ts'

const strict = "'use strict'\n"

/** What can be asked of a package from outside is printed: values, names, prototypes, identities, the order of loading. */
const probe = `'use strict'
const { inspect } = require('node:util')
const show = (value) => inspect(value, { showHidden: true, depth: 5, sorted: false })
const order = (globalThis.order = [])
const main = require('..')
const shapes = require('../lib/shapes')
const settings = require('../lib/settings.js')
console.log(show(main), show(shapes), show(settings), order.join())
console.log(main.shapes === shapes, main.run('text'), new main.Parser().parse(' a '), shapes.area.call({ side: 3 }))
console.log(show(Object.getOwnPropertyDescriptors(main)), Object.isExtensible(main))
settings.level = 9
console.log(main.level(), main.here().endsWith('lib'), main.version())
import('../lib/index.js').then((space) => console.log(Object.keys(space).sort().join(), space.default === main))
`

const files = {
  'package.json': '{\n  "name": "shop",\n  "version": "1.2.3",\n  "private": true,\n  "main": "lib/index.js"\n}\n',
  'lib/index.js': `${strict}
/** The way in. */
const { basename } = require('path')
const { version } = require('../package.json')
const shapes = require('./shapes')
const settings = require('./settings')
const text = require('./text')
const Parser = require('./parser')
const start = require('./late')('begin')

globalThis.order?.push('index')

// what others call
function run(value) {
  return text.trim(value) + start + text.SEPARATOR + basename(__filename)
}

module.exports = {
  run,
  shapes,
  Parser,
  level: () => settings.level,
  here: () => __dirname,
  version: () => version,
}
`,
  'lib/shapes.js': `${strict}globalThis.order?.push('shapes')
const sides = 4
/** Of a square. */
exports.area = function area() { return this.side ** 2 }
exports.sides = sides
exports.names = Object.freeze(['square'])
`,
  'lib/settings.js': `${strict}globalThis.order?.push('settings')
module.exports = { level: 1 }
`,
  'lib/text.js': `${strict}globalThis.order?.push('text')
const SEPARATOR = ':'
const trim = (value) => value.trim()

module.exports = { trim, SEPARATOR }
`,
  'lib/parser.js': `${strict}const text = require('./text')
globalThis.order?.push('parser')

module.exports = class Parser {
  parse(value) {
    return text.trim(value)
  }
};
module.exports.strict = true
`,
  'lib/late.js': `${strict}globalThis.order?.push('late')
module.exports = function late(word) {
  globalThis.order?.push('late called')
  return late.name + word
}
`,
  'test/probe.js': probe,
}

/** Packages in which an import could find something else than the request: they stay, or are what they were. */
const hard: readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] = [
  [
    'reads a global that a module sets',
    {
      'lib/index.js': "const had = typeof Foo\nconst b = require('./b')\nmodule.exports = { had, b }\n",
      'lib/b.js': 'globalThis.Foo = 1\nexports.c = 1\n',
    },
  ],
  [
    'reads a property that a module sets',
    {
      'lib/index.js': "const mode = process.env.MODE || 'dev'\nrequire('./b')\nmodule.exports = { mode }\n",
      'lib/b.js': "process.env.MODE = 'prod'\n",
    },
  ],
  [
    'calls what looks at a later request',
    {
      'lib/index.js':
        "var x = f()\nvar a = require('util')\nfunction f() { return a ? 'there' : 'not yet' }\nmodule.exports = { x }\n",
    },
  ],
  [
    'changes what a module reads',
    {
      'lib/index.js': "globalThis.Foo = class {}\nconst { v } = require('./b')\nmodule.exports = { v }\n",
      'lib/b.js': 'const v = typeof Foo\nmodule.exports = { v }\n',
    },
  ],
  [
    'replaces a function of Node',
    {
      'lib/index.js':
        "const fs = require('fs')\nfs.readFileSync = () => 'patched'\nconst { readFileSync } = require('fs')\nmodule.exports = { it: readFileSync('nothing') }\n",
    },
  ],
  [
    'sets an export again',
    {
      'lib/index.js': "const { a } = require('./b')\nmodule.exports = { a }\n",
      'lib/b.js': 'const a = 1\nmodule.exports = { a }\nmodule.exports.a = 2\n',
    },
  ],
  [
    'sets an export of another',
    {
      'lib/index.js': "require('./c')\nconst { f } = require('./b')\nmodule.exports = { it: f() }\n",
      'lib/c.js': "const b = require('./b')\nb.f = () => 2\n",
      'lib/b.js': 'const f = () => 1\nmodule.exports = { f }\n',
    },
  ],
  [
    'writes to an export in patterns and loops',
    {
      'lib/index.js':
        "const b = require('./b')\n;[b.f] = [2]\nfor (b.g of [3]) {}\nmodule.exports = { all: () => [b.f, b.g] }\n",
      'lib/b.js': 'const f = 1\nconst g = 1\nmodule.exports = { f, g }\n',
    },
  ],
  [
    'calls an export in parentheses',
    {
      'lib/index.js': "const b = require('./b')\nmodule.exports = { it: (b.keep)(1) }\n",
      'lib/b.js': 'function keep(x) { return (this.last = x) }\nmodule.exports = { keep }\n',
    },
  ],
  [
    'asks for a folder',
    {
      'lib/index.js': "module.exports = { it: require('./b/') }\n",
      'lib/b.js': "module.exports = 'file'\n",
      'lib/b/index.js': "module.exports = 'folder'\n",
    },
  ],
  [
    'asks for its own folder',
    {
      'lib/index.js': "module.exports = { it: require('./sub/x') }\n",
      'lib/sub/x.js': "module.exports = require('.')\n",
      'lib/sub.js': "module.exports = 'file'\n",
      'lib/sub/index.js': "module.exports = 'folder'\n",
    },
  ],
  [
    'asks for JSON beside a folder',
    {
      'lib/index.js': "module.exports = { it: require('./b') }\n",
      'lib/b.json': '"json"\n',
      'lib/b/index.js': "module.exports = 'folder'\n",
    },
  ],
  [
    'asks for a folder with a main',
    {
      'lib/index.js': "module.exports = { it: require('./b') }\n",
      'lib/b/package.json': '{"main":"real.js"}\n',
      'lib/b/real.js': "module.exports = 'real'\n",
      'lib/b/index.js': "module.exports = 'index'\n",
    },
  ],
  [
    'closes a statement before a parenthesis',
    { 'lib/index.js': 'const a = () => 1\nlet n = 0\nexports.n = a\nmodule.exports.all = a;\n(() => { n += 1 })()\n' },
  ],
  [
    'closes a value before a parenthesis',
    { 'lib/index.js': 'const a = () => 1\nlet n = 0\nmodule.exports = a;\n(() => { n += 1 })()\n' },
  ],
  [
    'opens a line with a semicolon',
    { 'lib/index.js': 'const a = () => 1\nlet n = 0\nmodule.exports = { a, b: 1 }\n;(() => { n += 1 })()\n' },
  ],
  [
    'closes a request before a bracket',
    {
      'lib/index.js':
        "const { f } = require('./b'), { sep } = require('path');\n[7].forEach(f)\nmodule.exports = { f, sep }\n",
      'lib/b.js': 'const f = () => 1\nmodule.exports = { f, g: 2 }\n',
    },
  ],
  [
    'exports what begins like a declaration',
    {
      'lib/index.js': "module.exports = { it: require('./b')() }\n",
      'lib/b.js': "module.exports = function () { return this }.bind('x')\n",
    },
  ],
  [
    'looks at this in a name',
    {
      'lib/index.js':
        "const o = { [this === undefined ? 'es' : 'common']() {} }\nmodule.exports = { it: Object.keys(o) }\n",
    },
  ],
  ['looks at this in a class', { 'lib/index.js': 'class A extends (this ? Array : Map) {}\nmodule.exports = { A }\n' }],
  ['is called await', { 'lib/index.js': 'exports.go = function await() {}\n' }],
]

describe('a package of ES modules', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'es-modules-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  it('is to those who require and import it what it was in CommonJS', async () => {
    const before = treeOf(files)
    const { tree, patch } = refactor(before, { goal: 'modules' }, 'modules')
    expect(patch.edits.map(({ recipe }) => recipe)).toEqual(['raise-floor', 'es-modules'])
    expect(textIn(tree, 'lib/index.js')).not.toContain('require')
    const was = await probed(before, path.join(dir, 'before'))
    expect(was).toContain('textlatebegin:index.js')
    expect(await probed(tree, path.join(dir, 'after'))).toBe(was)
  })

  it.each(hard)('is what it was, or stays, where a file %s', async (name, sources) => {
    const strictly = Object.entries(sources).map(([at, text]) => [at, at.endsWith('.js') ? strict + text : text])
    const before = treeOf({
      'package.json': '{"name":"hard","private":true,"main":"lib/index.js","engines":{"node":">=22.12"}}\n',
      'test/probe.js': "console.log(require('node:util').inspect(require('..'), { showHidden: true, depth: 5 }))\n",
      ...Object.fromEntries(strictly),
    })
    const { tree } = refactor(before, { goal: 'modules' }, 'modules')
    const folder = path.join(dir, name.replaceAll(' ', '-'))
    expect(await probed(tree, path.join(folder, 'after'))).toBe(await probed(before, path.join(folder, 'before')))
  })
})

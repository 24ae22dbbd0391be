import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'

import { probed } from './support/probed.ts'
import { refactor, treeOf } from './support/project.ts'

type Files = Readonly<Record<string, string>>

const strict = "'use strict'\n"

/** What the package gives, what happens on the way, and what the functions that it hands out come to. */
const probe = `'use strict'
const { inspect } = require('node:util')
const said = (globalThis.said = [])
let main
try { main = require('..') } catch (error) { said.push('throws ' + error.name) }
const show = (value) => inspect(value, { depth: 5 })
console.log(show(main), typeof main)
for (const [name, value] of Object.entries(main ?? {})) {
  if (typeof value !== 'function') continue
  console.log(name, value.name, value.length)
  for (const given of [[], ['a b'], [2, 'x'], [[1, 2]]])
    try { console.log(show(value(...given))) } catch (error) { console.log('throws', error.name) }
}
console.log(said.join())
`

const tells = (word: string): string => `globalThis.said?.push('${word}')\n`

/** Packages with functions that can move. */
const easy: readonly (readonly [what: string, moves: number, files: Files])[] = [
  [
    'takes names',
    2,
    {
      'index.js': `${strict}${tells('index')}const { run } = require('./lib/run')\nmodule.exports = { run, late: (x) => require('./lib/run').run(x) }\n`,
      'lib/run.js': `${strict}${tells('run')}const { count, twice, kept } = require('./text')\n${tells('running')}const run = (x) => [count(x), twice(x), kept]\nmodule.exports = { run }\n`,
      'lib/text.js': `${strict}${tells('text')}const kept = 1\nfunction count(x) { return String(x).length }\n\nconst twice = async function* (x) { yield x }\nmodule.exports = { count, twice, kept }\n`,
    },
  ],
  [
    'takes by way of the module, before and behind it',
    3,
    {
      'index.js': `${tells('index')}var util = require('util')\nvar text = require('./lib/text'), b = require('./lib/b')\nglobalThis.said.push(text.count(util.format('%s', b.b)))\nexports.go = go\nfunction go(x) { return [text.count(x), text.join(x), text.version, (text.arrow)(x)] }\n`,
      'lib/b.js': `${tells('b')}exports.b = typeof require('path').sep\n`,
      'lib/text.js': `${tells('text')}var path = require('path')\nexports.version = 3\n/* counts */\nexports.count = function (x) { return String(x).length + arguments.length }\nexports.join = function join(x) { return x ? join() : path.join('a', 'b') };\nexports.arrow = (x) => path.basename(String(x))\n`,
    },
  ],
  [
    'takes a member in a statement of its own',
    1,
    {
      'index.js': `var count = require('./text').count\nvar os = require('os')\nexports.go = function (x) { return count(x) + os.EOL }\n`,
      'text.js': `${tells('text')}var EventEmitter = require('events').EventEmitter\nfunction count(x) { return new EventEmitter().listenerCount(String(x)) }\nexports.count = count\nexports.other = 1\n`,
    },
  ],
  [
    'shares blank lines with an export',
    1,
    {
      'index.js': "const b = require('./b')\nexports.go = (x) => b.f(x)\n",
      'b.js': 'exports.g = 1\n\nexports.f = f\n\nfunction f(x) {\n  return x\n}\n',
    },
  ],
  [
    'brings requests along for two functions of two files',
    2,
    {
      'index.js':
        "const b = require('./b')\nconst c = require('./c')\n\nexports.go = (x) => b.f(x)\n\nexports.stay = (x) => c.h(x)\n",
      'b.js': "const os = require('os')\nexports.f = (x) => os.EOL + x\nexports.g = 1\n",
      'c.js': "const os = require('os')\nexports.h = (x) => x + os.EOL\nexports.g = 1\n",
    },
  ],
  [
    'has lines that end as Windows ends them',
    1,
    {
      'index.js': "const { f } = require('./b')\r\nconst z = 1\r\n\r\nexports.go = (x) => f(x) + z\r\n",
      'b.js':
        "const url = require('url')\r\n\r\n// f\r\nfunction f(x) {\r\n  return typeof url + x\r\n}\r\n\r\nmodule.exports = {\r\n  f,\r\n  g: 1,\r\n}\r\n",
    },
  ],
]

/** Packages in which a function that moves could be told apart: it stays, or nobody can tell. */
const hard: readonly (readonly [what: string, files: Files])[] = [
  [
    'is called before its constant is there',
    {
      'index.js':
        "globalThis.hook = () => f(1)\nrequire('./early')\nconst { f } = require('./b')\nexports.go = () => f(2)\n",
      'early.js':
        'try { globalThis.said.push(globalThis.hook()) } catch (error) { globalThis.said.push(error.name) }\n',
      'b.js': 'const f = (x) => x\nmodule.exports = { f, g: 1 }\n',
    },
  ],
  [
    'is called before its declaration is there',
    {
      'index.js': "exports.go = go\nrequire('./early')\nvar b = require('./b')\nfunction go() { return b.f(2) }\n",
      'early.js':
        "try { globalThis.said.push(require('.').go()) } catch (error) { globalThis.said.push(error.name) }\n",
      'b.js': 'exports.f = function () { return 7 }\nexports.g = 1\n',
    },
  ],
  [
    'looks at what it is called by',
    {
      'index.js': "const b = require('./b')\nexports.go = () => [b.f(), b.h()]\n",
      'b.js': 'exports.f = function () { return typeof this.g }\nexports.h = () => typeof this\nexports.g = 1\n',
    },
  ],
  [
    'is found by another export',
    {
      'index.js': "const b = require('./b')\nexports.go = () => [b.f(1), b.keys(), b.all]\n",
      'b.js':
        "const { keys } = require('./c')\nconst f = (x) => x\nmodule.exports = { f, keys, get all() { return Object.keys(this) } }\n",
      'c.js': 'exports.keys = function () { return Object.keys(this) }\n',
    },
  ],
  [
    'is found by a setter of the prototype',
    {
      'index.js': "const b = require('./b')\nexports.go = () => [b.f(1), b.names]\n",
      'b.js':
        'const f = (x) => x\nconst base = { get names() { return Object.keys(this) } }\nmodule.exports = { f, __proto__: base }\n',
    },
  ],
  [
    'reads what is replaced in between',
    {
      'index.js':
        "const { sep } = require('path')\nrequire('./patch')\nconst { f } = require('./b')\nexports.go = () => [f(), sep]\n",
      'patch.js': "require('path').sep = 'patched'\n",
      'b.js': "const { sep } = require('path')\nconst f = () => sep\nmodule.exports = { f, g: 1 }\n",
    },
  ],
  [
    'brings along what is replaced in between',
    {
      'index.js': "const { f } = require('./b')\nexports.go = () => f()\n",
      'b.js':
        "const { sep } = require('path')\nrequire('./patch')\nconst f = () => sep\nmodule.exports = { f, g: 1 }\n",
      'patch.js': "require('path').sep = 'patched'\n",
    },
  ],
  [
    'is loaded by another file before',
    {
      'index.js':
        "const { g } = require('./b')\nrequire('path').sep = 'patched'\nconst { run } = require('./run')\nmodule.exports = { run, g }\n",
      'run.js': "const { f } = require('./b')\nexports.run = () => f()\n",
      'b.js': "const { sep } = require('path')\nconst f = () => sep\nmodule.exports = { f, g: 1 }\n",
    },
  ],
  [
    'is loaded only for what it does',
    {
      'index.js': "const { f } = require('./b')\nrequire('./c')\nexports.go = () => f()\n",
      'b.js': `${tells('b')}const f = () => 1\nmodule.exports = { f, g: 1 }\n`,
      'c.js': tells('c'),
    },
  ],
  [
    'cannot be loaded at all',
    {
      'index.js': "const { f } = require('./b')\nexports.go = () => f()\n",
      'b.js': 'exports.early = g\nconst g = 1\nconst f = () => 1\nexports.f = f\n',
    },
  ],
  [
    'has a function expression of its name around a call',
    {
      'index.js': "const b = require('./b')\nexports.go = function f(x) { return b.f(x) }\n",
      'b.js': 'exports.f = (x) => [x]\nexports.g = 1\n',
    },
  ],
  [
    'throws when it is loaded',
    {
      'index.js': "const { f } = require('./b')\nexports.go = () => f()\n",
      'b.js': "const f = () => 1\nmodule.exports = { f, g: 1 }\nif (globalThis.said) throw new RangeError('no')\n",
    },
  ],
  [
    'returns from the file',
    {
      'index.js': "if (!globalThis.said) return\nconst { f } = require('./b')\nexports.go = () => f()\n",
      'b.js': 'module.exports = { f, g: 1 }\nreturn\nfunction f() { return 1 }\n',
    },
  ],
  [
    'sets what it uses later',
    {
      'index.js':
        "const { f } = require('./b')\nconst v = f()\nconst os = require('os')\nmodule.exports = { v, e: os.EOL }\n",
      'b.js': "const os = require('os')\nconst f = () => typeof os\nmodule.exports = { f, g: 1 }\n",
    },
  ],
  [
    'makes a global',
    {
      'index.js': "const b = require('./b')\nexports.go = () => [b.f(), typeof made, made]\n",
      'b.js': 'exports.f = function () { made = 1; return delete globalThis.other }\nexports.g = 1\n',
    },
  ],
  [
    'is in a chain of moves',
    {
      'index.js': "const { g } = require('./b')\nexports.go = (x) => g(x)\n",
      'b.js':
        "const { f } = require('./c')\nconst os = require('os')\n\nfunction g(x) {\n  return f(x) + os.EOL\n}\n\nmodule.exports = { g, k: 2 }\n",
      'c.js': "const os = require('os')\n\nfunction f(x) {\n  return os.EOL + x\n}\n\nmodule.exports = { f, k: 1 }\n",
    },
  ],
  [
    'moves to a file whose own functions move',
    {
      'index.js': "const { g } = require('./b')\nexports.go = (x) => g(x)\n",
      'b.js':
        "const { f } = require('./c')\nconst os = require('os')\n\nfunction g(x) {\n  return typeof os + x\n}\nconst k = f(2)\n\nmodule.exports = { g, k }\n",
      'c.js': "const os = require('os')\n\nfunction f(x) {\n  return os.EOL + x\n}\n\nmodule.exports = { f, k: 1 }\n",
    },
  ],
  [
    'calls functions of one name from two files',
    {
      'index.js':
        "const b = require('./b')\nconst c = require('./c')\n\nexports.go = (x) => b.f(x)\n\nexports.stay = (x) => c.f(x)\n",
      'b.js': 'exports.f = (x) => [x]\nexports.g = 1\n',
      'c.js': 'exports.f = (x) => ({ x })\nexports.g = 1\n',
    },
  ],
  [
    'brings requests along to two places',
    {
      'index.js':
        "const b = require('./b')\nexports.n = b.g\nconst c = require('./c')\nexports.go = (x) => b.f(x)\nexports.stay = (x) => c.h(x)\n",
      'b.js': "const os = require('os')\nexports.f = (x) => os.EOL + x\nexports.g = 1\n",
      'c.js': "const os = require('os')\nexports.h = (x) => x + os.EOL\nexports.g = 1\n",
    },
  ],
  [
    'reads its name early',
    {
      'index.js': "var early = f\nvar { f } = require('./b')\nexports.go = () => [typeof early, f()]\n",
      'b.js': 'function f() { return 1 }\nmodule.exports = { f, g: 1 }\n',
    },
  ],
  [
    'returns before its request',
    {
      'index.js':
        "exports.go = go\nif (globalThis.said) return\nvar b = require('./b')\nfunction go() { return b.f() }\n",
      'b.js': 'exports.f = function () { return 1 }\nexports.g = 1\n',
    },
  ],
  [
    'waits for a function called await',
    {
      'index.js': "const b = require('./b')\nexports.go = async () => b.await(1)\n",
      'b.js': 'module.exports = { await, g: 1 }\nfunction await(x) { return [x] }\n',
    },
  ],
  [
    'stands in a circle',
    {
      'index.js': "exports.early = 1\nconst { f } = require('./b')\nexports.go = () => f()\n",
      'b.js': "const main = require('.')\nconst f = () => Object.keys(main)\nmodule.exports = { f, g: 1 }\n",
    },
  ],
  [
    'finds packages in another folder',
    {
      'index.js': "const { f } = require('./sub/b')\nexports.go = () => f()\n",
      'sub/b.js': "const dep = require('dep')\nexports.f = () => dep\nexports.g = 1\n",
      'sub/package.json': '{"dependencies":{"dep":"1"}}',
      'sub/node_modules/dep/index.js': "module.exports = 'inner'\n",
      'node_modules/dep/index.js': "module.exports = 'outer'\n",
    },
  ],
  [
    'has a file and a folder of one name',
    {
      'index.js': "const { f } = require('./b/')\nexports.go = () => f()\n",
      'b.js': 'const f = () => 1\nmodule.exports = { f, g: 1 }\n',
      'b/index.js': 'const f = () => 2\nmodule.exports = { f, g: 1 }\n',
    },
  ],
]

const packageOf = (files: Files): Tree =>
  treeOf({ 'package.json': '{"name":"x","exports":"./index.js"}\n', 'test/probe.js': probe, ...files })

/** Moves all that can be moved, also by what other moves make possible. */
const movedAll = (before: Tree): { tree: Tree; moves: number } => {
  let moves = 0
  for (let tree = before; ;) {
    const made = refactor(tree, { goal: 'move' }, 'move')
    if (made.patch.edits.length === 0) return { tree, moves }
    moves += made.patch.edits.length
    tree = made.tree
  }
}

describe('a package whose functions have moved', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'move-required-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  const compare = async (what: string, before: Tree, after: Tree): Promise<void> => {
    const folder = path.join(dir, what.replaceAll(' ', '-'))
    const was = await probed(before, path.join(folder, 'before'))
    expect(await probed(after, path.join(folder, 'after'))).toBe(was)
  }

  it.each(easy)('is what it was where a file %s', async (what, moves, files) => {
    const before = packageOf(files)
    const made = movedAll(before)
    await compare(what, before, made.tree)
    expect(made.moves).toBe(moves)
  })

  it.each(hard)('is what it was, or stays, where a file %s', async (what, files) => {
    const before = packageOf(files)
    await compare(what, before, movedAll(before).tree)
  })
})

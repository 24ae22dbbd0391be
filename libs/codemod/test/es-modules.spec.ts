import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'

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

const run = promisify(execFile)

const probed = async (tree: Tree, dir: string): Promise<string> => {
  for (const [name, { content }] of tree) {
    await mkdir(path.join(dir, path.dirname(name)), { recursive: true })
    await writeFile(path.join(dir, name), content)
  }
  const { stdout } = await run(process.execPath, ['test/probe.js'], { cwd: dir })
  return stdout
}

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
})

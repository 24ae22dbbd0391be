import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { moveFunction } from './move-function.ts'

const manifest = '{"name":"x","type":"module","exports":"./index.js","engines":{"node":">=20"}}'
const index = "export { run } from './lib/run.js'\nexport { tidy } from './lib/text.js'\n"
const helper = `/** Counts the words. */
export function count(text) {
  return text.split(' ').filter((word) => word !== '' && count(word) !== 0).length
}
`
const text = `import { sep } from 'node:path'

export const tidy = (text) => text.trim() + sep

${helper}`
const run = `import { sep } from 'node:path'
import { count, tidy } from './text.js'

const limit = 9

// the one that is asked
export const run = (text) => count(tidy(text)) < limit && sep
`
const base = { 'package.json': manifest, 'index.js': index, 'lib/text.js': text, 'lib/run.js': run }

const moved = (files: Readonly<Record<string, string>> = {}) => {
  const { tree, patch } = refactor(treeOf({ ...base, ...files }), { goal: 'move' })
  return { patch, of: (path: string) => textIn(tree, path) }
}

describe('a function that one other file uses', () => {
  it('moves there with its comment, and is exported no more', () => {
    const { patch, of } = moved()
    expect(patch.edits.map(({ id }) => id)).toEqual(['move-function:lib/text.js:6'])
    expect(of('lib/text.js')).toBe(text.slice(0, text.indexOf('\n/**')))
    expect(of('lib/run.js')).toBe(`import { sep } from 'node:path'
import { tidy } from './text.js'

const limit = 9

${helper.replace('export ', '')}
// the one that is asked
export const run = (text) => count(tidy(text)) < limit && sep
`)
  })

  it.each([
    ['does something when it is loaded', `${text}console.log('loaded')\n`, "import './text.js'\n"],
    ['loads a module that may', `import './other.js'\n${text}`, "import './text.js'\n"],
    ['does nothing but declare', text, ''],
  ])('leaves behind an import without names where its module %s', (_, code, left) => {
    const alone = run.replace('count, tidy', 'count').replace('tidy(text)', 'text')
    const { of } = moved({ 'lib/text.js': code, 'lib/other.js': 'globalThis.x = 1\n', 'lib/run.js': alone })
    expect(of('lib/run.js')).toMatch(new RegExp(`^import { sep } from 'node:path'\n${left}\nconst limit`))
  })

  it('stands before all that may call it where it is a constant', () => {
    const code = text.replace('export function count(text) {', 'export const count = (text) => {')
    const eager = run.replace(
      'const limit = 9',
      'console.log(later())\nfunction later() {\n  return run\n}\nconst limit = 9',
    )
    const { of } = moved({ 'lib/text.js': code, 'lib/run.js': eager })
    expect(of('lib/run.js')).toContain(`from './text.js'\n\n/** Counts the words. */\nconst count = (text) => {`)
  })

  it('brings the imports along that only it has, and leaves none behind that nobody uses', () => {
    const code = `import fs, { existsSync } from 'node:fs'
import { one, two as deux } from '../other.js'
import * as all from './all.js'
import { sep } from 'node:path'

export const tidy = () => fs
export function count(text) {
  return existsSync(text + sep) && one + deux + all.three
}
`
    const files = {
      'other.js': 'export const one = 1\nexport const two = 2\n',
      'lib/run.js': 'export const run = 1\n',
      'lib/all.js': 'export const three = 3\n',
      'lib/text.js': code,
      'index.js': "export { run } from './lib/deep/run.js'\nexport { tidy } from './lib/text.js'\n",
      'lib/deep/run.js':
        'import { sep } from "node:path";\nimport { count } from "../text.js";\n\nexport const run = () => count(sep);\n',
    }
    const { of } = moved(files)
    expect(of('lib/text.js')).toBe(`import fs from 'node:fs'
import '../other.js'
import './all.js'

export const tidy = () => fs
`)
    expect(of('lib/deep/run.js')).toBe(`import { sep } from "node:path";
import "../text.js";
import { existsSync } from "node:fs";
import { one, two as deux } from "../../other.js";
import * as all from "../all.js";

function count(text) {
  return existsSync(text + sep) && one + deux + all.three
}

export const run = () => count(sep);
`)
  })

  it('does not leave the files that may be edited', () => {
    const { patch } = refactor(treeOf(base), { goal: 'move', include: ['lib/text.js'] })
    expect(patch.edits).toEqual([])
  })
})

describe('traps of moving', () => {
  const tried = (code: string, files: Readonly<Record<string, string>> = {}) =>
    tryRecipe(moveFunction, code, { path: 'lib/text.js', files: { ...base, ...files } })
  const with_ = (body: string, before = ''): string =>
    `${before}export const tidy = (text) => text\nexport function count(text) {\n  return ${body}\n}\n`

  it.each([
    ['reads a variable of its file', with_('limit2', 'const limit2 = 1\n'), {}, /stands in its file/],
    [
      'needs more of a module that the other imports from',
      with_('join(text)', "import { join } from 'node:path'\n"),
      {},
      /other names from the module of join/,
    ],
    ['would read another variable of that name', with_('limit + text'), {}, /limit means something else/],
    [
      'takes something from there',
      with_('run(text)', "import { run } from './run.js'\n"),
      { 'lib/run.js': "import { count } from './text.js'\nexport const run = () => count('')\n" },
      /run means something else/,
    ],
    [
      'means another export of one name',
      with_('sep + text', "import { delimiter as sep } from 'node:path'\nsep\n"),
      {},
      /sep means something else/,
    ],
    ['looks at its module', with_('import.meta.url'), {}, /where it stands/],
    ['loads by a relative path', with_("import('./other.js')"), {}, /where it stands|computed|whole/],
    ['is all that the file exports', with_('text').replace('export const', 'const'), {}, /nothing else/],
    ['is passed on', with_('text'), { 'lib/run.js': "export { count } from './text.js'\n" }, /passed on/],
    [
      'has another name there',
      with_('text'),
      { 'lib/run.js': "import { count as c } from './text.js'\nc()\n" },
      /name/,
    ],
    ['stands in a file with a directive', with_('text', "'use client'\n"), {}, /directive/],
    [
      'is taken with all the others',
      with_('text'),
      { 'a.js': "import * as t from './lib/text.js'\nt\n" },
      /as a whole/,
    ],
    [
      'is declared beside its file',
      with_('text'),
      { 'lib/text.d.ts': 'export declare function count(text: string): string\n' },
      /a declaration describes its types/,
    ],
    [
      'is named by a type in a comment',
      with_('text'),
      { 'a.js': "/** @type {import('./lib/text.js').count} */\nexport const same = undefined\n" },
      /a\.js may ask for it, or describe it/,
    ],
    ['can be imported by users', with_('text'), { 'package.json': '{"name":"x","type":"module"}' }, undefined],
    [
      'is a constant that may be used too early',
      with_('text').replace('export function count(text)', 'export const count = (text) =>'),
      {
        'lib/run.js':
          "import { other } from './cycle.js'\nimport { count } from './text.js'\nexport const run = () => count(other)\n",
        'lib/cycle.js': "import { run } from './run.js'\nexport const other = run\n",
      },
      /before it has run/,
    ],
    [
      'is a variable',
      with_('text').replace('export function count(text)', 'export let count = (text) =>'),
      {},
      undefined,
    ],
    ['is used by two', with_('text'), { 'a.js': "import { count } from './lib/text.js'\ncount('')\n" }, undefined],
    ['is tested', with_('text'), { 'test/a.js': "import { count } from '../lib/text.js'\ncount('')\n" }, undefined],
    ['is used at home', `${with_('text')}console.log(count(''))\n`, {}, undefined],
    ['is the default', with_('text').replace('export function', 'export default function'), {}, undefined],
    ['is written', `${with_('text')}export const set = () => (count = undefined)\n`, {}, undefined],
  ])('leaves alone what %s', (_, code, files, reason) => {
    const { edits, reasons } = tried(code, files)
    expect(edits).toBe(0)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
    else expect(reasons).toEqual([])
  })

  it('does not take a function along that moves itself', () => {
    const files = {
      'package.json': manifest,
      'index.js': "export { run } from './lib/run.js'\n",
      'lib/a.js': 'export const x = 1\nexport function f(n) {\n  return n\n}\n',
      'lib/b.js': "import { f } from './a.js'\nexport const y = () => f(1)\nexport function g() {\n  return f(2)\n}\n",
      'lib/run.js': "import { y, g } from './b.js'\nexport const run = () => y() + g()\n",
    }
    const { tree, patch } = refactor(treeOf(files), { goal: 'move' })
    expect(patch.edits.map(({ id }) => id)).toEqual(['move-function:lib/a.js:2'])
    expect(textIn(tree, 'lib/run.js')).toBe(files['lib/run.js'])
  })

  it('leaves alone what stands between two lines that would be one', () => {
    const code = `const b = 1\n\n${helper}\n[1].forEach(String)\nexport const tidy = (text) => text + b\n`
    const { edits, reasons } = tried(code)
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(/run on/)
  })

  it('is closed where it comes to stand before a bracket', () => {
    const { of } = moved({
      'lib/text.js': 'export const tidy = (text) => text\nexport const count = (text) => text.length\n',
      'lib/run.js': "import { count } from './text.js'\n\n[1].forEach(count)\nexport const run = 1\n",
    })
    expect(of('lib/run.js')).toContain('const count = (text) => text.length;\n\n[1]')
  })

  it('needs a value where the other file has only a type', () => {
    const files = {
      'package.json': manifest.replace('index.js', 'index.ts'),
      'index.ts': "export { run } from './lib/run'\n",
      'lib/node.ts': 'export class Node {}\n',
      'lib/run.ts':
        "import type { Node } from './node'\nimport { make } from './text'\nexport const run = (n: Node) => make(n)\n",
    }
    const code =
      "import { Node } from './node'\nexport const is = (n: unknown) => n instanceof Node\nexport const make = (n: Node) => new Node() ?? n\n"
    const { edits, reasons } = tryRecipe(moveFunction, code, { path: 'lib/text.ts', files })
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(/Node means something else/)
  })

  const user = "import { f } from './sub/b.js'\nexport const run = (x) => f(x)\n"
  const code = 'export const f = (x) => [x]\nexport const g = 1\n'
  const typed = (imports: string) => `${imports}\nexport const f = (x) => [x, v]\nexport const g = 1\n`
  it.each([
    [
      'finds another package there',
      { 'lib/sub/package.json': '{"type":"module"}', 'lib/sub/b.js': typed("import v from 'v'") },
      /another package/,
    ],
    [
      'is named by its own package.json only',
      { 'lib/sub/package.json': '{"imports":{"#v":"./v.js"}}', 'lib/sub/b.js': typed("import v from '#v'") },
      /another package/,
    ],
    [
      'says how what it imports is to be taken',
      { 'lib/sub/b.js': typed("import v from 'v/v.json' with { type: 'json' }") },
      /stands in its file/,
    ],
    [
      'cannot be written to as long as it is imported',
      { 'lib/run.js': user.replace('f(x)', '{\n  try {\n    f = 1\n  } catch {}\n  return f(x)\n}') },
      /written again/,
    ],
    ['is loaded once more', { 'lib/other.js': "export { f } from './sub/b.js?once-more'\n" }, /as a whole/],
    ['is loaded once more later', { 'lib/other.js': "await import('./sub/b.js#more')\n" }, /as a whole/],
    ['is among those that a bundler loads', { 'lib/other.js': "import.meta.glob('./sub/*.js')\n" }, /computed name/],
  ])('stays where it %s', (_, files, reason) => {
    const all = { 'package.json': manifest, 'index.js': index, 'lib/run.js': user, 'lib/sub/b.js': code, ...files }
    const { edits, reasons } = tryRecipe(moveFunction, all['lib/sub/b.js'], { path: 'lib/sub/b.js', files: all })
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(reason)
  })

  it('stays where a file says what makes its elements', () => {
    const files = {
      'package.json': manifest.replace('index.js', 'index.jsx'),
      'index.jsx': "export { run } from './lib/run.jsx'\n",
      'lib/run.jsx': "import { F } from './b.jsx'\nexport const run = (x) => F(x)\n",
    }
    const elements = "import React from 'react'\nexport const F = (x) => <p>{x}</p>\nexport const g = 1\n"
    const { edits, reasons } = tryRecipe(moveFunction, elements, { path: 'lib/b.jsx', files })
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(/makes its elements/)
  })

  it('does not drop a module that TypeScript loads for its values only', () => {
    const files = {
      'package.json': manifest.replace('index.js', 'index.ts'),
      'index.ts': "export { run } from './lib/run'\n",
      'lib/run.ts': "import { count, type T } from './text'\nexport const run = (t: T) => count(t)\n",
    }
    const code = 'export type T = string\nconsole.log(1)\nexport function count(t: string) {\n  return t.length\n}\n'
    const { edits, reasons } = tryRecipe(moveFunction, code, { path: 'lib/text.ts', files })
    expect(edits).toBe(0)
    expect(reasons.join()).toMatch(/no longer be loaded/)
  })
})

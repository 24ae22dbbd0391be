import { describe, expect, it } from '@jest/globals'

import { collect } from '../engine/candidates.ts'
import { openProject } from '../project.ts'
import { filler, longModule } from '../../test/support/long-file.ts'
import { refactor, textIn, treeOf } from '../../test/support/project.ts'

type Files = Readonly<Record<string, string>>

const manifest = '{"name":"x","type":"module","engines":{"node":">=20"}}'

const splitting = (files: Files, taken: readonly string[] = []) => {
  const tree = treeOf({ 'package.json': manifest, ...files })
  const outcome = refactor(tree, { goal: 'split', taken }, 'split')
  const proposal = outcome.proposals.find(({ id }) => id === 'split')
  return { ...outcome, proposal, made: proposal?.newFiles ?? [], of: (path: string) => textIn(outcome.tree, path) }
}
/** What the recipe alone finds. */
const found = (files: Files) => {
  const project = openProject(treeOf({ 'package.json': manifest, ...files }))
  const paths = project.units.filter(({ role }) => role === 'source').map(({ path }) => path)
  return collect(project, new Set(['split-file']), paths)
}
/** Why the recipe leaves a tree alone. */
const reasonsFor = (files: Files): string =>
  found(files)
    .refused.map(({ reason }) => reason)
    .join('\n')
/** Without the lines that only make a function long. */
const short = (text: string): string => text.replace(/(?: {2}value \+= \d+\r?\n)+/g, '  ...\n')

describe('a long module', () => {
  it('gives the functions that stand for themselves to a new file, and exports what it did', () => {
    const { made, of, patch, proposal } = splitting({
      'lib/old-file.js': longModule({ imports: "import { sep } from 'node:path'\n", inner: ' + sep' }),
    })
    expect(made).toEqual(['lib/read-text.js'])
    expect(proposal!.files).toEqual(['lib/old-file.js', 'lib/read-text.js'])
    expect(patch.edits.map(({ evidence }) => evidence)).toEqual([
      { kind: 'proven', assumptions: ['stack traces are not inspected'] },
    ])
    expect(short(of('lib/read-text.js'))).toBe(`import { sep } from 'node:path'

/** How deep it reads. */
const DEPTH = 9

function skipSpace(value) {
  ...
  return value
}

/** Reads a text. */
export function readText(value) {
  value = skipSpace(value) + DEPTH + sep
  ...
  return value
}
`)
    expect(of('lib/old-file.js')).toMatch(
      /^import \{ readText \} from '\.\/read-text\.js'\n\nexport \{ readText \} from '\.\/read-text\.js'\n\nlet calls = 0\n\nexport function stage0/,
    )
    expect(of('lib/old-file.js')).not.toContain('skipSpace')
  })

  it('is told as a file more, in the measures, the risk and the spec', () => {
    const { proposal } = splitting({ 'old.js': longModule() })
    expect(proposal).toMatchObject({ risk: 'high', metrics: { before: { files: 1 }, after: { files: 2 }, worse: [] } })
    expect(proposal!.metrics.before.functions).toBe(proposal!.metrics.after.functions)
  })

  it('gives the same edit every time, of two groups that are alike', () => {
    const other = longModule().replaceAll(/\b(stage\d|readText|run|skipSpace|DEPTH|calls)\b/g, '$1b')
    const [first, second] = [1, 2].map(() => found({ 'old.js': longModule({ after: other }) }).candidates)
    expect(first).toHaveLength(1)
    expect(JSON.stringify(first)).toBe(JSON.stringify(second))
  })

  it('takes back what it still uses, and only that', () => {
    const { of } = splitting({ 'old.js': longModule({ entry: '' }) })
    expect(of('old.js')).toMatch(/^import \{ readText \} from '\.\/read-text\.js'\n\nlet calls/)
    expect(of('read-text.js')).toMatch(/^\/\*\* How deep it reads. \*\/\nconst DEPTH = 9\n/)
    expect(of('read-text.js')).toContain('/** Reads a text. */\nexport function readText(')
    expect(of('read-text.js')).toContain('\nfunction skipSpace(')
  })

  it('exports by a list what a list exported', () => {
    const { of } = splitting({ 'old.js': longModule({ entry: '', after: 'export { readText as read }\n' }) })
    expect(of('old.js')).toMatch(/^import \{ readText \} from '\.\/read-text\.js'\n\nlet calls/)
    expect(of('old.js')).toMatch(/\nexport \{ readText as read \}\n$/)
  })

  it('keeps its shebang, its header and its line ends; a licence stands in both', () => {
    const header = '#!/usr/bin/env node\n// Copyright 2020 A. Author\n// SPDX-License-Identifier: MIT\n\n'
    const code = (header + longModule({ entry: '' })).replaceAll('\n', '\r\n')
    const { of } = splitting({ 'old.js': code })
    expect(of('old.js')).toMatch(
      /^#!\/usr\/bin\/env node\r\n\/\/ Copyright.*\r\n\/\/ SPDX.*\r\n\r\nimport \{ readText \}/,
    )
    expect(of('read-text.js')).toMatch(
      /^\/\/ Copyright 2020 A. Author\r\n\/\/ SPDX-License-Identifier: MIT\r\n\r\n\/\*\* How/,
    )
    expect(`${of('old.js')}${of('read-text.js')}`).not.toMatch(/[^\r]\n/)
  })

  it('writes quotes and semicolons as it does', () => {
    const code = longModule({ imports: 'import { sep } from "node:path";\n\nsep;\n' }).replaceAll(
      /^( .*|let .*|const .*)$/gm,
      '$1;',
    )
    expect(splitting({ 'old.js': code }).of('old.js')).toContain('\nimport { readText } from "./read-text.js";\n')
  })
})

describe('imports of a file that is split', () => {
  const imported = (imports: string, inner: string, files: Files = {}) =>
    splitting({ 'old.js': longModule({ imports, inner }), ...files })
  const loud = { 'one.js': 'export const one = {}.x\n', 'two.js': 'export const two = {}.x\n' }

  it('come along as they are written, and leave what nobody uses there', () => {
    const imports =
      "import fs, { existsSync as there, statSync } from 'node:fs'\nimport * as url from 'node:url'\nstatSync\n"
    const { of } = imported(imports, ' + there + url + fs')
    expect(of('read-text.js')).toMatch(
      /^import fs, \{ existsSync as there \} from 'node:fs'\nimport \* as url from 'node:url'\n\n/,
    )
    expect(of('old.js')).toMatch(
      /^import \{ statSync \} from 'node:fs'\nimport \{ readText \} from '\.\/read-text\.js'\n/,
    )
  })

  it('load every module in the order of today', () => {
    const both = "import { one } from './one.js'\nimport { two } from './two.js'\ntwo\n"
    const { of } = imported(both, ' + one', loud)
    expect(of('old.js')).toMatch(
      /^import \{ readText \} from '\.\/read-text\.js'\nimport \{ two \} from '\.\/two\.js'\n/,
    )
    const other = imported(both, ' + two'.replace('two', 'one'), { ...loud, 'two.js': 'export const two = 2\n' })
    expect(other.of('old.js')).toMatch(/^import \{ two \} from '\.\/two\.js'\nimport \{ readText \}/)
  })

  it('load what has to be loaded first, where no order of imports gives that', () => {
    const imports =
      "import { one } from './one.js'\nimport { two } from './two.js'\nimport './three.js'\nimport { four } from './four.js'\ntwo\n"
    const files = { ...loud, 'three.js': 'globalThis.x = 1\n', 'four.js': 'export const four = {}.x\n' }
    const { of } = imported(imports, ' + one + four', files)
    expect(of('old.js')).toMatch(
      /^import '\.\/one\.js'\nimport \{ two \} from '\.\/two\.js'\nimport '\.\/three\.js'\nimport '\.\/four\.js'\nimport \{ readText \}/,
    )
  })

  it('say of which kind a module is', () => {
    const imports = "import data from './data.json' with { type: 'json' }\n"
    const { of } = imported(imports, ' + data', { 'data.json': '1' })
    expect(of('read-text.js')).toMatch(/^import data from '\.\/data\.json' with \{ type: 'json' \}\n/)
  })
})

describe('the name of a new file', () => {
  const named = (files: Files, code = longModule()) => splitting({ 'lib/old.js': code, ...files }).made[0]

  it.each([
    ['lib/a-b.js', 'lib/read-text.js'],
    ['lib/aB.js', 'lib/readText.js'],
    ['lib/a_b.js', 'lib/read_text.js'],
    ['lib/ReadAll.js', 'lib/ReadText.js'],
    ['other/aB.js', 'lib/readText.js'],
  ])('is written as %s is', (path, wanted) => {
    expect(named({ [path]: 'export {}\n' })).toBe(wanted)
  })

  it.each(['read-text.js', 'Read-Text.JS', 'read-text.ts', 'READ-TEXT/a.txt', 'read-text'])(
    'is not that of %s',
    (path) => {
      expect(named({ [`lib/${path}`]: '' })).toBe('lib/old-read-text.js')
    },
  )

  it('is none that a tool takes for something else', () => {
    const code = longModule().replaceAll('readText', 'test')
    expect(named({}, code)).toBe('lib/old-test-functions.js')
  })

  it('is the word that its functions share', () => {
    const reading = `${filler('skipText', 20)}\n${filler('skipSpace', 20, 'value = skipText(value)')}`
    const code = longModule({ reading })
      .replaceAll('skipSpace', 'skipSpaceText')
      .replace(
        'export function run',
        `${filler('writeText', 4, 'value = readText(value)', 'export ')}\nexport function run`,
      )
    expect(named({}, code)).toBe('lib/text.js')
  })

  it('is not taken from a link, which no tree holds', () => {
    const { patch, refused } = splitting({ 'old.js': longModule() }, ['Read-Text.js'])
    expect(patch.edits).toEqual([])
    expect(refused).toEqual([])
  })

  it('is not taken from a link in a folder whose accents are written in another way', () => {
    const link = '\u00e9/read-text.js'.normalize('NFD')
    expect(splitting({ '\u00e9/old.js': longModule() }, [link]).patch.edits).toEqual([])
    expect(splitting({ '\u00e9/old.js': longModule() }).patch.edits).toHaveLength(1)
  })
})

describe('what is left in one file', () => {
  const refusedOf = (files: Files): string => {
    const { patch, tree, proposals } = splitting(files)
    expect(proposals.map(({ id }) => id)).not.toContain('split')
    expect(patch.edits).toEqual([])
    expect(tree.size).toBe(Object.keys(files).length + (files['package.json'] === undefined ? 1 : 0))
    return reasonsFor(files)
  }

  it('is a file of 300 lines of code, however long its comments', () => {
    const code = filler('a', 150, '', 'export ') + filler('b', 149, '', 'export ') + '// more\n\n'.repeat(200)
    expect(refusedOf({ 'old.js': code })).toBe('')
  })

  it.each([
    ['has a directive', `'use client'\n${longModule()}`, /directive/],
    ['calls eval', longModule({ after: "eval('1')\n" }), /eval/],
    ['is linted by its own rules', `/* eslint-disable no-var */\n${longModule()}`, /whole file/],
  ])('is a file that %s', (_, code, reason) => {
    expect(refusedOf({ 'old.js': code })).toMatch(reason)
  })

  it.each<[string, Parameters<typeof longModule>[0], RegExp]>([
    ['looks at its module', { inner: ' + import.meta.url' }, /where it stands/],
    ['loads by a relative path', { inner: " + import('./x.js')" }, /where it stands/],
    ['is written again', { after: 'readText = undefined\n' }, /written again/],
    ['is the default', { entry: 'export default ' }, /default export/],
    ['holds JSX', { inner: ' + <b />' }, /JSX/],
    ['silences a checker', { inner: '\n  // eslint-disable-next-line no-plusplus\n  value++' }, /tells a tool/],
    ['shares a line', { entry: 'let x; export ' }, /shares its lines/],
    ['is followed by what runs on', { reading: `${filler('skipSpace', 40)}(0, 1)\n` }, /run on/],
    ['uses a variable that is written', { inner: ' + calls' }, /no group/],
    ['uses a value that is computed', { before: 'const now = Date.now()\n', inner: ' + now' }, /no group/],
    ['uses a class with static code', { before: 'class C {\n  static x = Date.now()\n}\n', inner: ' + C' }, /no group/],
    [
      'uses a type that a comment declares',
      { before: '/** @typedef {number} Deep */\n', reading: `/** @param {Deep} value */\n${filler('skipSpace', 40)}` },
      /a type that a comment/,
    ],
    ['is touched before it is declared', { before: 'run(1)\n' }, /before its declaration/],
  ])('is a function that %s', (_, parts, reason) => {
    expect(refusedOf({ 'old.js': longModule(parts) })).toMatch(reason)
  })

  it.each([
    [
      'a page, which loads it as a script',
      { 'package.json': '{"name":"x"}', 'old.js': longModule().replaceAll('export ', '') },
      /no module/,
    ],
    [
      'a package with imports by an alias',
      { 'two.js': "import '#old'\nexport const two = 2\n" },
      /in a cycle of imports by an alias/,
    ],
    ['an import cycle', { 'two.js': "import { run } from './old.js'\nexport const two = run\n" }, /import cycle/],
    [
      'a package that names it alone',
      { 'package.json': '{"name":"x","type":"module","files":["old.js"]}' },
      /publishes old\.js by its name/,
    ],
    [
      'a package whose only file it is',
      { 'package.json': '{"name":"x","type":"module","main":"old.js","files":["dist"]}' },
      /publishes old\.js by its name/,
    ],
    ['git that knows it alone', { '.gitignore': '*.js\n!old.js\n!two.js\n' }, /\.gitignore leaves read-text\.js out/],
    ['npm that is told so', { '.npmignore': 'read*\n' }, /\.npmignore leaves read-text\.js out/],
    ['a compiler that is given its name', { 'tsconfig.json': '{"files":["old.js"]}' }, /tsconfig\.json names old\.js/],
    [
      'a script that names it',
      { 'package.json': '{"name":"x","type":"module","scripts":{"build":"terser ./old.js -o min.js"}}' },
      /script build/,
    ],
    ['a tool that names it', { 'gulpfile.js': "concat(['old.js'])\n" }, /gulpfile\.js names old\.js/],
    [
      'names that are all taken',
      { 'read-text.md': '', 'old-read-text.md': '', 'read-text-functions/a': '', 'old-read-text-functions': '' },
      /taken/,
    ],
    ['exports that would become getters', { 'package.json': '{"name":"x"}' }, /would become a getter/],
  ])('is a file in %s', (_, files, reason) => {
    const code = longModule({ imports: "import { two } from './two.js'\ntwo\n" })
    expect(refusedOf({ 'old.js': code, 'two.js': 'export const two = 2\n', ...files })).toMatch(reason)
  })
})

describe('a long file of TypeScript', () => {
  const types = `export interface Deep {
  readonly depth: number
}
type Space = string | undefined
`
  const typed = (code: string): string =>
    code
      .replaceAll('(value) {', '(value: number): number {')
      .replaceAll('value = skipSpace(value)', 'value = skipSpace(value, { depth: 1 })')
  const code = (imports: string, after = ''): string =>
    typed(
      longModule({
        imports,
        before: types,
        reading: filler('skipSpace', 40).replace('(value)', '(value: number, deep: Deep, space?: Space)'),
        after: `export const deep: Deep = { depth: Number('2') }\n${after}`,
      }),
    )
  const config = '{"compilerOptions":{"strict":true,"module":"nodenext"}}'
  const split = (text: string, files: Files = {}, path = 'lib/old.ts') =>
    splitting({ 'tsconfig.json': config, [path]: text, ...files })

  it('takes its types along, and passes them on as types', () => {
    const { of, made } = split(code("import { sep } from 'node:path'\nsep\n"))
    expect(made).toEqual(['lib/read-text.ts'])
    expect(of('lib/read-text.ts')).toMatch(/^export interface Deep \{\n {2}readonly depth: number\n\}\ntype Space/)
    expect(of('lib/old.ts')).toContain(`import { readText } from './read-text.js'
import type { Deep } from './read-text.js'

export { readText } from './read-text.js'
export type { Deep } from './read-text.js'
`)
  })

  it.each([
    [
      "import { type A, b } from './other.js'\nexport type B = A\nb\n",
      "import { readText, type Deep } from './read-text.js'\n",
    ],
    ["import { b } from './other.js'\nb\n", "import { readText } from './read-text.js'\nimport type { Deep }"],
    ["import { b } from './other.ts'\nb\n", "import { readText } from './read-text.ts'\n"],
    ["import { b } from './other'\nb\n", "import { readText } from './read-text'\n"],
  ])('imports as it does: %j', (imports, wanted) => {
    const { of } = split(code(imports), { 'lib/other.ts': 'export type A = number\nexport const b = 1\n' })
    expect(of('lib/old.ts')).toContain(wanted)
  })

  it.each([
    ['{"compilerOptions":{"module":"nodenext"}}', './read-text.js'],
    ['{"compilerOptions":{"module":"esnext","moduleResolution":"bundler"}}', './read-text'],
    ['{"compilerOptions":{"module":"nodenext","allowImportingTsExtensions":true}}', './read-text.ts'],
  ])('imports as the compiler asks for it where nothing else says how: %s', (text, wanted) => {
    expect(split(code(''), { 'tsconfig.json': text }).of('lib/old.ts')).toContain(`'${wanted}'`)
  })

  it.each([
    ['nothing says how to import', { 'tsconfig.json': '{}' }, '', /with which ending/],
    ['imports end in two ways', { 'lib/a.ts': 'export {}\n' }, "import './a'\nimport './a.js'\n", /with which ending/],
    ['it becomes CommonJS', { 'tsconfig.json': '{"compilerOptions":{"module":"commonjs"}}' }, '', /getter/],
  ])('stays as it is where %s', (_, files, imports, reason) => {
    const given = { 'tsconfig.json': config, 'lib/old.ts': code(imports), ...files }
    expect(splitting(given).proposal).toBeUndefined()
    expect(reasonsFor(given)).toMatch(reason)
  })

  it('is not held up by packages that both files import and that no tree holds', () => {
    const imports = "import { b } from 'b'\nimport { c } from './other.js'\nexport const d = Number(b) + c\n"
    const { made, of } = split(code(imports).replace('+ DEPTH', '+ DEPTH + b'), {
      'lib/other.ts': 'export const c = 1\n',
    })
    expect(made).toEqual(['lib/read-text.ts'])
    expect(of('lib/read-text.ts')).toMatch(/^import \{ b \} from 'b'\n/)
  })

  it('stays whole where the new file would not compile', () => {
    const text = code("import { sep } from 'node:path'\nsep\n").replace(
      'readonly depth: number',
      'readonly depth: typeof calls',
    )
    expect(split(text).proposal).toBeUndefined()
  })

  it('does not leave a module unloaded, of which only types are left', () => {
    const imports = "import { a, type B } from './loud.js'\nimport { c } from './louder.js'\nexport type D = B\nc\n"
    const loud = 'globalThis.name\nexport const a = 1\nexport type B = number\nexport const c = 2\n'
    const text = code(imports).replace('+ DEPTH', '+ DEPTH + a')
    const { of } = split(text, { 'lib/loud.ts': loud, 'lib/louder.ts': loud })
    expect(of('lib/old.ts')).toMatch(
      /^import \{ type B \} from '\.\/loud\.js'\nimport \{ readText, type Deep \} .*\nimport \{ c \} from '\.\/louder\.js'\n/,
    )
  })
})

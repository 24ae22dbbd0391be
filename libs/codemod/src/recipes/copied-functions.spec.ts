import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { copiedFunctions } from './copied-functions.ts'

const manifest = '{"name":"x","type":"module","exports":"./index.js","engines":{"node":">=20"}}'
const body = `(text) {
  const words = text.split(sep).filter((word) => word !== '')
  return words.length
}
`
const home = `import { sep } from 'node:path'

function count${body}
export const isLong = (text) => count(text) > 9
`
const user = `import { sep } from 'node:path'
import { isLong } from './text.js'

function count${body}
export const run = (text) => isLong(text) || count(text) > 3
`
const base = {
  'package.json': manifest,
  'index.js': "export { run } from './lib/run.js'\n",
  'lib/text.js': home,
}

const deduped = (code = user, files: Readonly<Record<string, string>> = {}) => {
  const { tree, patch } = refactor(treeOf({ ...base, 'lib/run.js': code, ...files }), { goal: 'dedupe' })
  return { patch, of: (path: string) => textIn(tree, path) }
}

describe('a function that an imported file has too', () => {
  it('is imported from there, with its other imports gone', () => {
    const { patch, of } = deduped()
    expect(patch.edits.map(({ id }) => id)).toEqual(['copied-functions:lib/run.js:4'])
    expect(of('lib/run.js')).toBe(`import { isLong, count } from './text.js'

export const run = (text) => isLong(text) || count(text) > 3
`)
    expect(of('lib/text.js')).toBe(home.replace('function count', 'export function count'))
  })

  it('keeps its own name, and what else it imports', () => {
    const named = user.replaceAll('count', 'size').replace('> 3', '> 3 && sep')
    const { of } = deduped(named)
    expect(of('lib/run.js')).toBe(`import { sep } from 'node:path'
import { isLong, count as size } from './text.js'

export const run = (text) => isLong(text) || size(text) > 3 && sep
`)
  })

  it.each([
    ["import isLong from './text.js'", "import isLong, { count } from './text.js'"],
    [
      "import isLong, {\n  two,\n  three,\n} from './text.js'",
      "import isLong, {\n  two,\n  three,\n  count,\n} from './text.js'",
    ],
    ["import './text.js'", "import { count } from './text.js'"],
  ])('comes with the import as it is written: %s', (written, wanted) => {
    const exports = 'export default isLong\nexport const two = 2\nexport const three = 3\n'
    const own = user.replace("import { isLong } from './text.js'", written).replace('isLong(text) || ', '')
    const { of } = deduped(own, { 'lib/text.js': home + exports })
    expect(of('lib/run.js')).toContain(`${wanted}\n\nexport const run`)
  })

  it('needs no new export where there is one, though users can reach the file', () => {
    const open = { 'package.json': '{"name":"x","type":"module","engines":{"node":">=20"}}' }
    const exported = home.replace('function count', 'export function count')
    const { patch, of } = deduped(user, { ...open, 'lib/text.js': exported })
    expect(patch.edits).toHaveLength(1)
    expect(of('lib/text.js')).toBe(exported)
  })

  it('takes a comment with it that the other has as well', () => {
    const commented = (code: string): string => code.replace('function count', '/** How many. */\nfunction count')
    const { of } = deduped(commented(user), { 'lib/text.js': commented(home) })
    expect(of('lib/run.js')).not.toContain('How many')
  })

  it('is exported once for two files, the second in another run', () => {
    const both = { 'index.js': `${base['index.js']}export { run as go } from './lib/go.js'\n`, 'lib/go.js': user }
    const { patch, of } = deduped(user, both)
    expect(patch.edits).toHaveLength(1)
    expect(of('lib/text.js')).toBe(home.replace('function count', 'export function count'))
  })
})

describe('traps of copies', () => {
  const tried = (code: string, files: Readonly<Record<string, string>> = {}) =>
    tryRecipe(copiedFunctions, code, { path: 'lib/run.js', files: { ...base, ...files } })
  const at = (text: string) => ({ 'lib/text.js': text })

  it.each([
    ['is kept as a value', user.replace('count(text) > 3', 'count'), {}, /more than calls/],
    ['is exported', user.replace('function count', 'export function count'), {}, undefined],
    ['is listed', `${user}export { count }\n`, {}, /more than calls/],
    ['is never called', user.replace(' || count(text) > 3', ''), {}, /nobody uses/],
    ['differs by a word', user.replace("!== ''", "!= ''"), {}, undefined],
    ['is asynchronous here only', user.replace('function count', 'async function count'), {}, undefined],
    ['has a comment of its own', user.replace('function count', '// here\nfunction count'), {}, /comment/],
    ['says inside what the other does not', user.replace('  return', '  // all\n  return'), {}, /comment/],
    [
      'means another variable',
      user.replace("import { sep } from 'node:path'", "const sep = ','"),
      {},
      /sep may mean something else/,
    ],
    [
      'means a global that is a variable there',
      user.replaceAll('text.split(sep)', 'text.split(name)'),
      at(`const name = 'x'\n${home.replaceAll('text.split(sep)', 'text.split(name)')}`),
      /name may mean something else/,
    ],
    ['means another export', user.replace('{ sep }', '{ delimiter as sep }'), {}, /sep may mean something else/],
    [
      'calls itself',
      user.replaceAll('words.length', 'count(words)'),
      at(home.replaceAll('words.length', 'count(words)')),
      /calls itself/,
    ],
    [
      'looks at its module',
      user.replaceAll('words.length', 'import.meta.url'),
      at(home.replaceAll('words.length', 'import.meta.url')),
      /where it stands/,
    ],
    ['has a twin that is replaced', user, at(`${home}export const set = (f) => (count = f)\n`), /replaced/],
    ['has a twin in a file with a list of exports', user, at(`${home}export { sep }\n`), /lists what it exports/],
    ['has a twin in a file that is passed on', user, { 'a.js': "export * from './lib/text.js'\n" }, /as a whole/],
    [
      'has a twin in a file that is mocked',
      user,
      { 'test/a.test.js': "jest.mock('../lib/text.js', () => ({ isLong: () => true }))\n" },
      /mocked/,
    ],
    ['has a twin that users would see', user, { 'package.json': '{"name":"x","type":"module"}' }, /users would see/],
    [
      'stands in an import cycle',
      user,
      at(`import { run } from './run.js'\n${home}export const again = () => run('')\n`),
      /cycle/,
    ],
    ['stands in a file with a directive', `'use client'\n${user}`, {}, /directive/],
    ['is imported as a whole', user.replace('{ isLong }', '* as isLong'), {}, /as a whole/],
    ['has a comment in its import', user.replace('{ isLong }', '{ isLong /* yes */ }'), {}, /comment stands inside/],
    ['is of a file that is not imported', user.replace("import { isLong } from './text.js'\n", ''), {}, undefined],
    ['is the default there', user, at(home.replace('function count', 'export default function count')), undefined],
  ])('leaves alone what %s', (_, code, files, reason) => {
    const { edits, reasons } = tried(code, files)
    expect(edits).toBe(0)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
    else expect(reasons).toEqual([])
  })

  it('wants a value that is imported where TypeScript would leave the import out', () => {
    const typed = (code: string): string => code.replace('(text) {', '(text: string) {')
    const files = {
      'package.json': manifest.replace('index.js', 'index.ts'),
      'index.ts': "export { run } from './lib/run'\n",
      'lib/text.ts': `${typed(home).replace('(text) =>', '(text: string) =>')}export type Words = string\n`,
    }
    const code = `import { sep } from 'node:path'
import { Words } from './text'

${typed(`function count${body}`)}
export const run = (text: Words) => count(text) > 3
`
    const types = tryRecipe(copiedFunctions, code, { path: 'lib/run.ts', files })
    expect(types.reasons.join()).toMatch(/left out/)
    const value = code.replace('{ Words }', '{ isLong, type Words }').replace('=> count', '=> isLong(text) && count')
    expect(tryRecipe(copiedFunctions, value, { path: 'lib/run.ts', files }).edits).toBe(1)
  })
})

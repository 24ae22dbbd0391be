import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { analyze } from '../analysis/analyze.ts'
import { explainNothing } from '../proposals/propose.ts'

const rename = (files: Readonly<Record<string, string>>, goal: string) => refactor(treeOf(files), { goal })

const reasonOf = (files: Readonly<Record<string, string>>, goal: string): string => {
  const tree = treeOf(files)
  return explainNothing(tree, analyze(tree), { goal }).join('\n')
}

describe('renaming', () => {
  it('changes every use in one edit, and no other name', () => {
    const { tree, patch } = rename(
      {
        'index.js':
          'function cost(a) { return a.cost + cost.length; }\nexports.run = function (cost) { return cost; };\nexports.cost = cost(1); // cost\n',
      },
      'rename cost price',
    )
    expect(patch.edits).toHaveLength(1)
    expect(textIn(tree, 'index.js')).toBe(
      'function price(a) { return a.cost + price.length; }\nexports.run = function (cost) { return cost; };\nexports.cost = price(1); // cost\n',
    )
  })

  it('keeps the names of properties that a shorthand makes, and of what a list exports', () => {
    const { tree } = rename(
      { 'index.mjs': 'const cost = 1\nexport const all = { cost }\nexport { cost }\n', 'package.json': '{"name":"x"}' },
      'rename cost price',
    )
    expect(textIn(tree, 'index.mjs')).toBe(
      'const price = 1\nexport const all = { cost: price }\nexport { price as cost }\n',
    )
  })

  it('follows a private name through the imports of other files', () => {
    const { tree } = rename(
      {
        'package.json': '{"name":"x","type":"module","exports":"./index.js"}',
        'index.js': "import { cost } from './lib.js'\nexport const run = () => cost()\n",
        'lib.js': 'export function cost() { return 1 }\n',
      },
      'rename lib.js#cost price',
    )
    expect(textIn(tree, 'lib.js')).toBe('export function price() { return 1 }\n')
    expect(textIn(tree, 'index.js')).toMatch(/import \{ price( as cost)? \} from/)
  })

  it.each([
    [
      'a name that the scope already has',
      'const cost = 1, price = 2;\nexports.a = cost + price;',
      'rename cost price',
      /already declared/,
    ],
    [
      'a use that would be captured',
      'const cost = 1;\nexports.f = function (price) { return cost; };',
      'rename cost price',
      /captured/,
    ],
    [
      'a var in the scope of that name',
      'exports.f = function (a) { try { a(); } catch (price) { var cost = 1; } return cost; };',
      'rename cost price',
      /stands in the scope/,
    ],
    [
      'a global that would be shadowed',
      'const cost = 1;\nexports.f = function () { return cost + String(1); };',
      'rename cost String',
      /shadow/,
    ],
    ['a reserved word', 'const cost = 1;\nexports.a = cost;', 'rename cost class', /not a name/],
    ['something that is no name', 'const cost = 1;\nexports.a = cost;', 'rename cost a-b', /not a name/],
    ['a name that nobody declares', 'exports.a = 1;', 'rename cost price', /declares cost/],
    [
      'a name that eval can see',
      'const cost = 1;\nexports.f = function (a) { return cost + eval(a); };',
      'rename cost price',
      /eval/,
    ],
    [
      'two declarations of the name',
      'exports.a = function () { var cost; return cost; };\nexports.b = function () { var cost; return cost; };',
      'rename cost price',
      /also declared/,
    ],
  ])('refuses %s', (_, code, goal, reason) => {
    expect(rename({ 'index.js': code }, goal).patch.edits).toEqual([])
    expect(reasonOf({ 'index.js': code }, goal)).toMatch(reason)
  })

  it('refuses to change what users of the package import', () => {
    const files = { 'package.json': '{"name":"x","type":"module"}', 'index.js': 'export function cost() {}\n' }
    expect(reasonOf(files, 'rename cost price')).toMatch(/users of the package import/)
  })
})

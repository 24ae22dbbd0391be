import { describe, expect, it } from '@jest/globals'

import { callerIds, edgesOf, graphOf } from '../test/support/small-trees.ts'
import { callersOf, referencesTo, symbolsAt, UnknownSymbol } from './index.ts'

const f = 'function f() {}\nfunction other() {}\n'

describe('a call is joined to the function', () => {
  it.each([
    ['a named import', `export ${f}`, "import { f } from './a.js'\nconst use = () => f()"],
    ['a renamed import', `export ${f}`, "import { f as g } from './a.js'\nconst use = () => g()"],
    ['a renamed export', `${f}export { f as g }`, "import { g } from './a.js'\nconst use = () => g()"],
    ['a default function', `export default ${f}`, "import g from './a.js'\nconst use = () => g()"],
    ['a default name', `${f}export default f`, "import g from './a.js'\nconst use = () => g()"],
    [
      'default as a name',
      `${f}export { f as default }`,
      "import { default as g } from './a.js'\nconst use = () => g()",
    ],
    ['default and named', `export ${f}export default 1`, "import d, { f } from './a.js'\nconst use = () => f()"],
    ['a namespace', `export ${f}`, "import * as a from './a.js'\nconst use = () => a.f()"],
    ['a namespace by text', `export ${f}`, "import * as a from './a.js'\nconst use = () => a['f']()"],
    ['default and namespace', `export ${f}`, "import d, * as a from './a.js'\nconst use = () => a.f()"],
    ['an import later', `export ${f}`, "const use = async () => (await import('./a.js')).f()"],
    [
      'an import later, in parts',
      `export ${f}`,
      "const use = async () => { const { f: g } = await import('./a.js'); g() }",
    ],
    ['an import later, by name', `export ${f}`, "const use = async () => { const a = await import('./a.js'); a.f() }"],
    ['require, as a whole', `${f}module.exports = { f }`, "const a = require('./a')\nconst use = () => a.f()"],
    ['require, in parts', `${f}exports.f = f`, "const { f: g } = require('./a')\nconst use = () => g()"],
    ['require, one part', `${f}module.exports.f = f`, "const g = require('./a').f\nconst use = () => g()"],
    ['require on the spot', `${f}exports.f = f`, "const use = () => require('./a').f()"],
    ['require of a function', `${f}module.exports = f`, "const g = require('./a')\nconst use = () => g()"],
    ['require of it on the spot', `${f}module.exports = f`, "const use = () => require('./a')()"],
    [
      'what is exported beside a function',
      `${f}module.exports = other; module.exports.f = f`,
      "const g = require('./a')\nconst use = () => g.f()",
    ],
    [
      'a member of what is exported',
      `${f}module.exports = other; other.f = f`,
      "const g = require('./a')\nconst use = () => g.f()",
      'use',
    ],
    ['CommonJS by a default import', `${f}module.exports = f`, "import g from './a.js'\nconst use = () => g()"],
    ['CommonJS by a named import', `${f}module.exports = { f }`, "import { f } from './a.js'\nconst use = () => f()"],
    [
      'what compilers write',
      `${f}exports.f = void 0; exports.f = f`,
      "const a_1 = __importStar(require('./a'))\nconst use = () => (0, a_1.f)()",
    ],
    [
      'a getter that compilers write',
      `${f}Object.defineProperty(exports, 'f', { get: function () { return f } })`,
      "const a = require('./a')\nconst use = () => a.f()",
    ],
    ['import equals', `${f}export = f`, "import g = require('./a')\nconst use = () => g()"],
    ['call and apply', `export ${f}`, "import { f } from './a.js'\nconst use = () => f.call(null)"],
  ])('by %s', (_, declaring, using, kind = 'call') => {
    const graph = graphOf({ 'a.ts': declaring, 'b.ts': using })
    const edges = edgesOf(graph).filter((edge) => edge.startsWith('b.ts#use '))
    if (kind === 'call') expect(edges).toEqual(['b.ts#use call a.ts#f'])
    else expect(edges).toEqual(['b.ts#use use a.ts#other'])
    expect(graph.edgesFrom[graph.files.get('b.ts')!]).toContainEqual(expect.objectContaining({ kind: 'import', to: 0 }))
  })

  it.each([
    ['names', "export { f } from './a.js'"],
    ['other names', "export { f as f } from './a.js'"],
    ['everything', "export * from './a.js'"],
    ['an import', "import { f } from './a.js'\nexport { f }"],
    ['CommonJS', "module.exports = require('./a')"],
    ['CommonJS in parts', "exports.f = require('./a').f"],
    ['CommonJS as a spread', "module.exports = { ...require('./a') }"],
    ['what compilers write', "__exportStar(require('./a'), exports)"],
  ])('through a chain of files that export %s again', (_, middle) => {
    const again = middle.replaceAll('./a', './b')
    const graph = graphOf({
      'a.js': `export ${f}`,
      'b.js': middle,
      'c/index.js': again.replaceAll('./b', '../b'),
      'd.js': "import { f } from './c'\nexport const use = () => f()",
    })
    expect(callerIds(graph, 'a.js#f')).toEqual(['d.js#use'])
  })

  it('through a namespace that is exported', () => {
    const graph = graphOf({
      'a.ts': `export ${f}`,
      'b.ts': "export * as tools from './a.ts'",
      'c.ts':
        "import { tools } from './b.ts'\nimport * as all from './b.ts'\nconst one = () => tools.f()\nconst two = () => all.tools.f()",
    })
    expect(callerIds(graph, 'a.ts#f')).toEqual(['c.ts#one', 'c.ts#two'])
  })

  it('in a package of the tree, and by paths of tsconfig.json', () => {
    const graph = graphOf({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }',
      'packages/log/package.json': '{ "name": "@shop/log", "exports": "./src/main.js" }',
      'packages/log/src/main.ts': `export ${f}`,
      'src/a.ts': "import { f } from '@shop/log'\nexport const g = () => f()",
      'src/deep/b.ts': "import { g } from '~/a'\ng()",
    })
    expect(callerIds(graph, 'packages/log/src/main.ts#f')).toEqual(['src/a.ts#g'])
    expect(callerIds(graph, 'src/a.ts#g')).toEqual(['src/deep/b.ts'])
  })
})

describe('methods', () => {
  const graph = graphOf({
    'port.ts': 'export interface Jobs { get(): void }',
    'base.ts': 'export class Base { all() {} own() { this.all() } }',
    'postgres.ts': `
import { Base } from './base.ts'
import type { Jobs } from './port.ts'
export class Postgres extends Base implements Jobs { get() { super.all() } all() {} }`,
    'use.ts': `
import type { Jobs } from './port.ts'
export class Use { constructor(private readonly jobs: Jobs) {} run() { this.jobs.get() } }`,
    'main.ts': `
import { Postgres } from './postgres.ts'
import { Use } from './use.ts'
export const postgres = new Postgres()
new Use(postgres).run()`,
    'other.ts': "import { postgres } from './main.ts'\npostgres.own()",
  })

  it('are found by this, super, the class of a field, and instances in other files', () => {
    expect(callerIds(graph, 'base.ts#Base.all')).toEqual(['base.ts#Base.own', 'postgres.ts#Postgres.get'])
    expect(callerIds(graph, 'port.ts#Jobs.get')).toEqual(['use.ts#Use.run'])
    expect(callerIds(graph, 'use.ts#Use.run')).toEqual(['main.ts'])
    expect(callerIds(graph, 'base.ts#Base.own')).toEqual(['other.ts'])
    expect(callerIds(graph, 'use.ts#Use.constructor')).toEqual(['main.ts'])
  })

  it('lead to those that take their place', () => {
    const overriding = edgesOf(graph).filter((edge) => edge.includes(' override '))
    expect(overriding).toEqual(
      [
        'port.ts#Jobs.get override postgres.ts#Postgres.get',
        'base.ts#Base.all override postgres.ts#Postgres.all',
      ].sort(),
    )
  })
})

describe('names that lead in a circle', () => {
  it('end', () => {
    const graph = graphOf({
      'a.js': "export * from './b.js'\nexport { x } from './b.js'\nimport { y } from './b.js'\ny.z()",
      'b.js': "export * from './a.js'\nexport { x } from './a.js'\nexport { y } from './a.js'",
      'c.js': 'class A extends B {}\nclass B extends A { f() { this.nothing() } }\nconst d = new A()\nd.nothing()',
      'self.js':
        "import * as self from './self.js'\nexport const one = () => self.one()\nexport const two = () => self.self",
    })
    expect(callerIds(graph, 'self.js#one')).toEqual(['self.js#one'])
    expect(referencesTo(graph, 'b.js').map(({ from, kind }) => `${from.id} ${kind}`)).toEqual(['a.js import'])
  })
})

describe('what is asked of a graph', () => {
  const graph = graphOf({
    'a.ts': 'export class A {\n  a() {\n    return 1\n  }\n}\n\nexport type T = A\n',
    'b.ts': "import { A, type T } from './a.ts'\nconst b = (t: T) => new A()\n\nb(1)\nb(2)\n",
    'vendor/x.js': 'x()',
    'x.min.js': 'x()',
  })

  it('is answered with places', () => {
    expect(callersOf(graph, 'b.ts#b').map(({ from, lines }) => [from.id, lines])).toEqual([['b.ts', [4, 5]]])
    expect(referencesTo(graph, 'a.ts#A').map(({ from, kind, lines }) => [from.id, kind, lines])).toEqual([
      ['a.ts#T', 'type', [7]],
      ['b.ts#b', 'new', [2]],
    ])
    expect(symbolsAt(graph, 'a.ts', [3, 1, 6]).map(({ id }) => id)).toEqual(['a.ts', 'a.ts#A', 'a.ts#A.a'])
    expect(symbolsAt(graph, 'none.ts', [1])).toEqual([])
    expect(graph.unread).toEqual([
      { path: 'vendor/x.js', reason: 'is vendored' },
      { path: 'x.min.js', reason: 'is minified' },
    ])
    expect(graph.lines).toBe(12)
  })

  it('leaves out what nests deeper than the stack, and reads on', () => {
    const deep = graphOf({ 'a.js': `${'(\n'.repeat(200_000)}1`, 'b.js': 'export const b = () => b()' })
    expect(deep.unread).toEqual([{ path: 'a.js', reason: 'nests too deeply to be read' }])
    expect(callerIds(deep, 'b.js#b')).toEqual(['b.js#b'])
  })

  it('names what there is not', () => {
    expect(() => callersOf(graph, 'a.ts#B')).toThrow(UnknownSymbol)
    expect(() => callersOf(graph, 'constructor')).toThrow(/name a file .* or a declaration in it/)
  })
})

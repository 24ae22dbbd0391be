import { describe, expect, it } from '@jest/globals'

import { outcomesOf } from '../../test/support/outcomes.ts'
import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { numbers } from '../../test/support/random-program.ts'
import { trapTable } from '../../test/support/trap-table.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { classDeclarations } from './class-declarations.ts'

const GET = 'Foo.prototype.get = function () { return this.a; };'
const FOO = `function Foo(a) { this.a = a; }\n${GET}\n`
const CLASS = 'class Foo {\n  constructor(a) { this.a = a; }\n  get() { return this.a; }\n}\n'
const strict = (body: string): string => `'use strict';\n${body}`

describe('classes', () => {
  trapTable(classDeclarations, [
    [`${FOO}return new Foo(p).get();`, `${CLASS}return new Foo(p).get();`],
    [`${FOO}return p instanceof Foo;`, `${CLASS}return p instanceof Foo;`],
    [
      `${FOO}function make() { return new Foo(q); }\nreturn make().a;`,
      `${CLASS}function make() { return new Foo(q); }\nreturn make().a;`,
    ],
    [`${FOO}Foo.count = 1;\nreturn Foo.count + p;`, `${CLASS}Foo.count = 1;\nreturn Foo.count + p;`],
    [
      `${FOO}Foo.prototype.size = 2;\nFoo.prototype.fetch = Foo.prototype.get;\nreturn new Foo(p).fetch();`,
      `${CLASS}Foo.prototype.size = 2;\nFoo.prototype.fetch = Foo.prototype.get;\nreturn new Foo(p).fetch();`,
    ],
    [
      `${FOO}Object.defineProperty(Foo.prototype, 'x', { get: function () { return 1; } });\nreturn new Foo(p).x;`,
      `${CLASS}Object.defineProperty(Foo.prototype, 'x', { get: function () { return 1; } });\nreturn new Foo(p).x;`,
    ],
    [
      `${FOO.slice(0, -1)}\nFoo.prototype.again = function () { return new Foo(this.get()); };\nreturn new Foo(p).again().get();`,
      `${CLASS.slice(0, -2)}  again() { return new Foo(this.get()); }\n}\nreturn new Foo(p).again().get();`,
    ],
    ['function Foo() {}\nreturn new Foo();', undefined],
    [`${FOO}return Foo(p);`, undefined, /without new/],
    [`${FOO}function Bar() { Foo.call(this, 1); }\nreturn new Bar().a;`, undefined, /without new/],
    [`${FOO}return Foo.apply(p, [q]);`, undefined, /without new/],
    [`${FOO}return Foo;`, undefined, /handed to other code/],
    [`${FOO}return [Foo].map(function (F) { return F.call({}, 1); });`, undefined, /handed to other code/],
    [`${FOO}class Bar extends Foo {}\nreturn new Bar(p).a;`, undefined, /handed to other code/],
    [`${FOO}return Foo.length;`, undefined, /that of a function/],
    [`${FOO}Foo.of = function (a) { return this(a); };\nreturn Foo.of(p);`, undefined, /as this/],
    [`var f = new Foo(p);\n${FOO}return f.a;`, undefined, /before its declaration/],
    [`var f = make();\n${FOO}function make() { return new Foo(p); }\nreturn f.a;`, undefined, /before its declaration/],
    [`return { make: make };\nfunction make() { return new Foo(p); }\n${FOO}`, undefined, /before its declaration/],
    [`if (p) {\n  function Foo() {}\n  Foo.prototype.x = function () {};\n}\nreturn typeof Foo;`, undefined],
    [`var Foo = p;\n${FOO}return Foo;`, undefined, /another way/],
    [`${FOO}Foo = p;\nreturn new Foo(q);`, undefined, /another value/],
    [`${FOO}eval('Foo(1)');`, undefined, /eval/],
    [`${FOO}var proto = Foo.prototype;\nproto.x = 1;\nreturn new Foo(p).x;`, undefined, /as a whole/],
    [`${FOO}Foo.prototype = { x: 1 };\nreturn new Foo(p).x;`, undefined, /as a whole/],
    [`${FOO}return Object.keys(Foo.prototype);`, undefined, /handed to other code/],
    [`${FOO}Foo.prototype.constructor = p;\nreturn new Foo(q);`, undefined, /by hand/],
    [`${FOO}var x = 1;\nFoo.prototype.more = function () {};\nreturn new Foo(p);`, undefined, /another place/],
    [`${FOO}${GET}\nreturn new Foo(p);`, undefined, /set twice/],
    [
      'function Foo(a) { if (!(this instanceof Foo)) return new Foo(a); }\nFoo.prototype.x = function () {};\nreturn new Foo();',
      undefined,
      /returns a value/,
    ],
    [
      'function Foo() {}\nFoo.prototype.x = function x(n) { return n ? x(n - 1) : 0; };\nreturn new Foo().x(2);',
      undefined,
      /name of its own/,
    ],
    [
      'function Foo() {}\nFoo.prototype.constructor = function () {};\nreturn new Foo();',
      undefined,
      /no method|by hand/,
    ],
    ['function Foo() {}\nFoo.prototype.x = () => 1;\nreturn new Foo().x();', undefined],
    [`${FOO}return new (new Foo(p).get)();`, undefined],
    [`${FOO}var f = new Foo(p);\nreturn new f.get();`, undefined, /constructed/],
    [`${FOO}for (var k in new Foo(p)) q = k;\nreturn q;`, undefined, /inherited/],
    [`${FOO}for (var k in p) q(k);\nreturn new Foo(p);`, undefined, /inherited/],
    [`${FOO}return q.extend({}, new Foo(p));`, undefined, /may take what is inherited/],
    [`${FOO}return Object.getPrototypeOf(new Foo(p));`, undefined, /looks at prototypes/],
    [`${FOO}return new Foo(p).constructor(q);`, undefined, /taken from an object/],
    [`${FOO}var f = new Foo(p).get;\nreturn f();`, undefined, /without its object/],
    ['function Foo() {} Foo.prototype.x = function () {};\nreturn new Foo();', undefined, /shares its line/],
    ['function Foo /* why */ (a) {}\nFoo.prototype.x = function () {};\nreturn new Foo();', undefined, /comment/],
    ['function Foo() {}\nFoo.prototype.x = /* why */ function () {};\nreturn new Foo();', undefined, /comment/],
    ['async function Foo() {}\nFoo.prototype.x = function () {};\nreturn typeof Foo;', undefined],
  ])

  trapTable(classDeclarations, [
    [strict(`${FOO}return typeof new Foo(p).get;`), strict(`${CLASS}return typeof new Foo(p).get;`)],
    [
      `${FOO}for (var k in p) if (Object.prototype.hasOwnProperty.call(p, k)) q = k;\nreturn new Foo(q).a;`,
      `${CLASS}for (var k in p) if (Object.prototype.hasOwnProperty.call(p, k)) q = k;\nreturn new Foo(q).a;`,
    ],
    [
      `${FOO}for (var k in p) { if (!Object.hasOwn(p, k)) continue; q = k; }\nreturn new Foo(q).a;`,
      `${CLASS}for (var k in p) { if (!Object.hasOwn(p, k)) continue; q = k; }\nreturn new Foo(q).a;`,
    ],
    [`${FOO}for (var k in p) if (Object.hasOwn(q, k)) q = k;\nreturn new Foo(q).a;`, undefined, /inherited/],
    [`${FOO}return new Foo(p).constructor === q;`, `${CLASS}return new Foo(p).constructor === q;`],
  ])
})

describe('sloppy code in a class', () => {
  const method = (body: string, parameters = 'a'): string =>
    `function Foo() {}\nFoo.prototype.x = function (${parameters}) { ${body} };\nreturn new Foo().x(p);`
  trapTable(classDeclarations, [
    [
      method('return arguments.length + arguments[0];'),
      'class Foo {\n  constructor() {}\n  x(a) { return arguments.length + arguments[0]; }\n}\nreturn new Foo().x(p);',
    ],
    [method('leaked = a;'), undefined, /may make the global leaked/],
    [method('a = 1; return arguments[0];'), undefined, /share their values/],
    [method('var a = 1; return arguments[0];'), undefined, /share their values/],
    [method('arguments[0] = 1; return a;'), undefined, /share their values/],
    [method('return q(arguments);'), undefined, /share their values/],
    [method('return arguments.callee;'), undefined, /share their values|runs or calls/],
    [method('with (a) { return b; }'), undefined, /with/],
    [method('return 010;'), undefined, /octal/],
    [method("return '\\01';"), undefined, /octal/],
    [method('return delete a;'), undefined, /deletes/],
    [method('return (function () { return typeof this; })();'), undefined, /global object/],
    [method('var let = a; return let;'), undefined, /reserved/],
    [method('if (a) { function f() {} } return typeof f;'), undefined, /function in a block/],
    [method('return (function f() { f = 1; return typeof f; })();'), undefined, /name of a function/],
    [method('return a;', 'a, a'), undefined, /one name/],
    [
      method('return (() => this instanceof Foo)();'),
      'class Foo {\n  constructor() {}\n  x(a) { return (() => this instanceof Foo)(); }\n}\nreturn new Foo().x(p);',
    ],
  ])
})

describe('layout', () => {
  it('keeps comments, empty lines, templates and the style of the file', () => {
    const code = `'use strict'

/** A list. */
function List (items) {
  this.items = items || []
} // List

/**
 * The first one.
 */
List.prototype.first = function () {
  // may be nothing
  return this.items[0]
}

List.prototype.text = async function (end) {
  return \`
list: \${this.items}\` + end
} // done

List.prototype.each = function * () {
  yield * this.items

  yield null
} // each

exports.make = (items) => new List(items)
`
    expect(tryRecipe(classDeclarations, code).text).toBe(`'use strict'

/** A list. */
class List {
  constructor (items) {
    this.items = items || []
  } // List

  /**
   * The first one.
   */
  first () {
    // may be nothing
    return this.items[0]
  }

  async text (end) {
    return \`
list: \${this.items}\` + end
  } // done

  *each () {
    yield * this.items

    yield null
  } // each
}

exports.make = (items) => new List(items)
`)
  })

  it('leaves what is exported alone, in all its spellings, and TypeScript', () => {
    for (const end of [
      'module.exports = Foo',
      'exports.Foo = Foo',
      'module.exports = { Foo }',
      'module.exports = { Foo: Foo }',
    ]) {
      const { edits, reasons } = tryRecipe(classDeclarations, `${strict(FOO)}${end};\n`)
      expect([edits, reasons.length]).toEqual([0, 1])
    }
    expect(tryRecipe(classDeclarations, `${FOO}export { Foo }\n`, { path: 'index.mjs' }).reasons).toEqual([
      'it is exported',
    ])
    expect(tryRecipe(classDeclarations, `export ${FOO}`, { path: 'index.mjs' }).edits).toBe(0)
    expect(tryRecipe(classDeclarations, `${FOO}export const f = new Foo(1)\n`, { path: 'index.ts' }).edits).toBe(0)
  })

  it('leaves alone what a module exports an instance of', () => {
    const wrapped = `module.exports = (function () {\n${strict(FOO)}return new Foo(1);\n})();\n`
    expect(tryRecipe(classDeclarations, wrapped).reasons).toEqual(['an instance may be exported'])
    const ends = [
      'module.exports = new Foo(1)',
      'const f = new Foo(1);\nexports.f = f',
      'module.exports = [new Foo(1)]',
    ]
    for (const end of ends)
      expect(tryRecipe(classDeclarations, `${strict(FOO)}${end};\n`).reasons).toEqual(['an instance may be exported'])
    const kept = `${strict(FOO)}const f = new Foo(1);\nmodule.exports = () => f.a;\n`
    expect(tryRecipe(classDeclarations, kept).edits).toBe(1)
    const module = `${FOO}export const f = new Foo(1)\n`
    expect(tryRecipe(classDeclarations, module, { path: 'index.mjs' }).reasons).toEqual(['an instance may be exported'])
  })

  it('looks at the other files of the package', () => {
    const code = `${strict(FOO)}exports.make = () => new Foo(1);\n`
    const loop = 'exports.keys = (o) => { const keys = []; for (const k in o) keys.push(k); return keys }\n'
    expect(tryRecipe(classDeclarations, code, { files: { 'keys.js': loop } }).reasons).toEqual([
      'a loop goes over properties that may be inherited, in keys.js:1',
    ])
    expect(tryRecipe(classDeclarations, code, { files: { 'test/keys.js': loop } }).edits).toBe(1)
  })
})

describe('what it rests on', () => {
  const code = `${strict(FOO)}module.exports = (p) => new Foo(p).get();\n`

  it('names the bodies that sessions must reach', () => {
    expect(tryRecipe(classDeclarations, code).places).toEqual(['{ this.a = a; }', '{ return this.a; }'])
  })

  it('runs only where a request lets sessions speak', () => {
    const files = treeOf({ 'package.json': '{"name":"x","engines":{"node":">=20"}}', 'index.js': code })
    const recipes = ['class-declarations']
    const asked = refactor(files, { goal: 'modernize', recipes, evidence: 'verified' }, 'within-floor')
    expect(asked.patch.edits.map(({ evidence }) => evidence.kind)).toEqual(['verified'])
    expect(textIn(asked.tree, 'index.js')).toContain(CLASS)
    expect(refactor(files, { goal: 'modernize', recipes }).proposals).toEqual([])
  })
})

describe('programs made by chance', () => {
  const bodies = [
    'this.n += a; return this;',
    'var self = this; return [1, a].map(function (x) { return self.n + x; });',
    'return arguments.length + this.n;',
    'if (a) throw new TypeError(String(this.n)); return this;',
    'return new Foo(this.n + 1).n;',
    'return this instanceof Foo && typeof this.m0(a, 1, 2);',
    'return this.hasOwnProperty("m0") + Object.keys(this).join();',
    'return "m0" in this && this.constructor.name;',
  ]

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('seed %i', (seed) => {
    const next = numbers(seed)
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!
    const count = 1 + Math.floor(next() * 4)
    const methods = Array.from(
      { length: count },
      (_, n) =>
        `Foo.prototype.m${n} = function (${pick(['', 'a', 'a, b'])}) { ${next() < 0.2 ? 'this.k = 1; ' : ''}${pick(bodies).replaceAll(/\ba\b/g, 'arguments[0]')} };`,
    )
    const calls = Array.from({ length: 6 }, () => `f.m${Math.floor(next() * count)}(${pick(['', 'p', 'q', 'p, q'])})`)
    const body = `function Foo(n) { this.n = n; }\n${methods.join('\n')}\nvar f = new Foo(p), out = [];\n${calls
      .map((call) => `try { out.push(typeof ${call}, ${call}); } catch (e) { out.push(e.name, e.message); }`)
      .join('\n')}\nreturn [out.map(String), f instanceof Foo, Object.keys(f)];`
    const code = inFunction(body)
    const { text, edits, reasons } = tryRecipe(classDeclarations, code)
    expect({ seed, edits, reasons }).toEqual({ seed, edits: 1, reasons: [] })
    expect(outcomesOf(text)).toEqual(outcomesOf(code))
  })
})

import { describe } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { destructuring } from './destructuring.ts'
import { literalConstructors } from './literal-constructors.ts'
import { optionalChaining } from './optional-chaining.ts'
import { restParameters } from './rest-parameters.ts'
import { textEnds } from './text-ends.ts'

describe('modern forms', () => {
  trapTable(destructuring, [
    ['var a = p.a, b = p.b;\nreturn [a, b];', 'var { a, b } = p;\nreturn [a, b];'],
    ['const a = p.a;\nconst c = p.b;\nreturn [a, c];', 'const { a, b: c } = p;\nreturn [a, c];'],
    ['var n = 1, a = p.a, b = p.b;\nreturn [a, b, n];', 'var n = 1, { a, b } = p;\nreturn [a, b, n];'],
    ['const a = this.a;\nconst b = this.b;\nreturn [a, b];', 'const { a, b } = this;\nreturn [a, b];'],
    ['var a = p.a, p = p.b;\nreturn [a, p];', undefined, /hides the object/],
    ['var a = p.a, b = p.b;\np = q;\nreturn [a, b];', undefined, /written/],
    ['const a = p.a;\nlet b = p.b;\nreturn [a, b];', undefined],
    ['const a = p.a;\nq(a);\nconst b = p.b;\nreturn [a, b];', undefined],
    ['const a = p.a; // why\nconst b = p.b;\nreturn [a, b];', undefined, /comment/],
    ['const a = p?.a;\nconst b = p?.b;\nreturn [a, b];', undefined],
    ['const a = unknownName.a;\nconst b = unknownName.b;\nreturn [a, b];', undefined, /no variable/],
    ["const a = p['a'];\nconst b = p['b'];\nreturn [a, b];", undefined],
  ])
  trapTable(optionalChaining, [
    ['return p == null ? undefined : p.a;', 'return p?.a;'],
    ['return p != null ? p.b.c : void 0;', 'return p?.b.c;'],
    ['return p != null ? p(q) : undefined;', 'return p?.(q);'],
    ['return p != null ? p[q] : undefined;', 'return p?.[q];'],
    ['if (p != null && p.a) { return 1; }', 'if (p?.a) { return 1; }'],
    ['if (q && p != null && p.f(p)) { return 1; }', 'if (q && p?.f(p)) { return 1; }'],
    ['return p != null && p.a === 1;', 'return p?.a === 1;'],
    ["if (typeof p === 'object' && p && p.a) { return 1; }", "if (typeof p === 'object' && p?.a) { return 1; }"],
    ['var o = q ? { a: 1 } : null;\nreturn o && o.a ? 1 : 2;', 'var o = q ? { a: 1 } : null;\nreturn o?.a ? 1 : 2;'],
    ['return p != null && p.a;', undefined, /undefined instead/],
    ['if (p && p.length) { return 1; }', undefined, /empty string/],
    ['if (p && p.a === undefined) { return 1; }', undefined],
    ['return p && p.a === 1;', undefined, /undefined instead/],
    ['return p != null && p.a === undefined;', undefined],
    ['return p != null && p.a !== 1;', undefined],
    ['return (p == null ? undefined : p.f)(p);', undefined, /reference/],
    ['return delete (p == null ? undefined : p.a);', undefined, /reference/],
    ['return p == null ? null : p.a;', undefined],
    ['return p == null ? undefined : q.a;', undefined],
    ['if (p != null /* why */ && p.a) { return 1; }', undefined, /comment/],
  ])
  trapTable(literalConstructors, [
    ['return new Object();', 'return {};'],
    ['return [new Array(), new Object];', 'return [[], {}];'],
    ['return new Array(3);', undefined],
    ['new Object().a = 1;', undefined, /block/],
    ['return (() => new Object())();', undefined, /block/],
    ['var Object = p; return new Object();', undefined, /something else/],
  ])
  trapTable(textEnds, [
    ["var t = String(p); return t.slice(0, 2) === 'ab';", "var t = String(p); return t.startsWith('ab');"],
    ["var t = typeof p; return t.substr(-2) !== 'ng';", "var t = typeof p; return !t.endsWith('ng');"],
    ["var t = typeof p; return t.charAt(0) === 's';", "var t = typeof p; return t.startsWith('s');"],
    ["var t = typeof p; return t[0] === 's';", "var t = typeof p; return t.startsWith('s');"],
    ["var t = typeof p; return t.slice(0, 1) === 'ab';", undefined],
    ["var t = typeof p; return t.substring(-2) === 'ng';", undefined],
    ["return p.slice(0, 1) === 'x';", undefined, /may not be a string/],
    ["var t = typeof p; return t.slice(0, 0) === '';", undefined],
  ])
})

const call = (body: string): string => `return (function (a) {\n${body}\n})(p, q, 3);`

describe('rest parameters', () => {
  trapTable(restParameters, [
    [
      call('var rest = Array.prototype.slice.call(arguments, 1);\nreturn [a, rest];'),
      'return (function (a, ...rest) {\nreturn [a, rest];\n})(p, q, 3);',
    ],
    [call('var rest = [].slice.call(arguments);\nreturn rest;'), undefined, /other arguments/],
    [call('var rest = [].slice.call(arguments, 1);\nreturn arguments.length;'), undefined, /other places/],
    [call('var rest = [].slice.call(arguments, 1);\nreturn () => arguments;'), undefined, /other places/],
    [call("'use strict';\nvar rest = [].slice.call(arguments, 1);"), undefined],
    [call('var rest = [].slice.call(arguments, a);\nreturn rest;'), undefined, /not written out/],
    [call('var a = [].slice.call(arguments, 1);\nreturn a;'), undefined],
    [call("var rest = [].slice.call(arguments, 1);\nreturn eval('rest');"), undefined],
  ])
})

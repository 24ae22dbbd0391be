import { describe } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { numberChecks } from './number-checks.ts'
import { radix } from './radix.ts'
import { strictEquality } from './strict-equality.ts'

describe('safety', () => {
  trapTable(strictEquality, [
    ["return typeof p == 'string';", "return typeof p === 'string';"],
    ["return typeof p != 'undefined';", "return typeof p !== 'undefined';"],
    ['return !p == !q;', 'return !p === !q;'],
    ["if (typeof p === 'string') { return p == 'x'; }", "if (typeof p === 'string') { return p === 'x'; }"],
    ['var o = {}; return o == p;', undefined, /== converts/],
    ['var o = {}, l = []; return o == l;', 'var o = {}, l = []; return o === l;'],
    ['return p == null;', undefined],
    ['var u, n = null; return u == n;', undefined],
    ["return p == 'x';", undefined, /== converts/],
    ['var n = 1, t = "1"; return n == t;', undefined, /== converts/],
    ["var t = q ? 'x' : undefined; return typeof p == t;", "var t = q ? 'x' : undefined; return typeof p === t;"],
    ["var t = q ? 'x' : 0; return typeof p == t;", undefined, /== converts/],
  ])
  trapTable(radix, [
    ['var n = 1.5; return parseInt(n);', 'var n = 1.5; return parseInt(n, 10);'],
    ["return parseInt('12');", "return parseInt('12', 10);"],
    ["return parseInt(' -0x12');", undefined, /0x/],
    ['return parseInt(p);', undefined, /0x/],
    ['return parseInt(p, 16);', undefined],
    ["var parseInt = p; return parseInt('1');", undefined],
  ])
  trapTable(numberChecks, [
    ['var n = +p; return isNaN(n);', 'var n = +p; return Number.isNaN(n);'],
    ['var n = 1; return isFinite(n);', 'var n = 1; return Number.isFinite(n);'],
    ['return isNaN(p);', undefined, /convert/],
    ['var Number = p, n = 1; return isNaN(n);', undefined, /something else/],
    ['var isNaN = p, n = 1; return isNaN(n);', undefined],
  ])
})

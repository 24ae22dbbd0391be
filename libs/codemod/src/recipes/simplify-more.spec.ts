import { describe } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { booleanComparisons } from './boolean-comparisons.ts'
import { constantConditions } from './constant-conditions.ts'
import { deMorgan } from './de-morgan.ts'
import { emptyBranches } from './empty-branches.ts'
import { mergeCases } from './merge-cases.ts'
import { mergeElseIfs } from './merge-else-ifs.ts'
import { repeatedValue } from './repeated-value.ts'
import { returnedAssignments } from './returned-assignments.ts'
import { undefinedReturns } from './undefined-returns.ts'
import { undefinedWords } from './undefined-words.ts'
import { unusedFunctions } from './unused-functions.ts'
import { uselessCatch } from './useless-catch.ts'

describe('expressions', () => {
  trapTable(booleanComparisons, [
    ['var b = p === q; return b === true;', 'var b = p === q; return b;'],
    ['var b = !p; return b === false;', 'var b = !p; return !b;'],
    ['return (p === q) !== true;', 'return !(p === q);'],
    ['return p === true;', undefined, /other than a boolean/],
    ['return p == true;', undefined, /which == converts/],
    ['var b = p && q; return b === true;', undefined, /other than a boolean/],
    ['var b = !p; return b /* why */ === true;', undefined, /comment/],
  ])
  trapTable(repeatedValue, [
    ['return p ? p : q;', 'return p || q;'],
    ['return !p ? q : p;', 'return p || q;'],
    ['return p ? q : p;', 'return p && q;'],
    ['return 1 + (p ? p : q);', 'return 1 + (p || q);'],
    ['return p ? p : q ? 1 : 2;', 'return p || (q ? 1 : 2);'],
    ['return p ? p : (q ?? 1);', 'return p || (q ?? 1);'],
    ['return p.a ? p.a : q;', undefined, /may be noticed/],
    ['return unknownName ? unknownName : q;', undefined, /no variable of this file/],
    ['return p ? q : 1;', undefined],
    ['return p ? /* why */ p : q;', undefined, /comment/],
  ])
  trapTable(deMorgan, [
    ['if (!(!p && !q)) { return 1; }', 'if (p || q) { return 1; }'],
    ['return !(p !== 1 && q !== 2);', 'return p === 1 || q === 2;'],
    ['return !(p !== 1 || q == null);', 'return p === 1 && q != null;'],
    ['return !(p !== 1 && q !== 2) && q;', 'return (p === 1 || q === 2) && q;'],
    ['if (!(!(p ?? q) || !q)) { return 1; }', 'if ((p ?? q) && q) { return 1; }'],
    ['return !(!p && !q);', undefined, /may be no boolean/],
    ['if (!(!p && q)) { return 1; }', undefined],
    ['return !(p < 1 && q !== 2);', undefined],
  ])
  trapTable(undefinedWords, [
    ['return p === void 0;', 'return p === undefined;'],
    ["return typeof p === 'undefined';", 'return p === undefined;'],
    ["return typeof p != 'undefined' && q;", 'return p !== undefined && q;'],
    ["return typeof unknownName === 'undefined';", undefined, /could throw/],
    ["return typeof p.a === 'undefined';", undefined],
    ['var undefined = 1; return void 0;', undefined, /something else/],
    ['return void p();', undefined],
    ["return typeof p === 'undefined' && eval('1');", undefined],
  ])
  trapTable(constantConditions, [
    ['return true ? p : q;', 'return p;'],
    ['return false || p;', 'return p;'],
    ['return 1 + (false ? p : q);', 'return 1 + (q);'],
    ['if (false) {\n  q();\n}\nreturn p;', 'return p;'],
    ['if (false) {\n  var a = 1;\n}\nreturn a;', undefined, /hoisted/],
    ['return (true && p.f)(p);', undefined, /something else/],
    ['var f = true ? function () {} : q; return f;', undefined, /something else/],
    ['return false && p;', undefined],
  ])
})

describe('statements', () => {
  trapTable(uselessCatch, [
    ['try {\n  return p();\n} catch (e) {\n  throw e;\n}', 'return p();'],
    [
      'try {\n  return p();\n} catch (e) {\n  throw e;\n} finally {\n  q();\n}',
      'try {\n  return p();\n} finally {\n  q();\n}',
    ],
    ['try {\n  let a = p();\n  return a;\n} catch (e) {\n  throw e;\n}', undefined, /names of its own/],
    ['try {\n  return p();\n} catch (e) {\n  throw new Error(e);\n}', undefined],
    ['try {\n  return p();\n} catch ({ message: e }) {\n  throw e;\n}', undefined],
    ['try {\n  return p();\n} catch (e) {\n  // why\n  throw e;\n}', undefined, /comment/],
    ["try {\n  'use strict';\n  return this;\n} catch (e) {\n  throw e;\n}", undefined, /directive/],
    ['while (p) try {\n  return p();\n} catch (e) {\n  throw e;\n}', undefined, /whole body/],
  ])
  trapTable(emptyBranches, [
    ['if (p) {\n  q();\n} else {\n}\nreturn 1;', 'if (p) {\n  q();\n}\nreturn 1;'],
    ['if (p) {\n} else {\n  return q;\n}', 'if (!p) {\n  return q;\n}'],
    ['if (p === q) {\n}\nreturn 1;', 'return 1;'],
    ['try { q(); } catch (e) { return 1; } finally { }', 'try { q(); } catch (e) { return 1; }'],
    ['if (p()) {\n}\nreturn 1;', undefined, /effects/],
    ['if (p == q) {\n}\nreturn 1;', undefined, /effects/],
    ['if (p) {\n  // nothing to do\n} else {\n  return q;\n}', undefined],
    ['p = q\nif (q) {\n}\n(p || q)()', undefined, /run on/],
  ])
  trapTable(mergeCases, [
    [
      'switch (p) {\n  case 1: return q;\n  case 0: return q;\n  default: return 2;\n}',
      'switch (p) {\n  case 1:\n  case 0: return q;\n  default: return 2;\n}',
    ],
    [
      "switch (p) {\n  case 'x':\n    q();\n    break;\n  default:\n    q();\n    break;\n}",
      "switch (p) {\n  case 'x':\n  default:\n    q();\n    break;\n}",
    ],
    ['switch (p) {\n  case 1: q();\n  case 0: q();\n}', undefined],
    ['switch (p) {\n  case 1: return q;\n  case 0: return p;\n}', undefined],
    ['switch (p) {\n  case 1: var a = 1; return a;\n  case 0: var a = 1; return a;\n}', undefined, /declare/],
    ['switch (p) {\n  case 1: return q; // why\n  case 0: return q;\n}', undefined, /comment/],
  ])
  trapTable(mergeElseIfs, [
    ['if (p) { q(); } else if (q) { q(); } else { return 1; }', 'if (p || q) { q(); } else { return 1; }'],
    ['if (p = 1) { return 1; } else if (p ?? q) { return 1; }', 'if ((p = 1) || (p ?? q)) { return 1; }'],
    ['if (p) { q(); } else if (q) { p(); }', undefined],
    ['if (p) { q(); } else /* why */ if (q) { q(); }', undefined, /comment/],
  ])
  trapTable(unusedFunctions, [
    ['function f() { return f; }\nreturn p;', 'return p;'],
    ['return p;\nfunction f() {}', 'return p;'],
    ['function f() {}\nreturn eval(p);', undefined, /eval/],
    ['var f = p;\nfunction f() {}\nreturn p;', undefined, /another way/],
    ['if (p) { function f() {} }\nreturn p;', undefined],
    ["function f() {}\n'use strict';\nreturn this;", undefined, /directive/],
    ['// why\nfunction f() {}\nreturn p;', undefined, /comment/],
    ['q = p\nfunction f() {}\n(p || q)()', undefined, /run on/],
  ])
  trapTable(returnedAssignments, [
    ['p = q();\nreturn p;', 'return q();'],
    ['var a = 1;\nif (q) {\n  a = q;\n  return a;\n}\nreturn a;', 'var a = 1;\nif (q) {\n  return q;\n}\nreturn a;'],
    ['try { p = q(); return p; } finally { q(p); }', undefined, /finally/],
    ['q(function () { return p; });\np = 1;\nreturn p;', undefined, /closure/],
    ['p = 1;\nreturn p + arguments[0];', undefined],
    ['if (q) { p = 1; return p; }\nreturn arguments[0];', undefined, /arguments/],
    ['const a = 1;\na = 2;\nreturn a;', undefined, /not be written/],
    ['p = function () {};\nreturn p;', undefined, /its name/],
    ['undeclared = p;\nreturn undeclared;', undefined, /outlives/],
    ['p = 1; // why\nreturn p;', undefined],
  ])
  trapTable(undefinedReturns, [
    ['if (p) { return undefined; }\nq();', 'if (p) { return; }\nq();'],
    ['return void 0;', 'return;'],
    ['if (p) { return undefined; }\nreturn q;', undefined, /other values/],
    ['return (async function* () { return undefined; })();', undefined, /other values|awaits/],
    ['var undefined = p; return undefined;', undefined],
  ])
})

import { describe, expect, it } from '@jest/globals'

import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { booleanReturns } from './boolean-returns.ts'
import { collapseIfs } from './collapse-ifs.ts'
import { deadCode } from './dead-code.ts'
import { elseAfterExit } from './else-after-exit.ts'
import { guardClauses } from './guard-clauses.ts'
import { inlineVariable } from './inline-variable.ts'
import { mergeBranches } from './merge-branches.ts'
import { negatedComparisons } from './negated-comparisons.ts'
import { unusedVariables } from './unused-variables.ts'

const long = (indent: string): string => Array.from({ length: 7 }, (_, line) => `${indent}q(${line});`).join('\n')

describe.each([
  [
    elseAfterExit,
    [
      ['if (p) {\n  return 1;\n} else {\n  q();\n  p();\n}', 'if (p) {\n  return 1;\n}\nq();\np();'],
      [
        'if (p) {\n  throw p;\n} else if (q) {\n  return;\n} else {\n  p();\n}',
        'if (p) {\n  throw p;\n} else if (q) {\n  return;\n}\np();',
      ],
      ['if (p) {\n  return 1;\n} else {\n  q(`\n  text`);\n}', 'if (p) {\n  return 1;\n}\nq(`\n  text`);'],
      ['if (p) {\n  return 1;\n} else {\n  // why\n  q();\n}', 'if (p) {\n  return 1;\n}\n// why\nq();'],
      ['if (p) {\n  q();\n} else {\n  p();\n}', undefined],
      ['if (p) {\n  return;\n} else {\n  let a = 1;\n  q(a);\n}', undefined],
      ['if (p) {\n  return;\n} else {\n  f();\n  function f() {}\n}', undefined],
      ['if (p) {\n  q();\n} else if (q) {\n  return;\n} else {\n  p();\n}', undefined],
      ['while (p) if (p) {\n  return;\n} else {\n  q();\n}', undefined],
      ['if (p) {\n  return;\n} /* why */ else {\n  q();\n}', undefined],
    ],
  ],
  [
    booleanReturns,
    [
      ['if (p === 1) { return true; }\nreturn false;', 'return p === 1;'],
      ['if (p === 1) return true\nreturn false', 'return p === 1'],
      ['if (p === 1) { return true; } else { return false; }', 'return p === 1;'],
      ['if (p) { return false; }\nreturn true;', 'return !p;'],
      ['if (!p) { return false; }\nreturn true;', 'return !!p;'],
      ['if (p || q) { return false; }\nreturn true;', 'return !(p || q);'],
      ['if (p) { return true; }\nreturn false;', undefined],
      ['if (p === 1) { return true; } // why\nreturn false;', undefined],
      ['if (p === 1) { return true; }\nreturn true;', undefined],
    ],
  ],
  [
    deadCode,
    [
      ['return p;\nq();', 'return p;'],
      ['if (p) { return 1; } else { throw q; }\nq();', 'if (p) { return 1; } else { throw q; }'],
      ['for (;;) { break; q(); }', 'for (;;) { break; }'],
      ['return p;\nvar a = 1;', undefined],
      ['return f();\nfunction f() {}', undefined],
      ['return p;\n// why\nq();', undefined],
      ['if (p) { return; }\nq();', undefined],
      ['switch (p) { case 1: return; case 2: q(); }', undefined],
    ],
  ],
  [
    unusedVariables,
    [
      ['var a = 1;\nreturn p;', 'return p;'],
      ['var a = 1, b = 2;\nreturn b;', 'var b = 2;\nreturn b;'],
      ['var a = 1, b = 2;\nreturn a;', 'var a = 1;\nreturn a;'],
      ['var a;\nreturn p;', 'return p;'],
      ['var a = q();\nreturn p;', undefined],
      ['var a = p.x;\nreturn p;', undefined],
      ['var a = p + q;\nreturn p;', undefined],
      ['var a = unknownName;\nreturn p;', undefined],
      ['var a = 1; // why\nreturn p;', undefined],
      ['var a = 1;\nreturn eval(p);', undefined],
      ['var a = 1;\na = 2;', undefined],
      ['var a = b;\nlet b = 1;\nreturn b;', undefined],
    ],
  ],
  [
    inlineVariable,
    [
      ['var a = p();\nreturn a;', 'return p();'],
      ['var a = new Error(p);\nthrow a;', 'throw new Error(p);'],
      ['var a =\n  p();\nreturn a;', 'return p();'],
      ['var a = p();\nq();\nreturn a;', undefined],
      ['var a = p(function () { return a; });\nreturn a;', undefined],
      ['var a = function () {};\nreturn a;', undefined],
      ['var a = p(); // why\nreturn a;', undefined],
      ['var a = p();\nreturn a + 1;', undefined],
      ['var a = p(); var a = q();\nreturn a;', undefined],
    ],
  ],
  [
    mergeBranches,
    [
      ['if (p) { return 1; }\nif (q) { return 1; }', 'if (p || q) { return 1; }'],
      [
        'if (p) { return 1; }\nif (q) { return 1; }\nif (p === q) { return 1; }',
        'if (p || q || p === q) { return 1; }',
      ],
      ['if (p = 1) { return 1; }\nif (p ?? q) { return 1; }', 'if ((p = 1) || (p ?? q)) { return 1; }'],
      ['if (p === 1) { q(1); } else if (p === 1) { q(2); } else { q(3); }', 'if (p === 1) { q(1); } else { q(3); }'],
      ['if (p) { q(); }\nif (q) { q(); }', undefined],
      ['if (p) { return 1; }\nif (q) { return 2; }', undefined],
      ['if (p) { return 1; }\n// why\nif (q) { return 1; }', undefined],
      ['if (p()) { q(1); } else if (p()) { q(2); }', undefined],
    ],
  ],
  [
    collapseIfs,
    [
      ['if (p) {\n  if (q) {\n    p();\n  }\n}', 'if (p && q) {\n  p();\n}'],
      ['if (p || q) {\n  if (q) {\n    p();\n  }\n}', 'if ((p || q) && q) {\n  p();\n}'],
      ['if (p) {\n  p();\n} else {\n  if (q) {\n    q();\n  }\n}', 'if (p) {\n  p();\n} else if (q) {\n  q();\n}'],
      ['if (p) {\n  if (q) {\n    p();\n  }\n} else {\n  q();\n}', undefined],
      ['if (p) {\n  if (q) {\n    p();\n  } else {\n    q();\n  }\n}', undefined],
      ['if (p) {\n  // why\n  if (q) {\n    p();\n  }\n}', undefined],
      ['if (p) {\n  if (q) {\n    p();\n  }\n  q();\n}', undefined],
    ],
  ],
  [
    guardClauses,
    [
      [`if (p) {\n${long('  ')}\n}`, `if (!p) {\n  return;\n}\n${long('')}`],
      [
        `while (p()) {\n  if (p === q) {\n${long('    ')}\n  }\n}`,
        `while (p()) {\n  if (p !== q) {\n    continue;\n  }\n${long('  ')}\n}`,
      ],
      [`if (p < q) {\n${long('  ')}\n}`, `if (!(p < q)) {\n  return;\n}\n${long('')}`],
      [`if (p) {\n${long('  ')}\n}\nq();`, undefined],
      [`if (p) {\n${long('  ')}\n  return 1;\n}`, undefined],
      [`if (p) {\n  let a = 1;\n${long('  ')}\n}`, undefined],
      ['if (p) {\n  q();\n}', undefined],
    ],
  ],
  [
    negatedComparisons,
    [
      ['return !(p === q);', 'return p !== q;'],
      ['if (!(p != q) && q) { q(); }', 'if (p == q && q) { q(); }'],
      ['return !(p < q);', undefined],
      ['return !(p === q) + 1;', undefined],
      ['return !(p /* why */ === q);', undefined],
    ],
  ],
] as const)('$id', (recipe, cases) => {
  it.each(cases.map(([before, after]) => [before, after ?? 'left alone', after] as const))(
    '%s -> %s',
    (before, _, after) => {
      const { text } = tryRecipe(recipe, inFunction(before))
      expect(text).toBe(inFunction(after ?? before))
    },
  )

  it('keeps the line ends of a file', () => {
    for (const [before] of cases.filter(([, after]) => after !== undefined)) {
      const { text } = tryRecipe(recipe, inFunction(before).replaceAll('\n', '\r\n'))
      const kept = text.replace(/\n {2,}return;\n|\n {2,}continue;\n/g, '')
      expect(kept.replaceAll('\r\n', '')).not.toMatch(/\r/)
    }
  })
})

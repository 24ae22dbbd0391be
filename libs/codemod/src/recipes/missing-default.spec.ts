import { describe, expect, it } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { missingDefault } from './missing-default.ts'

const strict = { 'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["es2022","dom"]}}' }
const tried = (code: string, files: Readonly<Record<string, string>> = strict) =>
  tryRecipe(missingDefault, code, { path: 'index.ts', files })

const over = (type: string, cases: string): string =>
  `export function size(kind: ${type}): number {\n  switch (kind) {\n${cases}  }\n  return 0\n}\n`

describe('a switch over a part of what there is', () => {
  const first = "    case 'a':\n      return 1\n"
  const rest = '    default:\n      break\n'

  it.each([
    ['a union', "'a' | 'b'", first, rest],
    ['numbers', '1 | 2 | 3', '    case 1:\n    case 2:\n      return 1\n', rest],
    ['what may be absent', "'a' | undefined", first, rest],
    ['cases that break', "'a' | 'b'", "    case 'a':\n      console.log(kind)\n      break\n", rest],
    ['cases with blocks', "'a' | 'b'", "    case 'a': {\n      return 1\n    }\n", rest],
    ['cases on one line', "'a' | 'b'", "    case 'a': return 1\n", '    default: break\n'],
    [
      'cases that leave on both ways',
      "'a' | 'b'",
      "    case 'a':\n      if (Date.now()) return 1\n      else break\n",
      rest,
    ],
    ['a choice of many', "'a' | 'b' | 'c' | 'd' | 'e'", first, rest],
  ])('says so: %s', (_, type, cases, added) => {
    const { text, reasons } = tried(over(type, cases))
    expect([text, reasons]).toEqual([over(type, cases + added), []])
    expect(tried(text).edits).toBe(0)
  })

  it('says so of an enum, in the words of the file', () => {
    const code = `enum Kind {\n\tA,\n\tB,\n}\n${over('Kind', '')}`
      .replaceAll('  ', '\t')
      .replace('{\n\t}', '{\n\t\tcase Kind.A:\n\t\t\treturn 1;\n\t}')
      .replace('return 0', 'return 0;')
    expect(tried(code).text).toBe(code.replace('1;\n', '1;\n\t\tdefault:\n\t\t\tbreak;\n'))
  })

  it('says so in the nested one, and the outer one', () => {
    const inner = "      switch (other) {\n        case 'c':\n          return 1\n      }\n      break\n"
    const code = `export function size(kind: 'a' | 'b', other: 'c' | 'd'): number {\n  switch (kind) {\n    case 'a':\n${inner}  }\n  return 0\n}\n`
    const expected = code
      .replace('return 1\n      }', 'return 1\n        default:\n          break\n      }')
      .replace('      break\n  }', `      break\n${rest}  }`)
    expect(tried(code).text).toBe(expected)
  })

  it.each([
    ['names all', "'a' | 'b'", `${first}    case 'b':\n      return 2\n`, undefined],
    ['has a default', "'a' | 'b'", `${first}    default:\n      return 2\n`, undefined],
    ['has a default that is not last', "'a' | 'b'", `    default:\n      return 2\n${first}`, undefined],
    ['is over any text', 'string', first, undefined],
    ['is over texts and one word', "'a' | (string & {})", first, undefined],
    ['is over one word', "'a'", first, undefined],
    ['is over what nobody knows', 'any', first, undefined],
    ['is over what is not there', 'Strange', first, undefined],
    ['has no cases', "'a' | 'b'", '', undefined],
    ['has a case that is computed', "'a' | 'b'", "    case String(1) as 'a' | 'b':\n      return 1\n", /no literal/],
    ['runs on at its end', "'a' | 'b'", "    case 'a':\n      console.log(kind)\n", /runs on/],
    ['leaves on one way only', "'a' | 'b'", "    case 'a':\n      if (Date.now()) return 1\n", /runs on/],
    ['ends in an empty case', "'a' | 'b' | 'c'", `${first}    case 'b':\n`, /runs on/],
    ['leaves from a loop alone', "'a' | 'b'", "    case 'a':\n      while (Date.now()) break\n", /runs on/],
    ['says that there is none', "'a' | 'b'", `${first}    // no default\n`, /comment/],
    ['says something behind its end', "'a' | 'b'", first.replace('1\n', '1 // why\n'), /comment/],
  ])('is left alone where it %s', (_, type, cases, reason) => {
    const code = over(type, cases)
    const { text, reasons } = tried(code)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
    else expect(reasons).toEqual([])
  })

  it.each([
    [
      'stands on one line',
      "export const f = (kind: 'a' | 'b'): void => {\n  switch (kind) { case 'a': return }\n}\n",
      /lines/,
    ],
    [
      'closes behind its last case',
      "export const f = (kind: 'a' | 'b'): void => {\n  switch (kind) {\n    case 'a':\n      return }\n}\n",
      /lines/,
    ],
  ])('is left alone where it %s', (_, code, reason) => {
    const { text, reasons } = tried(code)
    expect(text).toBe(code)
    expect(reasons.join('\n')).toMatch(reason)
  })

  it('is left alone where what came before leaves only what it names', () => {
    const code = over("'a' | 'b'", first).replace('  switch', "  if (kind === 'b') return 2\n  switch")
    expect(tried(code)).toMatchObject({ text: code, reasons: [] })
  })

  it('keeps what the compiler knows behind it', () => {
    const code = `export function size(kind: 'a' | 'b') {\n  switch (kind) {\n${first}  }\n  const rest: 'b' = kind\n  return rest\n}\n`
    expect(tried(code).text).toBe(code.replace(first, first + rest))
  })
})

describe('a switch of JavaScript', () => {
  const other = 'switch (q) {\n  case 1:\n    return 1;\n  default:\n    return 2;\n}'
  const one = "switch (p) {\n  case 'a':\n    q = 1;\n    break;\n  case 'b':\n    return 3;\n}"

  trapTable(missingDefault, [
    [`${one}\n${other}`, `${one.replace('3;\n', '3;\n  default:\n    break;\n')}\n${other}`],
    [
      `${other.replace('return 2', 'break')}\n${one}\nreturn q;`,
      `${other.replace('return 2', 'break')}\n${one.replace('3;\n', '3;\n  default:\n    break;\n')}\nreturn q;`,
    ],
    [
      `do { ${one} } while (q < 0);\n${other}`,
      `do { ${one.replace('3;\n', '3;\n  default:\n    break;\n')} } while (q < 0);\n${other}`,
    ],
    [`${one}\nreturn q;`, undefined],
    [`${one.replace('return 3', 'q = 3')}\n${other}`, undefined, /runs on/],
    [`${one.replace('3;\n}', '3;\n  // others are none of ours\n}')}\n${other}`, undefined, /comment/],
    [`switch (p) { case 'a': return 1; }\n${other}`, undefined, /lines/],
    [`switch (p) {\n}\n${other}`, undefined],
  ])
})

import { describe, expect, it } from '@jest/globals'

import { tryRecipe } from '../../test/support/try-recipe.ts'
import { extractFunction } from './extract-function.ts'

const filler = Array.from({ length: 14 }, (_, line) => `  log(${line});`).join('\n')

/** A function that is long enough to be worth it, with some lines in its middle. */
const long = (middle: string, end = ''): string =>
  `exports.run = function run(log, orders, limit) {\n${filler}\n${middle}\n${end}};\n`

const priced = `  let price = 0;
  if (limit > 3) {
    price = 10;
    if (limit > 5) {
      price += limit;
    }
  }`

describe('functions out of long functions', () => {
  it('takes out what computes one value, and names it after the value', () => {
    const { text } = tryRecipe(extractFunction, long(priced, '  return price;\n'))
    expect(text).toContain('  const price = computePrice(limit);\n  return price;')
    expect(text).toContain('\n\nfunction computePrice(limit) {\n  let price = 0;\n  if (limit > 3) {')
    expect(text).toMatch(/\n {2}return price;\n}\n$/)
  })

  it('names it after a comment in plain words', () => {
    const said = priced.replace('  let', '  // work out the price\n  let')
    expect(tryRecipe(extractFunction, long(said, '  return price;\n')).text).toContain(
      'const price = workOutPrice(limit);',
    )
  })

  it('hands over what a loop carries from one round to the next', () => {
    const counted = `  let count = 0;
  let last = 0;
  for (const order of limit) {
    // count the large ones
    if (order > 7) {
      count += 1;
      if (order > count) { count += order; }
    }
    log(order);
  }`
    const { text } = tryRecipe(extractFunction, long(counted, '  return last;\n'))
    expect(text).toContain('count = countLargeOnes(')
    expect(text).not.toMatch(/^\s+countLargeOnes\(/m)
  })

  it.each([
    [
      'a jump out of the lines',
      '  for (const order of limit) {\n    // skip the third one\n    if (order > 2) {\n      if (order === 3) { log(order, order, order); continue; }\n    }\n    log(order);\n  }',
    ],
    [
      'this',
      '  // work with this\n  if (limit > 1) {\n    if (limit > 2) { log(this, this, this, this, limit); }\n  }',
    ],
    [
      'arguments',
      '  // count the arguments\n  if (limit > 1) {\n    if (limit > 2) { log(arguments, arguments, limit); }\n  }',
    ],
    [
      'a function that sloppy code sees outside of its block',
      '  // make the helper\n  if (limit > 1) {\n    if (limit > 2) { function helper() { return 1; } log(helper(), limit, limit); }\n  }\n  log(arguments.length);\n  log(typeof helper);',
    ],
    [
      'a variable that a closure shares',
      '  let sum = 0;\n  const add = () => { sum += 1; };\n  // add it all up\n  if (limit > 1) {\n    if (limit > 2) { add(); sum += 1; log(sum, sum, sum); }\n  }\n  log(sum);',
    ],
  ])('leaves lines with %s where they are', (_, middle) => {
    const code = long(middle)
    const { text } = tryRecipe(extractFunction, code)
    expect(text).toBe(code)
  })

  it('leaves a value that a catch block may see half way', () => {
    const code = long(
      `  let price = 0;\n  try {\n    // work out the price\n    if (limit > 3) {\n      price = 10;\n      if (limit > 5) { price = log(limit); }\n    }\n  } catch (error) {\n    log(price);\n  }`,
    )
    expect(tryRecipe(extractFunction, code).text).not.toContain('price = workOutPrice')
  })

  it('does not add functions to the global scope of a script', () => {
    const code = long(priced, '  return price;\n').replace('exports.run = ', 'var run = ')
    const { text, reasons } = tryRecipe(extractFunction, code)
    expect(text).toBe(code)
    expect(reasons.join()).toMatch(/every script/)
  })

  it('keeps strictness: code under a directive of its own stays', () => {
    const code = long(`  'use strict';\n${priced}`, '  return price;\n').replace(filler, "  'use strict';\n" + filler)
    expect(tryRecipe(extractFunction, code).text).toBe(code)
  })

  it('writes down the types of TypeScript', () => {
    const code = long(priced, '  return price;\n')
      .replace(
        'exports.run = function run(log, orders, limit)',
        'export function run(log: (n: number) => void, orders: number[], limit: number)',
      )
      .replace('};\n', '}\n')
    const { text } = tryRecipe(extractFunction, code, { path: 'index.ts' })
    expect(text).toContain('function computePrice(limit: number): number {')
  })

  it('keeps comments and the text of templates as they are', () => {
    const middle = priced.replace('    price = 10;', '    // ten is enough\n    price = `a\n      b`.length;')
    const { text } = tryRecipe(extractFunction, long(middle, '  return price;\n'))
    expect(text).toContain('    // ten is enough\n    price = `a\n      b`.length;')
  })
})

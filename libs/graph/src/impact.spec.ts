import { describe, expect, it } from '@jest/globals'

import { graphOf } from '../test/support/small-trees.ts'
import { impactOf, isTestFile, testsReaching, UnknownSymbol } from './index.ts'

const graph = graphOf({
  'src/round.ts': 'export const round = (value: number) => Math.round(value)\nexport const floor = Math.floor\n',
  'src/price.ts':
    "import { round } from './round.ts'\nexport type Money = number\nexport const priceOf = (): Money => round(1)\n",
  'src/cart.ts': `
import { priceOf } from './price.ts'
export class Cart {
  total() { return this.sum() }
  private sum() { return priceOf() }
  clear() {}
}
`,
  'src/index.ts': "export * from './cart.ts'\n",
  'src/bill.ts': "import type { Money } from './price.ts'\nexport const bill = (money: Money) => money\n",
  'src/table.ts':
    "import { floor, round } from './round.ts'\nexport const table = [1].map(round)\nexport const other = () => floor(1)\n",
  'test/support/carts.ts': "import { Cart } from '../../src/index.ts'\nexport const someCart = () => new Cart()\n",
  'test/cart.spec.ts': "import { someCart } from './support/carts.ts'\ntest('cart', () => { someCart().total() })\n",
  'test/bill.spec.ts': "import { bill } from '../src/bill.ts'\ntest('bill', () => bill(1))\n",
  'test/table.spec.ts': "import '../src/table.ts'\n",
})

describe('the tests that reach a symbol', () => {
  it('are found through files, re-exports, helpers and methods', () => {
    expect(testsReaching(graph, 'src/price.ts#priceOf')).toEqual(['test/cart.spec.ts'])
    expect(testsReaching(graph, 'src/cart.ts#Cart.sum')).toEqual(['test/cart.spec.ts'])
  })

  it('are those that only load what calls it', () => {
    expect(testsReaching(graph, 'src/round.ts#round')).toEqual(['test/cart.spec.ts', 'test/table.spec.ts'])
    expect(testsReaching(graph, 'src/round.ts#floor')).toEqual([])
  })

  it('are not those that only know its type', () => {
    expect(testsReaching(graph, 'src/price.ts#Money')).toEqual([])
    expect(testsReaching(graph, 'src/bill.ts#bill')).toEqual(['test/bill.spec.ts'])
  })

  it('are no helpers of tests', () => {
    expect(isTestFile(graph, 'test/cart.spec.ts')).toBe(true)
    expect(isTestFile(graph, 'test/support/carts.ts')).toBe(false)
    expect(isTestFile(graph, 'src/cart.ts')).toBe(false)
    expect(isTestFile(graph, 'none.spec.ts')).toBe(false)
  })
})

describe('the impact of a change', () => {
  it('is everything that leads to it', () => {
    const { symbols, files, tests } = impactOf(graph, ['src/price.ts#priceOf'])
    expect(symbols.map(({ id }) => id)).toEqual([
      'src/cart.ts#Cart',
      'src/cart.ts#Cart.total',
      'src/cart.ts#Cart.sum',
      'test/cart.spec.ts',
      'test/support/carts.ts#someCart',
    ])
    expect(files).toEqual(['src/cart.ts', 'src/price.ts', 'test/cart.spec.ts', 'test/support/carts.ts'])
    expect(tests).toEqual(['test/cart.spec.ts'])
  })

  it('goes through types, but no test runs a type', () => {
    const { files, tests } = impactOf(graph, ['src/price.ts#Money'])
    expect(files).toContain('test/bill.spec.ts')
    expect(tests).toEqual([])
  })

  it('of several symbols is that of all together, of none is none', () => {
    const one = impactOf(graph, ['src/bill.ts#bill', 'src/price.ts#priceOf'])
    expect(one.tests).toEqual(['test/bill.spec.ts', 'test/cart.spec.ts'])
    expect(impactOf(graph, [])).toEqual({ symbols: [], files: [], tests: [] })
    expect(() => impactOf(graph, ['src/bill.ts#none'])).toThrow(UnknownSymbol)
  })
})

import { describe, expect, it } from '@jest/globals'
import { buildGraph } from '@iama/graph'
import type { Tree } from '@iama/patch'
import { offlineAnswer } from './offline-work.ts'
import { reachOf } from './proposal-impact.ts'

const tree: Tree = new Map(
  Object.entries({
    'package.json': '{ "name": "shop", "main": "cart.js", "engines": { "node": ">=0.10" } }',
    'price.js':
      "exports.priceOf = function (cart) {\n  var price = cart['price']\n  return price\n}\nexports.other = function () {}\n",
    'cart.js': "var prices = require('./price')\nexports.total = function (cart) { return prices.priceOf(cart) }\n",
    'test/cart.js': "var cart = require('../cart')\ncart.total({ price: 1 })\n",
    'test/other.js': "require('../price').other()\n",
  }).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]),
)

describe('how far a proposal reaches', () => {
  const graph = buildGraph(tree)
  it.each([
    [[{ path: 'price.js', lines: [2] }], '1 declaration changed, reached from 2 other files; 1 test file reaches it'],
    [
      [{ path: 'price.js', lines: [2, 5] }],
      '2 declarations changed, reached from 3 other files; 2 test files reach it',
    ],
    [
      [
        { path: 'test/cart.js', lines: [1] },
        { path: 'package.json', lines: [1] },
      ],
      '1 declaration changed, reached from 0 other files; 1 test file reaches it',
    ],
    [[{ path: 'package.json', lines: [1] }], undefined],
    [[], undefined],
  ])('%j: %s', (changes, sentence) => {
    expect(reachOf(graph, { changes })).toBe(sentence)
  })

  it('is told with the reasons of its risk', () => {
    const answer = offlineAnswer({
      ...{
        kind: 'offline',
        phase: 'proposal',
        subject: 'shop',
        tree,
        links: [],
        goal: 'modernize',
        target: '',
        include: [],
      },
      ...{ recipes: [], skip: [], evidence: 'proven', proposalId: '', onlyEdits: [] },
    })
    const { proposals } = JSON.parse(answer) as { proposals: { riskReasons: string[] }[] }
    expect(proposals.length).toBeGreaterThan(0)
    for (const { riskReasons } of proposals)
      expect(riskReasons.at(-1)).toMatch(
        /^\d+ declarations? changed, reached from \d+ other files?; 1 test file reaches it$/,
      )
  })
})

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Behaviour, ModelRequest, ModelServer } from '@iama/testing/model-server'
import type { Files } from './projects.ts'

/** A project with five tests, whose only module has something to refactor. */
export const shop: Files = {
  'package.json': `${JSON.stringify(
    { name: 'shop', version: '1.0.0', main: 'cart.js', scripts: { test: 'node --test' }, engines: { node: '>=20' } },
    null,
    2,
  )}\n`,
  'cart.js': `'use strict'

function total(items) {
  let sum = 0
  for (const item of items) {
    sum = sum + item.price * item.count
  }
  return sum
}

function count(items) {
  let all = 0
  for (const item of items) {
    all = all + item.count
  }
  return all
}

function label(item) {
  return item.count > 1 ? item.count + ' pieces' : 'one piece'
}

module.exports = { total, count, label }
`,
  'test/cart.test.js': `'use strict'

const assert = require('node:assert')
const { test } = require('node:test')
const { total, count } = require('..')

const items = [
  { price: 2, count: 3 },
  { price: 5, count: 1 },
]

test('adds up prices', () => assert.strictEqual(total(items), 11))
test('adds up one price', () => assert.strictEqual(total(items.slice(1)), 5))
test('adds up nothing', () => assert.strictEqual(total([]), 0))
test('counts', () => assert.strictEqual(count(items), 4))
test('counts nothing', () => assert.strictEqual(count([]), 0))
`,
}

/** The body of \`total\` as it stands. */
const loop = `  let sum = 0
  for (const item of items) {
    sum = sum + item.price * item.count
  }
  return sum
`

/** Edit operations that put another body into \`total\`. */
export const totalAs = (body: string): string =>
  JSON.stringify({
    edits: [
      {
        id: 'e1',
        title: 'Add up in one expression',
        reason: 'the loop said how, the expression says what',
        operations: [{ type: 'replace', path: 'cart.js', anchor: loop, text: body }],
      },
    ],
  })

export const goodTotal = totalAs('  return items.reduce((sum, item) => sum + item.price * item.count, 0)\n')
/** Another good one, with another result. */
export const wrongTotal = totalAs('  return items.reduce((sum, item) => sum - item.price * item.count, 1)\n')
/** Wrong as soon as there is something to add up. */
export const twoWrong = totalAs('  return items.reduce((sum, item) => sum + item.price * item.count + 1, 0)\n')

const spec = {
  bdd: 'Feature: Totals\n  Scenario: The total is unchanged\n    Given a cart\n    When its total is asked for\n    Then it is as before\n',
  sdd: '## Design\nOne expression.\n\n## Files\ncart.js\n\n## Steps\n1. Replace the loop.\n\n## Risks\nNone.\n',
}

const proposal = {
  title: 'Add up in one expression',
  summary: 'The loop of total becomes a reduce.',
  files: ['cart.js'],
  symbols: ['total'],
  steps: ['replace the loop'],
  risk: 'low',
  riskReasons: ['the tests cover it'],
  expectedEdits: 1,
  estimatedSeconds: 10,
}

/** What a deep fix writes from. */
export const reanalysis = {
  findings: ['total in cart.js multiplies before it adds up'],
  steps: ['keep the initial value 0, then fold price times count'],
}

/** What pins more than the shop's own tests do. */
export const exercises = {
  exercises: [
    {
      purpose: 'labels one and more',
      code: "import shop from './cart.js'\nfor (const count of [0, 1, 2]) shop.label({ count })\n",
    },
    { purpose: 'knows a module that is not there', code: "import './no-such-module.js'\n" },
  ],
}

export const promptOf = ({ messages }: ModelRequest): string =>
  messages.map(({ content }) => String(content)).join('\n')

/** Whether the request asks for code, and not for a strategy or a spec. */
const asksForCode = (said: string): boolean => said.includes('"operations"')

/**
 * Lets a model propose and specify the one strategy, and answer each request for code with the next of the answers.
 * @returns how many of these are used up
 */
export const scriptShop = (provider: ModelServer, ...answers: readonly (string | Behaviour)[]): (() => number) => {
  let next = 0
  const told = (value: object): Behaviour => ({ text: JSON.stringify(value) })
  provider.script((request) => {
    const said = promptOf(request)
    if (asksForCode(said)) {
      const answer = answers[Math.min(next++, answers.length - 1)]!
      return typeof answer === 'string' ? { text: answer } : answer
    }
    if (said.includes('"scores"')) {
      const ids = [...said.matchAll(/BEGIN PROPOSAL \w+ "([\w-]+)"/g)].map(([, id]) => id!)
      return told({ scores: ids.map((id) => ({ id, safety: 8, value: 6, cost: 9, reason: 'covered by tests' })) })
    }
    if (said.includes('"findings"')) return told(reanalysis)
    if (said.includes('"exercises"')) return told(exercises)
    return told(said.includes('"proposals"') ? { proposals: [proposal] } : spec)
  })
  return () => next
}

/** A file of models, as an operator would write it. @returns its path */
export const modelsFile = async (
  providers: Readonly<Record<string, { url: string; keyEnv?: string; models: object[] }>>,
): Promise<string> => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'iama-models-')), 'models.yaml')
  const declared = Object.entries(providers).map(([name, { url, keyEnv, models }]) => ({
    name,
    endpoint: url,
    ...(keyEnv && { key_env: keyEnv }),
    models,
  }))
  await writeFile(file, JSON.stringify({ providers: declared })) // JSON is YAML
  return file
}

import { expect, it } from '@jest/globals'
import { parsePatch } from '@iama/patch'
import { analyze, propose, transform } from '../index.ts'

const file = (text: string) => ({ content: new TextEncoder().encode(text), executable: false })

it('names edits so that every patch can be read, whatever the files are called', () => {
  const long = `${'very-'.repeat(60)}long.js`
  const tree = new Map(
    ['lib/name with spaces é.js', 'lib/name with spaces è.js', long].map((path) => [
      path,
      file("'use strict';\nvar c = 3;\nmodule.exports = c;\n"),
    ]),
  )
  const analysis = analyze(tree, {})
  const request = { goal: 'modernize', target: 'node20' }
  const proposal = propose(tree, analysis, request).find(({ kind }) => kind === 'raise-floor')!
  const { patch } = transform(tree, analysis, proposal, request)
  expect(new Set(patch.edits.map(({ id }) => id)).size).toBe(patch.edits.length)
  expect(parsePatch(JSON.parse(JSON.stringify(patch))).edits.length).toBeGreaterThanOrEqual(3)
})

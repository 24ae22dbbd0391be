import { describe, expect, it } from '@jest/globals'

import { randomProgram } from './support/random-program.ts'
import { refactor, textIn, treeOf } from './support/project.ts'
import { traceOf } from './support/run-program.ts'

const PROGRAMS = 60

/** The programs are the same in every run; thousands more were tried by hand with other seeds. */
describe.each([
  ['raise-floor-node20', 'modernize', PROGRAMS, PROGRAMS],
  ['simplify', 'simplify', PROGRAMS, PROGRAMS],
  ['extract', 'extract', PROGRAMS, 0],
  ['safety', 'safety', PROGRAMS / 2, 5],
  ['inline', 'inline', PROGRAMS / 2, 5],
  ['dedupe', 'dedupe', PROGRAMS / 2, 5],
])('%s, on programs made to be hard', (strategy, goal, programs, least) => {
  it('changes nothing that can be noticed', () => {
    let edits = 0
    for (let seed = 0; seed < programs; seed++) {
      const text = randomProgram(seed)
      const before = traceOf(text)
      const base = treeOf({ 'package.json': '{"name":"x"}', 'index.js': text })
      const { tree, patch } = refactor(base, { goal, target: 'node20' }, strategy)
      edits += patch.edits.length
      expect({ seed, trace: traceOf(textIn(tree, 'index.js')) }).toEqual({ seed, trace: before })
    }
    expect(edits).toBeGreaterThan(least)
  })
})

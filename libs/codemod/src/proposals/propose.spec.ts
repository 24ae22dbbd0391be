import { describe, expect, it } from '@jest/globals'

import { treeOf } from '../../test/support/project.ts'
import { analyze } from '../analysis/analyze.ts'
import { transform } from '../transform.ts'
import type { RefactorRequest } from '../types.ts'
import { explainNothing, proposalOf, propose } from './propose.ts'
import { renderSpec } from './render-spec.ts'

const steps = Array.from({ length: 16 }, (_, line) => `  log(${line});`).join('\n')
const code = `exports.run = function (log, limit) {
${steps}
  var price = 0;
  if (limit > 3) {
    price = 10;
    if (limit['a'] > 5) {
      price += limit;
    }
  }
  log(price);
  if (price === 1) { return true; }
  return false;
};
`
const files = { 'package.json': '{"name":"x","engines":{"node":">=0.10"}}', 'index.js': code, 'test/x.js': '' }
const ask = (request: RefactorRequest, tree = treeOf(files)) => propose(tree, analyze(tree), request)

describe('proposals', () => {
  it('offers the floor as it is, a raised floor and structure', () => {
    const proposals = ask({ goal: 'modernize' })
    expect(proposals.map(({ id }) => id)).toEqual(['within-floor', 'raise-floor-node20', 'simplify', 'extract'])
    expect(proposals[1]).toMatchObject({
      title: 'Raise the floor to Node 20 (semver-major)',
      files: ['index.js', 'package.json'],
      floorBefore: { ecmaVersion: 5, node: '0.10.0' },
      floorAfter: { ecmaVersion: 2023, node: '20.0.0' },
      risk: 'medium',
    })
  })

  it.each([
    [{ goal: 'modernize', target: 'node22' }, 'raise-floor-node22'],
    [{ goal: 'simplify' }, 'simplify'],
    [{ goal: 'extract' }, 'extract'],
    [{ goal: 'auto' }, 'within-floor'],
    [{ goal: 'rename code cost', include: ['none/**'] }, undefined],
  ])('puts first what the goal asks for: %j', (request, first) => {
    expect(ask(request)[0]?.id).toBe(first)
  })

  it('says which lines of the files as they are it changes', () => {
    const [kept, raised, , extracted] = ask({ goal: 'modernize' })
    expect(code.split('\n')[20]).toContain("limit['a']")
    expect(kept!.changes).toEqual([{ path: 'index.js', lines: [21] }])
    const { lines } = extracted!.changes[0]!
    // What is taken out stands together; the new function comes after the one that it was taken from.
    expect(lines.slice(0, -1)).toEqual(Array.from({ length: lines.length - 1 }, (_, at) => lines[0]! + at))
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.at(-1)).toBe(28)
    expect(raised!.changes.map(({ path }) => path)).toEqual(['index.js', 'package.json'])
    expect(code.split('\n')[raised!.changes[0]!.lines[0]! - 1]).toContain('var price')
  })

  it('promises just the edits and files that carrying it out gives', () => {
    const tree = treeOf(files)
    const analysis = analyze(tree)
    for (const proposal of propose(tree, analysis, { goal: 'auto' })) {
      const { patch } = transform(tree, analysis, proposal, { goal: 'auto' })
      expect(patch.edits).toHaveLength(proposal.expectedEdits)
      expect([...new Set(patch.edits.flatMap(({ operations }) => operations.map(({ path }) => path)))].sort()).toEqual(
        proposal.files,
      )
    }
  })

  it('finds each by its id as it was among the others, and none by another id', () => {
    const tree = treeOf(files)
    const analysis = analyze(tree)
    const request: RefactorRequest = { goal: 'auto' }
    for (const proposal of propose(tree, analysis, request))
      expect(proposalOf(tree, analysis, request, proposal.id)).toEqual(proposal)
    for (const id of ['no-such', 'types']) expect(proposalOf(tree, analysis, request, id)).toBeUndefined()
  })

  it('says why there is nothing to do', () => {
    const why = (given: Readonly<Record<string, string>>) => {
      const tree = treeOf(given)
      return explainNothing(tree, analyze(tree), { goal: 'modernize' })
    }
    expect(why({ 'readme.md': '# x' })[0]).toBe('the tree holds no JavaScript or TypeScript')
    expect(why({ 'test/a.js': 'var a = 1' })[0]).toBe('no file in scope may be edited (files found: test)')
    expect(why({ 'index.js': 'exports.a = ;' })).toContain('index.js:1:13 does not parse: Expression expected.')
    expect(why(files)).toEqual([])
  })

  it('proposes nothing for a goal that it does not know, rather than something else', () => {
    const tree = treeOf(files)
    const request = { goal: 'make it nice' }
    expect(propose(tree, analyze(tree), request)).toEqual([])
    expect(explainNothing(tree, analyze(tree), request)[0]).toContain('needs a language model')
  })

  it('tells of what only recorded sessions could vouch for, where nothing can be proven', () => {
    const text = 'async function f(p) {\n  return p.then((v) => v + 1)\n}\nmodule.exports = f\n'
    const tree = treeOf({ 'package.json': '{"name":"a","version":"1.0.0"}', 'a.js': text })
    expect(explainNothing(tree, analyze(tree), { goal: 'modernize' })).toEqual([
      'no recipe found anything that it would change',
      '--evidence verified would also try what cannot be proven and only recorded sessions can vouch for',
    ])
    expect(explainNothing(tree, analyze(tree), { goal: 'modernize', evidence: 'verified' })).toEqual([])
    const [proposal] = propose(tree, analyze(tree), { goal: 'modernize', evidence: 'verified' })
    expect(proposal!.riskReasons.join('; ')).toContain('edits that are not proven: 1;')
  })
})

describe('the spec', () => {
  it('says what changes, what must not, and how far the floor rises', () => {
    const tree = treeOf(files)
    const analysis = analyze(tree)
    const proposal = propose(tree, analysis, { goal: 'modernize', target: 'node20' })[0]!
    const { bdd, sdd } = renderSpec(proposal, analysis, transform(tree, analysis, proposal, { goal: 'modernize' }))
    expect(bdd).toMatch(/^Feature: Raise the floor to Node 20/)
    expect(bdd.match(/^ {2}Scenario: /gm)).toHaveLength(5)
    expect(bdd).toContain('package.json requires Node 20.0.0 or newer')
    expect(sdd).toContain('Raised from ES5 on Node 0.10.0 and newer to ES2023 on Node 20.0.0 and newer.')
    expect(sdd).toContain('- `index.js`\n- `package.json`')
    expect(sdd).toContain('| var to let or const | `var-to-let-const` | 1 |')
  })
})

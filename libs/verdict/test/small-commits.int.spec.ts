import { afterAll, describe, expect, it } from '@jest/globals'
import { applyPatch, selectEdits, treeHash } from '@iama/patch'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { readTree } from '../src/gates/context.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { verify } from '../src/verify.ts'
import { applyChanges, closeFixtures, fewSessions, openFixture, type Change } from './fixture.ts'

afterAll(closeFixtures)

const scope = { files: ['double.js'] }

const judge = async (changes: readonly Change[]) => {
  const project = await openFixture('printer')
  const { workbench, checks } = project
  const baseline = await runBaseline(workbench, 'base', checks)
  const sessions = await recordSessions(workbench, 'base', checks, scope, { baseline, mutations: 0 })
  const patch = await applyChanges(project, changes)
  const body = await verify({
    ...{ workbench, base: 'base', patched: 'patched', patch, checks, baseline, sessions, scope, allow: {}, seed: 1 },
    equivalence: fewSessions,
  })
  return { body, patch, tree: await readTree(workbench, 'base') }
}

const uses: Change = { file: 'double.js', anchor: 'return value + value', text: 'return twice(value)', recipe: 'use' }
const declares: Change = {
  ...{ file: 'double.js', anchor: 'module.exports', recipe: 'declare' },
  text: 'const twice = (it) => it + it\nmodule.exports',
}
const explains: Change = {
  ...{ file: 'double.js', anchor: 'double(value) {', recipe: 'explain' },
  text: 'double(value) { // a number, or text',
}

describe('the commits of a green patch', () => {
  it('are each green: what is red alone is joined with what makes it green', async () => {
    const { body, patch, tree } = await judge([uses, declares, explains])

    expect(body.result).toBe('pass')
    expect(body.commits).toEqual([
      {
        recipes: ['use', 'declare'],
        edits: ['edit-1', 'edit-2'],
        tree: treeHash(applyPatch(tree, selectEdits(patch, ['edit-1', 'edit-2']))),
      },
      { recipes: ['explain'], edits: ['edit-3'], tree: body.patched },
    ])
  }, 60_000)

  it('are none when the patch is red', async () => {
    const { body } = await judge([uses, explains])

    expect(body).toMatchObject({ result: 'fail', commits: [] })
  }, 60_000)
})

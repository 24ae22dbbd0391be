import { describe, expect, it } from '@jest/globals'
import { InvalidRequest } from '@iama/kernel'

import { parsePatch } from './parse.ts'
import { editOf, patchOf } from './testing.ts'

const base = 'a'.repeat(64)
const good = {
  version: 1,
  edits: [
    {
      id: 'e-1',
      recipe: 'r',
      title: 't',
      reason: 'r',
      operations: [{ type: 'replace', path: 'a.js', base, anchor: 'x', text: 'y' }],
      dependsOn: [],
      evidence: { kind: 'verified', places: [{ path: 'a.js', start: 3, end: 9 }] },
    },
  ],
}

const violationsOf = (json: unknown) => {
  try {
    parsePatch(json)
  } catch (error) {
    if (error instanceof InvalidRequest) return error.violations
    throw error
  }
  throw new Error('the patch was accepted')
}

/** The good patch with one thing changed. */
const withOperation = (changed: object) => ({
  ...good,
  edits: [{ ...good.edits[0]!, operations: [{ ...good.edits[0]!.operations[0], ...changed }] }],
})

describe('parsePatch', () => {
  it('accepts a patch as value or as text', () => {
    expect(parsePatch(good)).toEqual(good)
    expect(parsePatch(JSON.stringify(good))).toEqual(good)
  })

  it.each(['.git ', '.git.', '.g\u200Cit', 'git~1', 'GIT~1', '.git::$INDEX_ALLOCATION', '\uFEFF.git'])(
    "refuses git's folder as some file systems read it: %j",
    (name) => {
      expect(() => parsePatch(withOperation({ path: `${name}/hooks/post-checkout` }))).toThrow(/no patch may touch/)
      expect(() => parsePatch(withOperation({ path: `x${name}/hooks/post-checkout` }))).not.toThrow()
    },
  )

  const wrong: readonly [string, unknown, string, RegExp][] = [
    ['text that is not JSON', '{', 'patch', /not JSON/],
    ['another version', { ...good, version: 2 }, 'version', /1/],
    ['an unknown field', withOperation({ colour: 'red' }), 'edits[0].operations[0]', /colour/],
    ['an unknown operation', withOperation({ type: 'move' }), 'edits[0].operations[0].type', /./],
    ['a wrong hash', withOperation({ base: 'A'.repeat(64) }), 'edits[0].operations[0].base', /64 lower-case/],
    ['an absolute path', withOperation({ path: '/etc/passwd' }), 'edits[0].operations[0].path', /absolute/],
    ['a path that climbs out', withOperation({ path: 'a/../../b' }), 'edits[0].operations[0].path', /\.\./],
    [
      'a git hook',
      withOperation({ path: 'x/.GIT/hooks/pre-commit' }),
      'edits[0].operations[0].path',
      /no patch may touch/,
    ],
    ['a backslash', withOperation({ path: 'a\\b' }), 'edits[0].operations[0].path', /backslash/],
    ['a lone surrogate', withOperation({ text: '\ud800' }), 'edits[0].operations[0].text', /Unicode/],
    ['an empty anchor', withOperation({ anchor: '' }), 'edits[0].operations[0].anchor', /empty/],
    [
      'a range of another length',
      withOperation({ range: { start: 1, end: 3 } }),
      'edits[0].operations[0].range',
      /2 bytes/,
    ],
    [
      'a range that runs backwards',
      withOperation({ range: { start: 3, end: 1 } }),
      'edits[0].operations[0].range',
      /before/,
    ],
    ['an edit without operations', patchOf(editOf('e', [])), 'edits[0].operations', /./],
    [
      'an unknown dependency',
      { ...good, edits: [{ ...good.edits[0]!, dependsOn: ['zz'] }] },
      'edits[0].dependsOn[0]',
      /zz/,
    ],
    ['an id twice', { ...good, edits: [good.edits[0], good.edits[0]] }, 'edits[1].id', /second/],
    [
      'edits that wait for each other',
      { ...good, edits: ['a', 'b'].map((id, n) => ({ ...good.edits[0]!, id, dependsOn: [n === 0 ? 'b' : 'a'] })) },
      'edits[0].dependsOn',
      /cycle/,
    ],
  ]
  it.each(wrong)('refuses %s and names the field', (_name, json, field, reason) => {
    expect(violationsOf(json)).toContainEqual({
      field,
      reason: expect.stringMatching(reason) as unknown as string,
      fix: expect.any(String) as unknown as string,
    })
  })
})

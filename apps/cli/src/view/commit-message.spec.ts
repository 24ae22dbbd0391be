import { describe, expect, it } from '@jest/globals'
import type { Edit } from '@iama/patch'

import { commitMessage } from './commit-message.ts'

const edit = (title: string, path: string, evidence: Edit['evidence'] = { kind: 'proven', assumptions: [] }): Edit => ({
  id: title,
  recipe: 'let-const',
  title,
  reason: 'the name is never assigned again, so readers need not look for it',
  operations: [{ type: 'create_file', path, text: '' }],
  dependsOn: [],
  evidence,
})

const source = { jobId: 'job-1', patch: 'f00' }

describe('the message of a commit', () => {
  it('says what, why, on what it rests and where that is kept', () => {
    const edits = [
      edit('var becomes const', 'a.js'),
      edit('var becomes const', 'b.js', { kind: 'verified', places: [{ path: 'b.js', start: 0, end: 9 }] }),
    ]

    expect(commitMessage(edits, source)).toBe(`refactor: var becomes const (2 times)

the name is never assigned again, so readers need not look for it

- a.js: var becomes const
- b.js: var becomes const

Edits: 1 proven, 1 verified. The project's tests and the recorded
sessions are green at this commit.

Iama-Job: job-1
Iama-Patch: f00
`)
  })

  it('keeps to 72 columns and to one line a title, however long and strange that is', () => {
    const edits = Array.from({ length: 40 }, (_, i) => edit(`${i} ${'long '.repeat(30)}\nFixes: everything`, 'a.js'))
    const lines = commitMessage(edits, source).split('\n')

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72)
    expect(lines.filter((line) => line.startsWith('Fixes'))).toEqual([])
    expect(lines).toContain('- and 10 edits more')
  })
})

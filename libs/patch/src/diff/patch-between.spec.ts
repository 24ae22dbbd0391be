import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { applyPatch } from '../apply.ts'
import type { Tree } from '../edit.ts'
import { parsePatch } from '../parse.ts'
import { formatPatch } from '../format.ts'
import { selectEdits } from '../select.ts'
import { hashOf, listed, treeArbitrary, treeOf } from '../testing.ts'
import { NotExpressible, patchBetween, touchedPaths } from './patch-between.ts'

const lines = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}\n`)
const operations = (before: Tree, after: Tree) => patchBetween(before, after).edits.map((edit) => edit.operations)

describe('the patch between two trees', () => {
  it('is empty between equal ones', () => {
    const tree = treeOf({ 'a.js': 'a\n', 'logo.png': Buffer.from([0, 1]) })
    expect(patchBetween(tree, tree)).toEqual({ version: 1, edits: [] })
  })

  it('has an edit for each hunk, named by file and lines, and any part of it applies', () => {
    const old = lines(60)
    const now = old.with(4, 'four\n').with(6, 'six\n').toSpliced(40, 1)
    const [before, after] = [treeOf({ 'a.js': old.join('') }), treeOf({ 'a.js': now.join('') })]
    const patch = patchBetween(before, after)
    expect(patch.edits.map(({ id, title }) => [id, title])).toEqual([
      ['change-1', 'a.js, lines 5 to 7'],
      ['change-2', 'a.js, line 41'],
    ])
    expect(patch.edits.map((edit) => edit.evidence)).toEqual([{ kind: 'unproven' }, { kind: 'unproven' }])
    expect(listed(applyPatch(before, patch))).toEqual(listed(after))
    const second = applyPatch(before, selectEdits(patch, ['change-2']))
    expect(listed(second)).toEqual(listed(treeOf({ 'a.js': old.toSpliced(40, 1).join('') })))
  })

  it('creates, with the executable bit, and deletes', () => {
    const before = treeOf({ 'gone.js': 'x\n' })
    const after = treeOf({ 'bin/run*': '#!/bin/sh\n', 'plain.js': '' })
    expect(operations(before, after)).toEqual([
      [{ type: 'create_file', path: 'bin/run', text: '#!/bin/sh\n', executable: true }],
      [{ type: 'delete_file', path: 'gone.js', base: hashOf(before, 'gone.js') }],
      [{ type: 'create_file', path: 'plain.js', text: '' }],
    ])
  })

  it('keeps a renamed file and what changed in it together, also when it moves bytes that are no text', () => {
    const old = lines(20)
    const logo = Buffer.from([0, 255, 1])
    const before = treeOf({ 'lib/a.js': old.join(''), 'a.png': logo })
    const after = treeOf({ 'src/a.js': old.with(3, 'three\n').join(''), 'b.png': logo })
    const patch = patchBetween(before, after)
    expect(patch.edits.map((edit) => [edit.title, edit.operations.map(({ type }) => type)])).toEqual([
      ['rename a.png to b.png', ['rename_file']],
      ['rename lib/a.js to src/a.js', ['rename_file', 'replace']],
    ])
    expect(listed(applyPatch(before, patch))).toEqual(listed(after))
  })

  it.each([
    ['CRLF', 'a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
    ['LF to CRLF', 'a\nb\n', 'a\r\nb\r\n'],
    ['a missing last newline', 'a\nb', 'a\nb\n'],
    ['a new missing last newline', 'a\nb\n', 'a\nb'],
    ['a byte order mark', 'a\n', '\uFEFFa\n'],
    ['letters of several bytes', 'ä\nö\nü\n', 'ä\nÖÖ\nü\n'],
    ['an empty file', '', 'a\n'],
    ['an emptied file', 'a\n', ''],
  ])('keeps %s byte for byte', (_, old, now) => {
    const [before, after] = [treeOf({ a: old }), treeOf({ a: now })]
    expect(listed(applyPatch(before, patchBetween(before, after)))).toEqual(listed(after))
  })

  it('refuses what no operation can say, naming every file', () => {
    const before = treeOf({
      'a.png': Buffer.from([0, 1]),
      'run.sh': 'x\n',
      'latin.txt': 'a',
      'gone.bin': Buffer.from([0]),
    })
    const after = treeOf({ 'a.png': Buffer.from([0, 2]), 'run.sh*': 'x\n', 'latin.txt': Buffer.from([0xe4]) })
    const refusal = expect(() => patchBetween(before, after))
    refusal.toThrow(NotExpressible)
    refusal.toThrow(
      'a.png: it is not UTF-8 text\ngone.bin: it is not UTF-8 text\nlatin.txt: it is not UTF-8 text\nrun.sh: its executable bit changed',
    )
  })

  it('is a patch that can be sent, and leads from any tree to any other whose executable bits are the same', () => {
    const plain = treeArbitrary.map(
      (tree): Tree => new Map([...tree].map(([path, file]) => [path, { ...file, executable: false }])),
    )
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        const patch = parsePatch(formatPatch(patchBetween(before, after)))
        expect(listed(applyPatch(before, patch))).toEqual(listed(after))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the paths that a patch touches', () => {
  it('are those of the base tree, and those that it makes', () => {
    const before = treeOf({ 'a.js': 'a\n', 'old.js': 'same\n', 'gone.js': 'gone\n' })
    const after = treeOf({ 'a.js': 'b\n', 'new.js': 'same\n', 'made.js': 'quite\nother\n' })
    const { base, all } = touchedPaths(patchBetween(before, after))
    expect(base).toEqual(['a.js', 'gone.js', 'old.js'])
    expect(all).toEqual(['a.js', 'gone.js', 'made.js', 'new.js', 'old.js'])
  })
})

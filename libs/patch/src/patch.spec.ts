import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { applyPatch } from './apply.ts'
import { PatchConflict } from './conflict.ts'
import type { Operation } from './edit.ts'
import { formatPatch, patchHash } from './format.ts'
import { sha256, treeHash } from './hash.ts'
import { invertPatch } from './invert.ts'
import { parsePatch } from './parse.ts'
import { selectEdits } from './select.ts'
import { editOf, hashOf, listed, patchOf, treeAndPatch, treeOf } from './testing.ts'

describe('any patch that applies', () => {
  it('is taken back by its inverse, byte for byte', () => {
    fc.assert(
      fc.property(treeAndPatch, ({ tree, patch }) => {
        const before = treeHash(tree)
        const applied = applyPatch(tree, patch)
        const inverse = invertPatch(tree, patch)
        expect(listed(applyPatch(applied, inverse))).toEqual(listed(tree))
        expect(treeHash(applyPatch(applied, inverse))).toBe(before)
        expect(treeHash(tree)).toBe(before)
        // the inverse is a patch like any other: it has an inverse and a written form
        const again = invertPatch(applied, parsePatch(formatPatch(inverse)))
        expect(listed(applyPatch(tree, again))).toEqual(listed(applied))
      }),
      { numRuns: 500 },
    )
  })

  it('applies in every part that is closed under dependencies', () => {
    fc.assert(
      fc.property(treeAndPatch, fc.infiniteStream(fc.boolean()), ({ tree, patch }, choices) => {
        applyPatch(tree, patch)
        const wanted = patch.edits.filter(() => choices.next().value as boolean).map((edit) => edit.id)
        const part = selectEdits(patch, wanted)
        const ids = new Set(part.edits.map((edit) => edit.id))
        for (const edit of part.edits) for (const id of edit.dependsOn) expect(ids.has(id)).toBe(true)
        const applied = applyPatch(tree, part)
        expect(listed(applyPatch(applied, invertPatch(tree, part)))).toEqual(listed(tree))
      }),
      { numRuns: 300 },
    )
  })

  it('survives its canonical JSON with the same hash', () => {
    fc.assert(
      fc.property(treeAndPatch, ({ patch }) => {
        const parsed = parsePatch(formatPatch(patch))
        expect(formatPatch(parsed)).toBe(formatPatch(patch))
        expect(patchHash(parsed)).toBe(patchHash(patch))
      }),
      { numRuns: 200 },
    )
  })

  it('leaves the tree untouched when one operation is spoilt, and names it', () => {
    fc.assert(
      fc.property(treeAndPatch, fc.nat(), ({ tree, patch }, pick) => {
        const all = patch.edits.flatMap((edit) => edit.operations.map((_, index) => ({ edit, index })))
        const based = all.filter(({ edit, index }) => 'base' in edit.operations[index]!)
        fc.pre(based.length > 0)
        const { edit, index } = based[pick % based.length]!
        const spoil = (operation: Operation): Operation =>
          ({ ...operation, base: sha256(Buffer.from('other')) }) as Operation
        const spoilt = patchOf(
          ...patch.edits.map((each) =>
            each === edit ? { ...each, operations: each.operations.with(index, spoil(each.operations[index]!)) } : each,
          ),
        )
        const before = listed(tree)
        const conflicts = conflictsOf(() => applyPatch(tree, spoilt))
        expect(conflicts).toContainEqual(
          expect.objectContaining({ editId: edit.id, operationIndex: index, reason: 'base_changed' }),
        )
        expect(listed(tree)).toEqual(before)
      }),
      { numRuns: 200 },
    )
  })
})

const conflictsOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof PatchConflict) return error.conflicts
    throw error
  }
  throw new Error('the patch applied')
}

const replace = (
  tree: ReturnType<typeof treeOf>,
  path: string,
  anchor: string,
  text: string,
  more = {},
): Operation => ({
  type: 'replace',
  path,
  base: hashOf(tree, path),
  anchor,
  text,
  ...more,
})

const textOf = (tree: ReturnType<typeof treeOf>, path: string) => Buffer.from(tree.get(path)!.content).toString()

describe('an anchor', () => {
  const tree = treeOf({ 'a.js': 'function f() {\n    return  1\n}\n\nfunction g() {\n    return  2\n}\n' })

  it('is taken exactly where it stands', () => {
    const done = applyPatch(tree, patchOf(editOf('e', [replace(tree, 'a.js', 'return  1', 'return 3')])))
    expect(textOf(done, 'a.js')).toContain('    return 3\n')
  })

  it('is refused when it occurs twice, and taken with the context that makes it unique', () => {
    const twice = patchOf(editOf('e', [replace(tree, 'a.js', 'return  ', 'yield ')]))
    expect(conflictsOf(() => applyPatch(tree, twice))).toEqual([
      expect.objectContaining({ reason: 'anchor_ambiguous', detail: expect.stringContaining('lines 2 and 6') }),
    ])
    const context = { before: 'function g() {\n    ', after: '2' }
    const once = patchOf(editOf('e', [replace(tree, 'a.js', 'return  ', 'yield ', context)]))
    expect(textOf(applyPatch(tree, once), 'a.js')).toContain('g() {\n    yield 2')
  })

  it('counts overlapping occurrences as two', () => {
    const overlapping = treeOf({ a: 'aaa' })
    const patch = patchOf(editOf('e', [replace(overlapping, 'a', 'aa', 'b')]))
    expect(conflictsOf(() => applyPatch(overlapping, patch))[0]!.reason).toBe('anchor_ambiguous')
  })

  it('is found with other indentation, blanks and line ends, and the new text takes the file’s line ends', () => {
    const crlf = treeOf({ 'a.js': 'if (x) {\r\n\t\treturn  1  \r\n}\r\nlast\r\n' })
    const wanted = replace(crlf, 'a.js', 'if (x) {\n  return 1\n}\n', 'if (y) {\n  return 2\n}\n')
    expect(textOf(applyPatch(crlf, patchOf(editOf('e', [wanted]))), 'a.js')).toBe(
      'if (y) {\r\n  return 2\r\n}\r\nlast\r\n',
    )
  })

  it('keeps what is around a tolerant match when only the context differs', () => {
    const more = { before: 'function g() {\n', after: '\n}' }
    const patch = patchOf(editOf('e', [replace(tree, 'a.js', '\treturn 2', '\treturn 9', more)]))
    expect(textOf(applyPatch(tree, patch), 'a.js')).toBe(
      'function f() {\n    return  1\n}\n\nfunction g() {\n\treturn 9\n}\n',
    )
  })

  it('is refused when whitespace alone makes two places alike', () => {
    const alike = treeOf({ a: 'x  = 1\nx\t= 1\n' })
    const patch = patchOf(editOf('e', [replace(alike, 'a', 'x = 1', 'y')]))
    expect(conflictsOf(() => applyPatch(alike, patch))[0]).toMatchObject({
      reason: 'anchor_ambiguous',
      detail: expect.stringContaining('lines 1 and 2'),
    })
  })

  it('is refused when its interior has drifted, with the nearest place', () => {
    const patch = patchOf(editOf('e', [replace(tree, 'a.js', 'function g() {\n    return 22\n}', 'x')]))
    expect(conflictsOf(() => applyPatch(tree, patch))).toEqual([
      {
        path: 'a.js',
        editId: 'e',
        operationIndex: 0,
        reason: 'anchor_missing',
        detail: 'the anchor is not in the file',
        nearest: { line: 5, text: 'function g() {\n    return  2\n}', similarity: expect.closeTo(0.96, 2) },
      },
    ])
  })

  it('is refused in a changed file, with the nearest place there', () => {
    const drifted = treeOf({ 'a.js': 'function f() {\n    return 1\n}\n' })
    const patch = patchOf(editOf('e', [replace(tree, 'a.js', '    return  1', 'x')]))
    expect(conflictsOf(() => applyPatch(drifted, patch))).toEqual([
      expect.objectContaining({ reason: 'base_changed', nearest: expect.objectContaining({ line: 2 }) }),
    ])
  })

  it('never takes a newline for a blank', () => {
    const file = treeOf({ a: 'return\nvalue\n' })
    const patch = patchOf(editOf('e', [replace(file, 'a', 'return value', 'x')]))
    expect(conflictsOf(() => applyPatch(file, patch))[0]!.reason).toBe('anchor_missing')
  })

  it('must stand in its range, with its context', () => {
    const at = (start: number, end: number, more = {}) =>
      patchOf(editOf('e', [replace(tree, 'a.js', 'return  1', 'x', { range: { start, end }, ...more })]))
    expect(textOf(applyPatch(tree, at(19, 28)), 'a.js')).toContain('    x\n')
    expect(conflictsOf(() => applyPatch(tree, at(20, 29)))[0]).toMatchObject({
      reason: 'range_mismatch',
      nearest: { line: 2 },
    })
    expect(conflictsOf(() => applyPatch(tree, at(19, 28, { before: 'g' })))[0]!.reason).toBe('range_mismatch')
    expect(conflictsOf(() => applyPatch(tree, at(999, 1008)))[0]!.reason).toBe('range_mismatch')
  })
})

describe('an anchor with other whitespace', () => {
  const indent = fc.constantFrom('', '  ', '\t', '    ')
  const word = fc.constantFrom('a', 'b(c)', 'd = e', "'f  g'", 'ä')
  const lines = fc.array(fc.tuple(indent, word, fc.constantFrom('', ' ')), { minLength: 3, maxLength: 8 })
  const withoutWhitespace = (text: string) => text.replace(/[ \t\r\n]+/g, '')

  it('replaces what it names and nothing else, or nothing at all', () => {
    let applied = 0
    const property = fc.property(
      lines,
      fc.constantFrom('\n', '\r\n'),
      fc.nat(),
      fc.nat(),
      fc.array(indent, { minLength: 8, maxLength: 8 }),
      (written, end, from, count, indents) => {
        const start = from % written.length
        const span = written.slice(start, start + 1 + (count % 3))
        const text = written.map(([before, words, after]) => before + words + after).join(end)
        const anchor = span.map(([, words], n) => indents[n] + words).join('\n')
        const file = treeOf({ a: text })
        try {
          const done = textOf(applyPatch(file, patchOf(editOf('e', [replace(file, 'a', anchor, 'NEW')]))), 'a')
          applied++
          const [before, after] = done.split('NEW') as [string, string]
          expect(text.startsWith(before) && text.endsWith(after)).toBe(true)
          const replaced = text.slice(before.length, text.length - after.length)
          expect(withoutWhitespace(replaced)).toBe(withoutWhitespace(anchor))
          expect(replaced.split('\n')).toHaveLength(anchor.split('\n').length)
        } catch (error) {
          if (!(error instanceof PatchConflict)) throw error
          expect(['anchor_ambiguous', 'anchor_missing']).toContain(error.conflicts[0]!.reason)
        }
      },
    )
    fc.assert(property, { numRuns: 500 })
    expect(applied).toBeGreaterThan(50)
  })
})

describe('operations together', () => {
  const tree = treeOf({ 'a.js': '0123456789', 'b.js': 'b', 'run.sh*': '#!', 'd/x': '1', bin: Buffer.from([1, 0, 2]) })
  const base = (path: string) => hashOf(tree, path)
  const insert = (type: 'insert_before' | 'insert_after', anchor: string, text: string): Operation => ({
    type,
    path: 'a.js',
    base: base('a.js'),
    anchor,
    text,
  })

  it('insert at one point in the order of the text that they hang on, then of the patch', () => {
    const patch = patchOf(
      editOf('1', [insert('insert_before', '5', 'A')]),
      editOf('2', [insert('insert_after', '4', 'B')]),
      editOf('3', [insert('insert_before', '5', 'C'), insert('insert_after', '4', 'D')]),
      editOf('4', [replace(tree, 'a.js', '5', 'five'), replace(tree, 'a.js', '34', '')]),
    )
    const done = applyPatch(tree, patch)
    expect(textOf(done, 'a.js')).toBe('012BDACfive6789')
    expect(listed(applyPatch(done, invertPatch(tree, patch)))).toEqual(listed(tree))
  })

  it('rename a file and change its text at once, keeping its mode', () => {
    const operations: Operation[] = [
      { type: 'rename_file', path: 'run.sh', base: base('run.sh'), to: 'bin2/run.sh' },
      replace(tree, 'run.sh', '#!', '#!/bin/sh'),
    ]
    const done = applyPatch(tree, patchOf(editOf('e', operations)))
    expect(done.get('run.sh')).toBeUndefined()
    expect(done.get('bin2/run.sh')).toMatchObject({ executable: true })
  })

  const refusals: readonly [string, readonly Operation[], string][] = [
    [
      'two replacements that share bytes',
      [replace(tree, 'a.js', '123', 'x'), replace(tree, 'a.js', '34', 'y')],
      'overlap',
    ],
    [
      'an insertion inside a replacement',
      [replace(tree, 'a.js', '1234', 'x'), insert('insert_after', '2', 'y')],
      'overlap',
    ],
    [
      'a change of a deleted file',
      [{ type: 'delete_file', path: 'a.js', base: base('a.js') }, insert('insert_after', '2', 'y')],
      'overlap',
    ],
    [
      'a change of a rewritten file',
      [{ type: 'write_file', path: 'a.js', base: base('a.js'), text: '' }, insert('insert_after', '2', 'y')],
      'overlap',
    ],
    [
      'two names for one file',
      [
        { type: 'rename_file', path: 'a.js', base: base('a.js'), to: 'x' },
        { type: 'rename_file', path: 'a.js', base: base('a.js'), to: 'y' },
      ],
      'overlap',
    ],
    ['a name that is taken', [{ type: 'create_file', path: 'b.js', text: '' }], 'target_exists'],
    [
      'a name that is taken even though it is deleted',
      [
        { type: 'delete_file', path: 'b.js', base: base('b.js') },
        { type: 'create_file', path: 'b.js', text: '' },
      ],
      'target_exists',
    ],
    ['a file below a file', [{ type: 'create_file', path: 'a.js/b', text: '' }], 'target_exists'],
    [
      'a file in the place of a folder',
      [{ type: 'rename_file', path: 'b.js', base: base('b.js'), to: 'd' }],
      'target_exists',
    ],
    [
      'two new files of one name',
      [
        { type: 'create_file', path: 'n', text: '' },
        { type: 'create_file', path: 'n/m', text: '' },
      ],
      'target_exists',
    ],
    ['a file that is not there', [{ type: 'delete_file', path: 'c.js', base: base('b.js') }], 'file_missing'],
    ['a binary file', [replace(tree, 'bin', '\u0001', 'x')], 'binary'],
    ['the loss of bytes that fit in no patch', [{ type: 'delete_file', path: 'bin', base: base('bin') }], 'binary'],
    ['text that would make a file binary', [replace(tree, 'b.js', 'b', '\0')], 'binary'],
  ]
  it.each(refusals)('refuse %s', (_name, operations, reason) => {
    const conflicts = conflictsOf(() => applyPatch(tree, patchOf(editOf('e', operations))))
    expect(conflicts.map((conflict) => conflict.reason)).toContain(reason)
  })

  it('report every conflict, not only the first', () => {
    const patch = patchOf(
      editOf('1', [replace(tree, 'a.js', 'nowhere', ''), { type: 'create_file', path: 'b.js', text: '' }]),
      editOf('2', [{ type: 'delete_file', path: 'gone', base: base('b.js') }]),
    )
    const conflicts = conflictsOf(() => applyPatch(tree, patch))
    expect(conflicts.map(({ editId, operationIndex }) => `${editId}/${operationIndex}`).sort()).toEqual([
      '1/0',
      '1/1',
      '2/0',
    ])
  })
})

describe('hashes of trees', () => {
  it('do not depend on the order of files, but on names, bytes and modes', () => {
    const hash = treeHash(treeOf({ a: '1', b: '2' }))
    expect(treeHash(treeOf({ b: '2', a: '1' }))).toBe(hash)
    for (const other of [{ a: '1' }, { a: '2', b: '1' }, { 'a*': '1', b: '2' }, { a: '1', 'b ': '2' }]) {
      expect(treeHash(treeOf(other as Record<string, string>))).not.toBe(hash)
    }
  })
})

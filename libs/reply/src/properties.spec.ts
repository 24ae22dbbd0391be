import { describe, expect, it } from '@jest/globals'
import { applyPatch, type Tree } from '@iama/patch'
import fc from 'fast-check'

import { asBlocks, asDiff, asFiles, asOperations, twoTrees } from './printing.testing.ts'
import { linesIn, literally } from './literal.testing.ts'
import { readPatchReply } from './read-patch-reply.ts'
import { ReplyRefused } from './refusal.ts'
import { changesBetween } from './changes.testing.ts'

const forms = [
  ['operations', asOperations],
  ['search-replace', asBlocks],
  ['unified-diff', asDiff],
  ['files', asFiles],
] as const

const read = (reply: string, tree: Tree) => readPatchReply(reply, { tree, scope: () => true, wholeFiles: true })
const operationsOf = (reply: string, tree: Tree): string[] =>
  read(reply, tree).patch.edits.flatMap(({ operations }) => operations.map((operation) => JSON.stringify(operation)))

/** What a reply changes, or undefined when it is refused. */
const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act()
  } catch (error) {
    if (error instanceof ReplyRefused) return undefined
    throw error
  }
}

/** How many characters differ between two texts when white space does not count: the longer part between both ends. */
const distance = (a: string, b: string): number => {
  const [x, y] = [a.replace(/\s+/g, ''), b.replace(/\s+/g, '')]
  let head = 0
  while (head < Math.min(x.length, y.length) && x[head] === y[head]) head++
  let tail = 0
  while (tail < Math.min(x.length, y.length) - head && x.at(-1 - tail) === y.at(-1 - tail)) tail++
  return Math.max(x.length, y.length) - head - tail
}

/** A place in a text, from its beginning (0) to its end (1). */
const somewhere = fc.nat(999_999).map((part) => part / 1_000_000)

describe.each(forms)('a patch printed as %s', (form, print) => {
  it('reads back to the same change of the tree', () => {
    fc.assert(
      fc.property(twoTrees, ({ before, after }) => {
        const reply = read(print(before, after), before)
        expect(reply.form).toBe(form)
        expect(changesBetween(after, applyPatch(before, reply.patch))).toEqual({})
      }),
      { numRuns: 200 },
    )
  })

  it('cut anywhere is refused, or gives the first of its operations, each whole', () => {
    let [refused, part] = [0, 0]
    fc.assert(
      fc.property(twoTrees, somewhere, ({ before, after }, at) => {
        const reply = print(before, after)
        const whole = operationsOf(reply, before)
        const cut = attempt(() => operationsOf(reply.slice(0, Math.floor(reply.length * at)), before))
        if (cut === undefined) return void refused++
        part++
        expect(cut).toEqual(whole.slice(0, cut.length))
        // one object and one fence show by themselves whether they are whole
        if (form === 'operations' || form === 'unified-diff') expect(cut).toHaveLength(whole.length)
      }),
      { numRuns: 300 },
    )
    expect(refused).toBeGreaterThan(150)
    expect(refused + part).toBeGreaterThan(299)
  })

  it('with one character changed is refused, changes no more than that, or is to the letter another edit', () => {
    let [refused, same, close] = [0, 0, 0]
    const letters = fc.constantFrom(
      'q',
      '7',
      ' ',
      '"',
      '\\',
      '`',
      '<',
      '>',
      '{',
      '}',
      ':',
      ',',
      '/',
      '=',
      '-',
      '+',
      '@',
      '.',
      '\t',
    )
    fc.assert(
      fc.property(twoTrees, somewhere, letters, ({ before, after }, where, letter) => {
        const reply = print(before, after)
        const at = Math.floor(reply.length * where)
        // the signs of a diff are its meaning, and counts may be wrong: there a changed one can be another diff
        if (reply[at] === '\n' || (form === 'unified-diff' && reply[at - 1] === '\n')) return
        const slipped = reply.slice(0, at) + letter + reply.slice(at + 1)
        const corrupted = attempt(() => applyPatch(before, read(slipped, before).patch))
        if (corrupted === undefined) return void refused++
        const differing = Object.keys({ ...changesBetween(after, corrupted), ...changesBetween(corrupted, after) })
        if (differing.length === 0) return void same++
        close++
        const text = (tree: Tree, path: string): string => Buffer.from(tree.get(path)?.content ?? []).toString()
        // the path of a new file is new text as well
        if (differing.every((path) => (before.get(path)?.content.length ?? 0) === 0)) return
        // and a whole file has no anchor: a misspelt path is a new file, and the old one stays
        const untouched = (path: string): boolean => text(before, path) === text(corrupted, path) || !before.has(path)
        if (form === 'files' && differing.length === 2 && differing.every(untouched)) return
        expect(differing).toHaveLength(1)
        if (distance(text(after, differing[0]!), text(corrupted, differing[0]!)) <= 2) return
        // then the old lines are, byte for byte, those of another place: nobody can see that they were meant otherwise
        expect(linesIn(corrupted)).toEqual(literally(form, slipped, before))
      }),
      { numRuns: 600 },
    )
    expect(Math.min(refused, same, close)).toBeGreaterThan(5)
  })
})

describe.each([
  ['search-replace', asBlocks],
  ['unified-diff', asDiff],
] as const)('%s whose old lines became those of another place by one character', (form, print) => {
  const near = fc.record({
    head: fc.array(fc.constantFrom('alpha()', 'beta()'), { maxLength: 5 }),
    between: fc.array(fc.constantFrom('gamma()', '', '}'), { minLength: 4, maxLength: 8 }),
    tail: fc.array(fc.constantFrom('delta()', ')'), { maxLength: 5 }),
    pair: fc.constantFrom(['case 1: f()', 'case 7: f()'], ['}', ')'], ['', 'x'], ['a b', 'a,b'], ['# e', '# q']),
  })
  it('is refused, or is to the letter that other edit; and it is refused when the old lines say little', () => {
    let [taken, refused] = [0, 0]
    fc.assert(
      fc.property(near, ({ head, between, tail, pair: [meant, other] }) => {
        const lines: string[] = [...head, meant!, ...between, other!, ...tail]
        const tree = (all: readonly string[]): Tree =>
          new Map([['one.js', { content: Buffer.from(`${all.join('\n')}\n`), executable: false }]])
        const before = tree(lines)
        const reply = print(before, tree(lines.with(head.length, 'changed()')))
        const slipped =
          form === 'search-replace'
            ? `one.js\n\`\`\`js\n<<<<<<< SEARCH\n${other}\n=======\nchanged()\n>>>>>>> REPLACE\n\`\`\`\n`
            : reply.replace(`\n-${meant}\n`, `\n-${other}\n`)
        const got = attempt(() => applyPatch(before, read(slipped, before).patch))
        if (got === undefined) return void refused++
        taken++
        expect(other).toBe('case 7: f()')
        expect(linesIn(got)).toEqual(literally(form, slipped, before))
        expect(linesIn(got)['one.js']).toEqual(lines.with(head.length + 1 + between.length, 'changed()'))
      }),
      { numRuns: 300 },
    )
    expect(refused).toBeGreaterThan(100)
    // a diff has the numbers and the context of its lines to contradict it
    if (form === 'search-replace') expect(taken).toBeGreaterThan(20)
    else expect(taken).toBe(0)
  })
})

import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { bundleBetween, type BundleFile, type Tree, type TreeFile } from './bundle.ts'

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

const file = fc.record<TreeFile>({ content: fc.uint8Array({ maxLength: 4 }), executable: fc.boolean() })
const tree: fc.Arbitrary<Tree> = fc
  .dictionary(fc.constantFrom('a.js', 'b.js', 'lib/c.js', 'Ä ö.js', 'z'), file, { noNullPrototype: true })
  .map((files) => new Map(Object.entries(files)))

/** Writes a bundle as a client does: only over what it expects. */
const write = (files: readonly BundleFile[], onto: Tree): Tree => {
  const written = new Map(onto)
  for (const { path, before, after, content, executable } of files) {
    const there = written.get(path)
    expect(there ? sha256(there.content) : '').toBe(before)
    if (after === '') written.delete(path)
    else written.set(path, { content, executable })
    if (after !== '') expect(sha256(content)).toBe(after)
  }
  return written
}

const plain = (files: Tree) => [...files].sort(([one], [two]) => (one < two ? -1 : 1))

describe('a bundle', () => {
  it('leads from one tree to the other, and its inverse back', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const there = write(bundleBetween(from, to, sha256), from)
        expect(plain(there)).toEqual(plain(to))
        expect(plain(write(bundleBetween(to, from, sha256), there))).toEqual(plain(from))
      }),
    )
  })

  it('names only what differs, in the order of the paths', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const paths = bundleBetween(from, to, sha256).map(({ path }) => path)
        expect(paths).toEqual([...paths].sort())
        for (const path of paths) expect(from.get(path)).not.toEqual(to.get(path))
      }),
    )
    fc.assert(fc.property(tree, (same) => expect(bundleBetween(same, new Map(same), sha256)).toEqual([])))
  })

  it('tells a file that only became executable', () => {
    const content = Buffer.from('#!/bin/sh\n')
    const [from, to] = [false, true].map((executable) => new Map([['run', { content, executable }]]))
    expect(bundleBetween(from!, to!, sha256)).toMatchObject([
      { path: 'run', before: sha256(content), after: sha256(content), executable: true },
    ])
  })
})

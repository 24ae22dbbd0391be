import fc from 'fast-check'

import type { ByteRange, Edit, Operation, Patch, Tree } from './edit.ts'
import { sha256 } from './hash.ts'

/** A tree from texts; a name that ends in `*` is executable. */
export const treeOf = (files: Readonly<Record<string, string | Uint8Array>>): Tree =>
  new Map(
    Object.entries(files).map(([name, content]) => [
      name.replace(/\*$/, ''),
      { content: typeof content === 'string' ? Buffer.from(content) : content, executable: name.endsWith('*') },
    ]),
  )

export const hashOf = (tree: Tree, path: string) => sha256(tree.get(path)!.content)

/** Names, modes and bytes, comparable with toEqual. */
export const listed = (tree: Tree) =>
  Array.from(tree, ([path, file]) => [path, file.executable, Buffer.from(file.content).toString('latin1')]).sort()

export const editOf = (id: string, operations: readonly Operation[], dependsOn: readonly string[] = []): Edit => ({
  id,
  recipe: 'test',
  title: id,
  reason: 'a test',
  operations,
  dependsOn,
  evidence: { kind: 'unproven' },
})

export const patchOf = (...edits: readonly Edit[]): Patch => ({ version: 1, edits })

const names = [
  'a.js',
  'dir/b.js',
  'dir/deeper/c.ts',
  'with space.js',
  'dir with space/d.js',
  'ünï/cödé.js',
  'e\u0301.txt',
  'quote".js',
  'tab\there.js',
  'plain',
]
const line = fc.constantFrom('', 'x', 'const a = 1', '  return a', '\treturn a', '}', 'ä ö 🙂', '// end  ', 'x')
const ending = fc.constantFrom('\n', '\n', '\n', '\r\n')
/** Text with the traps of real files: BOM, CRLF, a missing last newline, repeated lines, letters of several bytes. */
export const textArbitrary = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, ending), { maxLength: 25 }), line)
  .map(([bom, lines, last]) => (bom ? '\uFEFF' : '') + lines.map(([text, end]) => text + end).join('') + last)

export const treeArbitrary: fc.Arbitrary<Tree> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), textArbitrary, fc.boolean()), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 6,
  })
  .map((files) => new Map(files.map(([path, text, executable]) => [path, { content: Buffer.from(text), executable }])))

/** Disjoint ranges of whole characters, in order. */
const rangesArbitrary = (text: string): fc.Arbitrary<ByteRange[]> => {
  const characters = [...text]
  return fc.uniqueArray(fc.nat(characters.length), { maxLength: 10 }).map((cuts) => {
    const bytes = cuts.sort((a, b) => a - b).map((cut) => Buffer.byteLength(characters.slice(0, cut).join('')))
    const ranges: ByteRange[] = []
    for (let n = 0; n + 1 < bytes.length; n += 2) ranges.push({ start: bytes[n]!, end: bytes[n + 1]! })
    return ranges
  })
}

const operationsOf = (tree: Tree, path: string): fc.Arbitrary<Operation[]> => {
  const file = tree.get(path)!
  const base = sha256(file.content)
  const text = file.content.toString()
  const anchored = rangesArbitrary(text).chain((ranges) =>
    fc.tuple(
      ...ranges.map((range) =>
        fc.record({
          type: fc.constantFrom('replace', 'insert_before', 'insert_after') as fc.Arbitrary<'replace'>,
          path: fc.constant(path),
          base: fc.constant(base),
          range: fc.constant(range),
          anchor: fc.constant(Buffer.from(file.content).subarray(range.start, range.end).toString()),
          text: fc.oneof(fc.constant(''), textArbitrary),
        }),
      ),
    ),
  )
  const renamed: Operation = { type: 'rename_file', path, base, to: `renamed/${path}` }
  return fc.oneof(
    { weight: 6, arbitrary: anchored.map((operations): Operation[] => operations) },
    { weight: 2, arbitrary: anchored.map((operations): Operation[] => [...operations, renamed]) },
    { weight: 1, arbitrary: fc.constant<Operation[]>([{ type: 'delete_file', path, base }]) },
    { weight: 1, arbitrary: textArbitrary.map((to): Operation[] => [{ type: 'write_file', path, base, text: to }]) },
  )
}

/** A tree and a patch that applies to it: operations shared out among edits at random, with random dependencies. */
export const treeAndPatch: fc.Arbitrary<{ tree: Tree; patch: Patch }> = treeArbitrary.chain((tree) =>
  fc
    .tuple(
      fc.tuple(...[...tree.keys()].map((path) => operationsOf(tree, path))),
      fc.array(fc.tuple(textArbitrary, fc.boolean()), { maxLength: 2 }),
      fc.infiniteStream(fc.nat(5)),
      fc.infiniteStream(fc.nat(8)),
    )
    .map(([perFile, created, owners, links]) => {
      const creations = created.map(([text, executable], n): Operation => ({
        type: 'create_file',
        path: `new/${n}.js`,
        text,
        executable,
      }))
      const groups = Map.groupBy([...perFile.flat(), ...creations], () => owners.next().value as number)
      const ids = [...groups.keys()].map((key) => `edit-${key}`)
      const edits = [...groups.values()].map((operations, n) => {
        const link = links.next().value as number
        return editOf(ids[n]!, operations, link < n ? [ids[link]!] : [])
      })
      return { tree, patch: patchOf(...edits) }
    }),
)

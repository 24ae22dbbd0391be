import { unifiedDiff, type Tree } from '@iama/patch'
import fc from 'fast-check'

import { linesOf, withoutBom } from './base-file.ts'
import { changesBetween } from './changes.testing.ts'

/** A file as its lines and its conventions. */
interface Shape {
  readonly lines: readonly string[]
  readonly end: '\n' | '\r\n'
  readonly bom: boolean
  readonly final: boolean
}

const line = fc.constantFrom(
  'x',
  'x',
  '',
  '  x',
  '\ty = 1',
  '}',
  'const a = "b  c"',
  'ä 🙂',
  '// note',
  '--- a',
  '++ b',
  '@@ c',
  '\\d',
  '# e',
  // one character apart, and long enough to be told apart on purpose
  'case 1: f()',
  'case 7: f()',
)
const lines = fc.array(line, { maxLength: 12 })
const drawn = fc.record({
  lines,
  end: fc.constantFrom('\n' as const, '\r\n' as const),
  bom: fc.boolean(),
  final: fc.boolean(),
})

const textOf = ({ lines: all, end, bom, final }: Shape): string =>
  (bom ? '\uFEFF' : '') + all.join(end) + (final && all.length > 0 ? end : '')

/** Without a newline at its end, a file's last line is none that is blank. */
const ended = (one: Shape): Shape =>
  !one.final && one.lines.at(-1) === '' ? { ...one, lines: [...one.lines.slice(0, -1), '}'] } : one

/** A file that shows its line ends, or has LF; an empty file has no byte order mark. */
const shape = drawn.map(ended).map((one): Shape => {
  const bare = { ...one, end: '\n', bom: false } as const
  const text = textOf(bare)
  if (text === '') return { ...bare, lines: [] }
  return text.includes('\n') ? one : { ...bare, bom: one.bom }
})

/** Some lines of a file taken out or replaced, in its own conventions. */
const changed = (before: Shape): fc.Arbitrary<Shape> =>
  fc
    .record({ at: fc.nat(before.lines.length), count: fc.nat(4), put: fc.array(line, { maxLength: 4 }) })
    .map(({ at, count, put }) => ({
      ...before,
      // what is written into an empty file ends its last line
      final: before.final || textOf(before) === '' || textOf(before) === '\uFEFF',
      lines: before.lines.toSpliced(at, count, ...put),
    }))
    .map(ended)

// no two of these names are one character apart
const names = ['one.js', 'lib/two words.ts', 'lib/three.py', 'ünï/cödé.js']
const file = (content: string) => ({ content: Buffer.from(content), executable: false })

/** Two trees that differ in the text of files and by new files, in ways that every form can say. */
export const twoTrees: fc.Arbitrary<{ before: Tree; after: Tree }> = fc
  .tuple(
    ...names.map(() => shape.chain((one) => fc.tuple(fc.constant(one), changed(one)))),
    fc.option(fc.array(line, { minLength: 1, maxLength: 4 })),
  )
  .map((drawn) => {
    const created = drawn.at(-1) as string[] | null
    const pairs = drawn.slice(0, -1) as [Shape, Shape][]
    const before = new Map(names.map((name, n) => [name, file(textOf(pairs[n]![0]))]))
    const after = new Map(names.map((name, n) => [name, file(textOf(pairs[n]![1]))]))
    if (created !== null && created.join('').trim() !== '') after.set('new/four.js', file(`${created.join('\n')}\n`))
    return { before, after }
  })
  .filter(({ before, after }) => {
    const texts = Object.values(changesBetween(before, after))
    return texts.length > 0 && texts.every((text) => text!.trim() !== '' && text !== '\uFEFF')
  })

const lfOf = (tree: Tree, path: string): string =>
  withoutBom(Buffer.from(tree.get(path)!.content).toString()).replaceAll('\r\n', '\n')

/** The shortest run of lines around a change that stands in the file once and says something. */
const hull = (
  old: readonly string[],
  now: readonly string[],
): { search: string[]; replace: string[]; head: number } => {
  const shorter = Math.min(old.length, now.length)
  let head = 0
  while (head < shorter && old[head] === now[head]) head++
  let tail = 0
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const key = (part: readonly string[]): string => JSON.stringify(part)
  for (;;) {
    const search = old.slice(head, old.length - tail)
    const twice = old.filter((_line, n) => key(old.slice(n, n + search.length)) === key(search)).length > 1
    const says = search.join('').replace(/[^\p{L}\p{N}]/gu, '').length
    if ((search.length > 0 && !twice && says >= 4) || (head === 0 && tail === 0))
      return { search, replace: now.slice(head, now.length - tail), head }
    if (head > 0) head--
    if (tail > 0) tail--
  }
}

/** As JSON operations, the anchor told apart by all that stands around it. */
export const asOperations = (before: Tree, after: Tree): string => {
  const operations = Object.keys(changesBetween(before, after)).map((path) => {
    if (!before.has(path)) return { type: 'create_file', path, text: lfOf(after, path) }
    const [old, now] = [lfOf(before, path), lfOf(after, path)]
    if (old === '') return { type: 'write_file', path, text: now }
    const split = (text: string): string[] => text.split(/(?<=\n)/)
    const { search, replace, head } = hull(split(old), split(now))
    const lead = split(old).slice(0, head).join('')
    const anchor = search.join('')
    const rest = old.slice(lead.length + anchor.length)
    return { type: 'replace', path, anchor, before: lead, after: rest, text: replace.join('') }
  })
  const edits = operations.map((operation, n) => ({ title: `Edit ${n}`, reason: 'as asked', operations: [operation] }))
  return `Here is the patch:\n\n\`\`\`json\n${JSON.stringify({ edits }, null, 1)}\n\`\`\`\n`
}

export const asBlocks = (before: Tree, after: Tree): string =>
  Object.keys(changesBetween(before, after))
    .map((path) => {
      const { search, replace } = hull(before.has(path) ? linesOf(lfOf(before, path)) : [], linesOf(lfOf(after, path)))
      const body = (part: readonly string[]): string => part.map((each) => `${each}\n`).join('')
      return `Change it.\n\n${path}\n\`\`\`js\n<<<<<<< SEARCH\n${body(search)}=======\n${body(replace)}>>>>>>> REPLACE\n\`\`\`\n`
    })
    .join('\n')

export const asDiff = (before: Tree, after: Tree): string =>
  `As a diff:\n\n\`\`\`diff\n${unifiedDiff(before, after)}\`\`\`\n`

export const asFiles = (before: Tree, after: Tree): string =>
  Object.keys(changesBetween(before, after))
    .map((path) => {
      const text = lfOf(after, path)
      return `${path}\n\`\`\`\`js\n${text}${text.endsWith('\n') ? '' : '\n'}\`\`\`\`\n`
    })
    .join('\n')

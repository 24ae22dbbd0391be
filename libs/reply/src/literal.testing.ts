import type { Tree } from '@iama/patch'

/** An edit as a reply spells it: whole old lines and the new ones. */
interface Spelt {
  readonly path: string
  readonly old: readonly string[]
  readonly now: readonly string[]
}

const split = (text: string): string[] => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The lines of every file of a tree, without what a file's conventions add: byte order mark, CR, the last newline. */
export const linesIn = (tree: Tree): Record<string, string[]> =>
  Object.fromEntries(
    [...tree].map(([path, { content }]) => [
      path,
      split(
        Buffer.from(content)
          .toString()
          .replace(/^\uFEFF/, '')
          .replaceAll('\r\n', '\n'),
      ),
    ]),
  )

const speltByBlocks = (reply: string): Spelt[] =>
  [...reply.matchAll(/(.*)\n```js\n<<<<<<< SEARCH\n([^]*?)=======\n([^]*?)>>>>>>> REPLACE\n```/g)].map(
    ([, path, old, now]) => ({ path: path!, old: split(old!), now: split(now!) }),
  )

const speltByDiff = (reply: string): Spelt[] => {
  const spelt: { path: string; rows: string[] }[] = []
  let path = ''
  let left = 0
  for (const row of /```diff\n([^]*)```/.exec(reply)![1]!.split('\n')) {
    if (left > 0 && row[0] !== '\\') {
      left -= row[0] === ' ' ? 2 : 1
      spelt.at(-1)!.rows.push(row)
      continue
    }
    const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(row)
    if (counts) {
      left = Number(counts[1] ?? 1) + Number(counts[2] ?? 1)
      spelt.push({ path, rows: [] })
    }
    path = /^\+\+\+ "?b\/(.*?)"?\t?$/.exec(row)?.[1] ?? path
  }
  const side = (rows: readonly string[], sign: string): string[] =>
    rows.filter((row) => row[0] === ' ' || row[0] === sign).map((row) => row.slice(1))
  return spelt.map((each) => ({ path: each.path, old: side(each.rows, '-'), now: side(each.rows, '+') }))
}

/**
 * What a printed reply says when it is read byte for byte, by a reader that knows nothing but the printer's own shape:
 * the old lines of every edit must stand in their file exactly once. Undefined when it says nothing.
 */
export const literally = (form: string, reply: string, before: Tree): Record<string, string[]> | undefined => {
  // JSON is printed with all of the file as context, and whole files have no anchor: no slip names another place
  if (form !== 'search-replace' && form !== 'unified-diff') return undefined
  const files = linesIn(before)
  const untouched = linesIn(before)
  const shift: Record<string, number> = {}
  for (const { path, old, now } of form === 'search-replace' ? speltByBlocks(reply) : speltByDiff(reply)) {
    const lines = untouched[path] ?? []
    const places = lines.flatMap((_line, n) => (old.every((line, k) => lines[n + k] === line) ? [n] : []))
    const at = old.length === 0 && lines.length === 0 ? 0 : places[0]
    if (at === undefined || places.length > 1) return undefined
    files[path] = (files[path] ?? []).toSpliced(at + (shift[path] ?? 0), old.length, ...now)
    shift[path] = (shift[path] ?? 0) + now.length - old.length
  }
  return files
}

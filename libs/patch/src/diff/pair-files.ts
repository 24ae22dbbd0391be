import type { Tree, TreeFile } from '../edit.ts'
import { sha256 } from '../hash.ts'
import { asBuffer, decodeText } from '../text-bytes.ts'

/** One changed file; `from` or `to` is absent for what was created or deleted, and both differ for a rename. */
export interface FileChange {
  readonly from?: { readonly path: string; readonly file: TreeFile }
  readonly to?: { readonly path: string; readonly file: TreeFile }
  /** Percent of common lines of a renamed file. */
  readonly similarity?: number
}

const MIN_SIMILARITY = 50
/** More pairs of deleted and created files are not compared line by line. */
const MAX_COMPARISONS = 2_500

const sameFile = (a: TreeFile, b: TreeFile): boolean =>
  a.executable === b.executable && (a.content === b.content || asBuffer(a.content).equals(b.content))

const lineCounts = (file: TreeFile): Map<string, number> | undefined => {
  const text = decodeText(file.content)
  if (text === undefined || text === '') return undefined
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + line.length + 1)
  return counts
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0)

const percentAlike = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number => {
  let common = 0
  for (const [line, count] of a) common += Math.min(count, b.get(line) ?? 0)
  return Math.floor((100 * common) / Math.max(total(a), total(b)))
}

type Located = NonNullable<FileChange['from']>

/** Equal bytes first, then the most similar lines; each file is taken once. */
const renames = (gone: readonly Located[], created: readonly Located[]): FileChange[] => {
  const found: FileChange[] = []
  const taken = new Set<string>()
  const byHash = Map.groupBy(gone, ({ file }) => sha256(file.content))
  for (const to of created) {
    if (to.file.content.length === 0) continue
    const from = byHash.get(sha256(to.file.content))?.find(({ path }) => !taken.has(path))
    if (from === undefined) continue
    taken.add(from.path)
    taken.add(to.path)
    found.push({ from, to, similarity: 100 })
  }
  const oldOnes = gone.filter(({ path }) => !taken.has(path))
  const newOnes = created.filter(({ path }) => !taken.has(path))
  if (oldOnes.length * newOnes.length > MAX_COMPARISONS) return found
  const oldCounts = oldOnes.map(({ file }) => lineCounts(file))
  const newCounts = newOnes.map(({ file }) => lineCounts(file))
  const pairs = oldOnes.flatMap((from, o) =>
    newOnes.map((to, n) => {
      const [a, b] = [oldCounts[o], newCounts[n]]
      return { from, to, similarity: a && b ? Math.min(percentAlike(a, b), 99) : 0 }
    }),
  )
  for (const pair of pairs.sort((a, b) => b.similarity - a.similarity)) {
    if (pair.similarity < MIN_SIMILARITY || taken.has(pair.from.path) || taken.has(pair.to.path)) continue
    taken.add(pair.from.path)
    taken.add(pair.to.path)
    found.push(pair)
  }
  return found
}

const keyOf = (change: FileChange): Buffer => Buffer.from((change.to ?? change.from)!.path)

/** Every difference between two trees, renames recognised, ordered by path. */
export const pairFiles = (before: Tree, after: Tree): FileChange[] => {
  const changes: FileChange[] = []
  const gone: Located[] = []
  for (const [path, file] of before) {
    const now = after.get(path)
    if (now === undefined) gone.push({ path, file })
    else if (!sameFile(file, now)) changes.push({ from: { path, file }, to: { path, file: now } })
  }
  const created = Array.from(after, ([path, file]) => ({ path, file })).filter(({ path }) => !before.has(path))
  const renamed = renames(gone, created)
  const paired = new Set(renamed.flatMap(({ from, to }) => [from, to]))
  changes.push(...renamed)
  changes.push(...gone.filter((from) => !paired.has(from)).map((from) => ({ from })))
  changes.push(...created.filter((to) => !paired.has(to)).map((to) => ({ to })))
  return changes.sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)))
}

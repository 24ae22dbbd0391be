import type { Candidate, FileChange } from './recipe.ts'

/** A candidate with the id that it has in the patch. */
export interface Accepted {
  readonly id: string
  readonly candidate: Candidate
}

export interface Rejected {
  readonly candidate: Candidate
  readonly by: string
}

const collides = (one: FileChange, other: FileChange): boolean => {
  if (one.start === one.end && other.start === other.end) {
    return one.start === other.start && !(one.shared && other.shared)
  }
  return one.start < other.end && other.start < one.end
}

/** The ranges that are taken in one file, by coarse buckets so that large files stay fast. */
class Taken {
  private readonly buckets = new Map<number, { change: FileChange; id: string }[]>()

  find(change: FileChange): string | undefined {
    for (const bucket of bucketsOf(change)) {
      const hit = this.buckets.get(bucket)?.find((each) => collides(each.change, change))
      if (hit) return hit.id
    }
    return undefined
  }

  add(change: FileChange, id: string): void {
    for (const bucket of bucketsOf(change)) {
      const list = this.buckets.get(bucket)
      if (list) list.push({ change, id })
      else this.buckets.set(bucket, [{ change, id }])
    }
  }
}

const BUCKET = 512
const bucketsOf = ({ start, end }: FileChange): number[] => {
  const first = Math.floor(start / BUCKET)
  return Array.from({ length: Math.floor(end / BUCKET) - first + 1 }, (_, index) => first + index)
}

const LONGEST_PATH = 120

/** A path as an id may name it: any character of a file name is allowed in a tree, few are in an id. */
const nameOf = (path: string): string => path.replaceAll(/[^A-Za-z0-9._/@-]/gu, '_').slice(-LONGEST_PATH)

const idOf = (candidate: Candidate, used: Map<string, number>): string => {
  const plain = `${candidate.recipe}:${nameOf(candidate.path)}:${candidate.line}`
  const count = (used.get(plain) ?? 0) + 1
  used.set(plain, count)
  return count === 1 ? plain : `${plain}:${count}`
}

/** Keeps the candidates whose ranges are free, first come first served; the others name the edit in their way. */
export const withoutOverlaps = (candidates: readonly Candidate[]): { accepted: Accepted[]; rejected: Rejected[] } => {
  const taken = new Map<string, Taken>()
  const made = new Map<string, string>()
  const used = new Map<string, number>()
  const accepted: Accepted[] = []
  const rejected: Rejected[] = []
  for (const candidate of candidates) {
    const id = idOf(candidate, used)
    const by = [
      ...candidate.changes.map((change) => taken.get(change.path)?.find(change)),
      ...(candidate.creates ?? []).map(({ path }) => made.get(path.toLowerCase())),
    ].find((each) => each !== undefined)
    if (by !== undefined) {
      rejected.push({ candidate, by })
      continue
    }
    for (const change of candidate.changes) {
      const inFile = taken.get(change.path) ?? new Taken()
      taken.set(change.path, inFile)
      inFile.add(change, id)
    }
    for (const { path } of candidate.creates ?? []) made.set(path.toLowerCase(), id)
    accepted.push({ id, candidate })
  }
  return { accepted, rejected }
}

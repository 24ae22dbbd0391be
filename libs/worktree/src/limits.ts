import { DomainError } from '@iama/kernel'

const MEGABYTE = 1_000_000
const NAMED_CULPRITS = 5

/** The most that a snapshot may hold. Sizes are in bytes, a megabyte being 1,000,000 of them. */
export interface Limits {
  readonly files: number
  readonly totalBytes: number
  readonly fileBytes: number
}

export const defaultLimits: Limits = { files: 50_000, totalBytes: 200 * MEGABYTE, fileBytes: 10 * MEGABYTE }

/** The folder holds more than a snapshot may; nothing was uploaded. */
export class TreeTooLarge extends DomainError {
  readonly code = 'TREE_TOO_LARGE'
  override readonly kind = 'exhausted'
}

const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`
const count = (n: number): string => n.toLocaleString('en-US')
const fix = 'Leave them out with .gitignore or --exclude, or start in a smaller folder.'

/** The file's folder, two levels deep at most, so that one big folder shows as one culprit. */
const areaOf = (path: string): string => {
  const segments = path.split('/')
  return segments.length === 1 ? path : `${segments.slice(0, Math.min(segments.length - 1, 2)).join('/')}/`
}

const biggest = (weights: Iterable<readonly [string, number]>, show: (n: number) => string): string => {
  const sums = new Map<string, number>()
  for (const [name, weight] of weights) sums.set(name, (sums.get(name) ?? 0) + weight)
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .slice(0, NAMED_CULPRITS)
    .map(([name, weight]) => `${name} (${show(weight)})`)
    .join(', ')
}

/** @throws TreeTooLarge naming the folders with the most files */
export const checkCount = (paths: readonly string[], limits: Limits): void => {
  if (paths.length <= limits.files) return
  const culprits = biggest(
    paths.map((path) => [areaOf(path), 1] as const),
    (n) => `${count(n)} files`,
  )
  throw new TreeTooLarge(`${count(paths.length)} files, but the limit is ${count(limits.files)}: ${culprits}. ${fix}`, {
    limit: 'files',
  })
}

/** @throws TreeTooLarge naming the biggest files or folders */
export const checkSizes = (
  files: readonly { readonly path: string; readonly size: number }[],
  limits: Limits,
): void => {
  const large = files.filter(({ size }) => size > limits.fileBytes)
  if (large.length > 0) {
    const culprits = biggest(
      large.map(({ path, size }) => [path, size] as const),
      megabytes,
    )
    throw new TreeTooLarge(`files over the limit of ${megabytes(limits.fileBytes)} each: ${culprits}. ${fix}`, {
      limit: 'file_bytes',
    })
  }
  const total = files.reduce((sum, { size }) => sum + size, 0)
  if (total <= limits.totalBytes) return
  const culprits = biggest(
    files.map(({ path, size }) => [areaOf(path), size] as const),
    megabytes,
  )
  throw new TreeTooLarge(`${megabytes(total)}, but the limit is ${megabytes(limits.totalBytes)}: ${culprits}. ${fix}`, {
    limit: 'total_bytes',
  })
}

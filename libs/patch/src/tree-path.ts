const MAX_PATH_BYTES = 4096
const reservedSegments = new Set(['.git', '.iama'])

/** Characters that some file systems leave out when they compare names: with one of them `.git` is still `.git`. */
const ignorable = /[\u200C-\u200F\u202A-\u202E\u206A-\u206F\uFEFF]/g

/** A name as the most forgiving file system reads it: any case, no trailing dots, blanks or streams, short names. */
const asReadAnywhere = (segment: string): string => {
  const plain = segment.replace(ignorable, '').toLowerCase()
  const name = plain.replace(/:.*$/, '').replace(/[. ]+$/, '')
  return name === 'git~1' ? '.git' : name
}

/**
 * Why a path cannot be the target of an operation, or undefined when it can. Paths are POSIX and relative.
 * Git's and IAMA's own folders are refused: a patch that could write a git hook could run code outside the sandbox.
 */
export const pathProblem = (path: string): string | undefined => {
  if (path === '') return 'is empty'
  if (!path.isWellFormed()) return 'is not valid Unicode'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (path.includes('\0')) return 'contains a NUL character'
  if (path.includes('\\')) return 'contains a backslash'
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is absolute'
  const segments = path.split('/')
  if (segments.includes('')) return 'contains an empty segment'
  if (segments.includes('.') || segments.includes('..')) return 'contains a . or .. segment'
  const reserved = segments.find((segment) => reservedSegments.has(asReadAnywhere(segment)))
  return reserved === undefined ? undefined : `lies in ${reserved}, which no patch may touch`
}

/** The folders above a path, nearest first: `a/b/c` gives `a/b` and `a`. */
export const parentsOf = (path: string): string[] => {
  const parents: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) parents.push(path.slice(0, at))
  return parents
}

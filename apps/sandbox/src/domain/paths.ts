import { UploadRefused } from './errors.ts'

/** A folder of the session, side by side with the others under /w: `base`, `patched`, ... */
export type TreeName = string & { readonly __brand: 'TreeName' }
/** A path inside a tree: relative, with slashes, no dot segments, kept byte for byte as it came. */
export type TreePath = string & { readonly __brand: 'TreePath' }

const MAX_PATH_BYTES = 3_000
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 64

export const parseTreeName = (text: string): TreeName => {
  if (!/^[a-z][a-z0-9-]{0,63}$/i.test(text)) {
    throw new UploadRefused(
      text,
      'is not the name of a tree',
      'use letters, digits and "-", at most 64, such as "base"',
    )
  }
  return text as TreeName
}

/** Refuses whatever could leave the tree or not exist on the disk; never rewrites a path. */
export const parseTreePath = (text: string): TreePath => {
  const refuse = (reason: string, fix: string) => new UploadRefused(text, reason, fix)
  if (text === '') throw refuse('is empty', 'name the file')
  if (text.startsWith('/')) throw refuse('is absolute', 'make it relative to the project folder')
  if (text.includes('\0')) throw refuse('holds a NUL byte', 'rename the file')
  if (!text.isWellFormed()) throw refuse('is not valid Unicode', 'rename the file')
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) throw refuse('is too long', `keep it under ${MAX_PATH_BYTES} bytes`)
  const names = text.split('/')
  if (names.length > MAX_DEPTH) throw refuse('is nested too deeply', `keep it under ${MAX_DEPTH} folders`)
  for (const name of names) {
    if (name === '' || name === '.' || name === '..')
      throw refuse('has an empty or dot segment', 'write the plain path')
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw refuse('has a name over 255 bytes', 'rename the file')
  }
  return text as TreePath
}

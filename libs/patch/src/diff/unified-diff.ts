import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'

import type { Tree, TreeFile } from '../edit.ts'
import { asBuffer, isBinary } from '../text-bytes.ts'
import { binaryPatch } from './binary-patch.ts'
import { gitName, headerName } from './git-name.ts'
import { hunks } from './hunks.ts'
import { pairFiles, type FileChange } from './pair-files.ts'

const NO_BLOB = '0'.repeat(40)
const empty = Buffer.alloc(0)

/** Git's own name of some content; `git apply --3way` and binary patches need it. */
const blobId = (file: TreeFile | undefined): string =>
  file === undefined
    ? NO_BLOB
    : createHash('sha1').update(`blob ${file.content.length}\0`).update(file.content).digest('hex')

const modeOf = (file: TreeFile): string => (file.executable ? '100755' : '100644')

const extendedHeader = ({ from, to, similarity }: FileChange): string[] => {
  const lines: string[] = []
  if (!from) lines.push(`new file mode ${modeOf(to!.file)}`)
  else if (!to) lines.push(`deleted file mode ${modeOf(from.file)}`)
  else if (from.file.executable !== to.file.executable) {
    lines.push(`old mode ${modeOf(from.file)}`, `new mode ${modeOf(to.file)}`)
  }
  if (from && to && from.path !== to.path) {
    lines.push(`similarity index ${similarity}%`, `rename from ${gitName(from.path)}`, `rename to ${gitName(to.path)}`)
  }
  return lines
}

const isText = (bytes: Buffer): boolean => !isBinary(bytes) && isUtf8(bytes)

/** How a diff is written. */
export interface DiffStyle {
  /**
   * Git's names of the contents beside each text, from which `git apply --3way` finds the common ground in a tree that has
   * moved on; making them takes a third of the time. Binary patches have them in any case. Default true.
   */
  readonly blobNames?: boolean
}

const body = ({ from, to }: FileChange, { blobNames = true }: DiffStyle): string[] => {
  const before = from ? asBuffer(from.file.content) : empty
  const after = to ? asBuffer(to.file.content) : empty
  if (from && to && before.equals(after)) return []
  const mode = from && to && from.file.executable === to.file.executable ? ` ${modeOf(to.file)}` : ''
  const isTextual = [before, after].every(isText)
  const index = blobNames || !isTextual ? [`index ${blobId(from?.file)}..${blobId(to?.file)}${mode}`] : []
  if (!isTextual) return [...index, binaryPatch(before, after).slice(0, -1)]
  const found = hunks(before, after)
  if (found === '') return index
  const names = [from ? headerName(`a/${from.path}`) : '/dev/null', to ? headerName(`b/${to.path}`) : '/dev/null']
  return [...index, `--- ${names[0]}`, `+++ ${names[1]}`, found.slice(0, -1)]
}

const fileDiff = (change: FileChange, style: DiffStyle): string => {
  const oldPath = (change.from ?? change.to)!.path
  const newPath = (change.to ?? change.from)!.path
  const title = `diff --git ${gitName(`a/${oldPath}`)} ${gitName(`b/${newPath}`)}`
  return [title, ...extendedHeader(change), ...body(change, style), ''].join('\n')
}

/**
 * The difference between two trees in git's format, which `git apply` and GNU patch accept: created, deleted and
 * renamed files, executable bits, missing final newlines, CRLF and byte order marks as they are. Files that are not
 * UTF-8 text become git binary patches, which only git understands. Equal trees give the empty text.
 */
export const unifiedDiff = (before: Tree, after: Tree, style: DiffStyle = {}): string =>
  pairFiles(before, after)
    .map((change) => fileDiff(change, style))
    .join('')

import { classifyRole, isSourcePath } from '@iama/codemod'
import type { Tree, TreeFile } from '@iama/patch'

import { FactsCache } from './facts-cache.ts'
import { linkFiles, type ReadFile } from './link.ts'
import { moduleResolver } from './module-resolution.ts'
import type { CodeGraph, Unread } from './types.ts'

/** What is larger is data or a bundle, and would take longer than all the rest. */
const MOST_BYTES = 2 << 20

const reasonToLeave = (path: string, { content }: TreeFile): string | undefined => {
  if (content.length > MOST_BYTES) return `is larger than ${MOST_BYTES / 1024 / 1024} MiB`
  const role = classifyRole(path, Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1'))
  return role === 'vendored' || role === 'minified' ? `is ${role}` : undefined
}

/**
 * The graph of the JavaScript and TypeScript of a tree; what is vendored or minified is left out and named. With the
 * cache of an earlier build only files with new content are parsed, and all are joined anew: the graph is the same as
 * without one. The cache takes up what is read.
 */
export const buildGraph = (tree: Tree, cache: FactsCache = new FactsCache()): CodeGraph => {
  const files: ReadFile[] = []
  const unread: Unread[] = []
  for (const path of [...tree.keys()].filter(isSourcePath).sort()) {
    const file = tree.get(path)!
    const reason = reasonToLeave(path, file)
    const read = reason === undefined ? cache.read(path, file) : { unread: reason }
    if ('facts' in read) files.push({ path, facts: read.facts })
    else unread.push({ path, reason: read.unread })
  }
  const known = new Set(files.map(({ path }) => path))
  return linkFiles(
    files,
    moduleResolver(tree, (path) => known.has(path)),
    unread,
  )
}

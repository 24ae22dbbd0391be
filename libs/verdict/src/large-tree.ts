import type { Tree } from '@iama/patch'

const least = { bytes: 32 * 1024 * 1024, files: 10_000 }

/** Of a tree this large no more copies are made than one question needs: the sandbox's disk is limited. */
export const isLargeTree = (tree: Tree): boolean =>
  tree.size > least.files || [...tree.values()].reduce((sum, { content }) => sum + content.length, 0) > least.bytes

import type { Tree } from '@iama/patch'

import { folderOf, joinPath } from '../analysis/import-graph.ts'
import { readJsonObject } from '../analysis/package-facts.ts'

const endings = ['', '.js', '.json', '.node']

/** A path without its ending; `''` is the root, which is no file. */
const asFile = (tree: Tree, path: string | undefined): string | undefined =>
  endings.map((ending) => path + ending).find((each) => path && tree.has(each))

const indexOf = (tree: Tree, folder: string): string | undefined => {
  const base = folder === '' ? 'index' : `${folder}/index`
  return endings
    .slice(1)
    .map((ending) => base + ending)
    .find((each) => tree.has(each))
}

const asFolder = (tree: Tree, folder: string): string | undefined => {
  const main = readJsonObject(tree, folder === '' ? 'package.json' : `${folder}/package.json`)?.main
  const named = typeof main === 'string' ? joinPath(folder, main) : undefined
  const found = named === undefined ? undefined : (asFile(tree, named) ?? indexOf(tree, named))
  return found ?? indexOf(tree, folder)
}

/** The file of the tree that `require` takes for a relative specifier (the documentation of Node, "All together"). */
export const requiredFile = (tree: Tree, from: string, specifier: string): string | undefined => {
  const path = joinPath(folderOf(from), specifier)
  if (path === undefined) return undefined
  const isFolder = /(^|\/)\.{0,2}$/.test(specifier)
  return (isFolder ? undefined : asFile(tree, path)) ?? asFolder(tree, path)
}

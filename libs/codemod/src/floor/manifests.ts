import picomatch from 'picomatch'

import type { Tree } from '@iama/patch'

import { isObject, readJsonObject, type Json } from '../analysis/package-facts.ts'

/** Every text in a value, lists and objects alike. */
export const queriesOf = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(queriesOf)
  return isObject(value) ? Object.values(value).flatMap(queriesOf) : []
}

/** The manifest at the top, and those of the workspaces that it names. */
export const manifestsOf = (tree: Tree): string[] => {
  const workspaces = readJsonObject(tree, 'package.json')?.workspaces
  const globs = queriesOf(isObject(workspaces) ? workspaces.packages : workspaces)
    .map((glob) => glob.replace(/^(!?)\.?\//, '$1').replace(/\/+$/, ''))
    .map((glob) => `${glob}/package.json`)
  if (globs.length === 0) return ['package.json']
  const isIn = picomatch(
    globs.filter((glob) => !glob.startsWith('!')),
    { ignore: globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1)) },
  )
  return ['package.json', ...[...tree.keys()].filter((path) => !/(^|\/)node_modules\//.test(path) && isIn(path)).sort()]
}

import type { Tree } from '@iama/patch'

import { isSourcePath } from '../source-unit.ts'
import { decodeSource } from '../text.ts'
import type { PackageFacts } from '../types.ts'
import { findModule, joinPath } from './import-graph.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON file of the tree; undefined when it is missing or no JSON object. */
export const readJsonObject = (tree: Tree, path: string): JsonObject | undefined => {
  const file = tree.get(path)
  const text = file && decodeSource(file.content)?.text
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const asText = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

/** Every path that a value of `exports`, `bin` or `browser` mentions, conditions and subpaths alike. */
const targetsOf = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(targetsOf)
  return isObject(value) ? Object.values(value).flatMap(targetsOf) : []
}

const scriptsOf = (value: Json | undefined): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {}

/** What package.json says of a package and of the ways into it. A tree without one is a private package. */
export const packageFacts = (tree: Tree): PackageFacts => {
  const json = readJsonObject(tree, 'package.json') ?? {}
  const has = (path: string): boolean => tree.has(path)
  const locate = (target: string): string[] => {
    const joined = joinPath('', target)
    const found = joined === undefined ? undefined : findModule(has, joined)
    return found && isSourcePath(found) ? [found] : []
  }
  const wildcard = (target: string): string[] => {
    const [prefix = '', suffix = ''] = target.replace(/^\.\//, '').split('*')
    return [...tree.keys()].filter((path) => path.startsWith(prefix) && path.endsWith(suffix) && isSourcePath(path))
  }
  const exported = targetsOf(json.exports).flatMap((each) => (each.includes('*') ? wildcard(each) : locate(each)))
  const named = [json.main, json.module, json.types, json.typings, json.bin].flatMap(targetsOf).flatMap(locate)
  const implied = json.main === undefined && json.exports === undefined ? locate('index') : []
  const entryPoints = [...new Set([...exported, ...named, ...implied])].sort()
  const hasExportsMap = json.exports !== undefined
  const everything = [...tree.keys()].filter((path) => isSourcePath(path) && !path.startsWith('node_modules/'))
  return {
    name: asText(json.name),
    version: asText(json.version),
    license: asText(json.license),
    private: json.private === true || json.name === undefined,
    type: json.type === 'module' ? 'module' : 'commonjs',
    entryPoints,
    importableModules: hasExportsMap ? entryPoints : everything.sort(),
    hasExportsMap,
    scripts: scriptsOf(json.scripts),
  }
}

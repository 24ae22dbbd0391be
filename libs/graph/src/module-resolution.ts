import { findModule, folderOf, joinPath } from '@iama/codemod'
import type { Tree } from '@iama/patch'
import ts from 'typescript'

/** The file of the tree that a specifier means in a file; undefined for what lies outside of the tree. */
export type Resolve = (from: string, specifier: string) => string | undefined

const readConfig = (tree: Tree, path: string): Readonly<Record<string, unknown>> => {
  const file = tree.get(path)
  if (file === undefined) return {}
  const { config } = ts.parseConfigFileTextToJson(path, Buffer.from(file.content).toString('utf8'))
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {}
}

/** Every path that a value of `exports` mentions for the package itself. */
const targetsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  const inner = value as Record<string, unknown>
  return (Object.hasOwn(inner, '.') ? [inner['.']] : Object.values(inner)).flatMap(targetsOf)
}

interface Package {
  readonly folder: string
  readonly main: string | undefined
}

/** Packages of the tree by name: in a monorepo they import each other so. */
const packagesOf = (tree: Tree, has: (path: string) => boolean): Map<string, Package> => {
  const packages = new Map<string, Package>()
  for (const path of [...tree.keys()].sort()) {
    if (!/(^|\/)package\.json$/.test(path) || path.includes('node_modules/')) continue
    const json = readConfig(tree, path)
    if (typeof json['name'] !== 'string') continue
    const folder = folderOf(path)
    const targets = [...targetsOf(json['exports']), ...targetsOf(json['main']), 'src/index', 'index', 'lib/index']
    const joined = targets.flatMap((target) => joinPath(folder, target) ?? [])
    const main = joined.flatMap((target) => findModule(has, target) ?? [])[0]
    packages.set(json['name'], { folder, main })
  }
  return packages
}

/** `paths` of the tsconfig.json at the top, as pairs of prefixes. */
const aliasesOf = (tree: Tree): (readonly [prefix: string, target: string])[] => {
  const options = readConfig(tree, 'tsconfig.json')['compilerOptions'] as
    { baseUrl?: unknown; paths?: Record<string, unknown> } | undefined
  const base = typeof options?.baseUrl === 'string' ? options.baseUrl : ''
  return Object.entries(options?.paths ?? {}).flatMap(([alias, targets]) =>
    (Array.isArray(targets) ? targets : []).flatMap((target) => {
      const joined = typeof target === 'string' ? joinPath(base, target.replace(/\*$/, '')) : undefined
      return joined === undefined ? [] : [[alias.replace(/\*$/, ''), joined] as const]
    }),
  )
}

/**
 * Resolves specifiers as `@iama/codemod` does, and also by the names of packages in the tree and `paths` of the top
 * tsconfig.json.
 */
export const moduleResolver = (tree: Tree, has: (path: string) => boolean): Resolve => {
  const packages = packagesOf(tree, has)
  const aliases = aliasesOf(tree)
  const inPackage = (specifier: string): string | undefined => {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    const found = packages.get(name)
    if (found === undefined) return undefined
    if (specifier === name) return found.main
    const rest = specifier.slice(name.length + 1)
    const joined = [joinPath(found.folder, rest), joinPath(found.folder, `src/${rest}`)]
    return joined.flatMap((path) => (path === undefined ? [] : (findModule(has, path) ?? [])))[0]
  }
  return (from, specifier) => {
    if (specifier.startsWith('.')) {
      const joined = joinPath(folderOf(from), specifier)
      return joined === undefined ? undefined : findModule(has, joined)
    }
    for (const [prefix, target] of aliases) {
      if (!specifier.startsWith(prefix) || prefix === '') continue
      const joined = joinPath(target, specifier.slice(prefix.length))
      const found = joined === undefined ? undefined : findModule(has, joined)
      if (found !== undefined) return found
    }
    return inPackage(specifier)
  }
}

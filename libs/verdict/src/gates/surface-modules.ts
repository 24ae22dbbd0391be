import type { Tree } from '@iama/patch'
import { textOf } from './context.ts'
import { isImportable } from './file-roles.ts'

const targets = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(targets)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targets) : []
}

const matches = (target: string, files: readonly string[]): string[] => {
  const path = target.replace(/^\.\//, '')
  if (!path.includes('*')) return files.includes(path) ? [path] : []
  const [head = '', tail = ''] = path.split('*')
  return files.filter(
    (file) => file.startsWith(head) && file.endsWith(tail) && file.length >= head.length + tail.length,
  )
}

/** What package.json says of the ways in; nothing where it cannot be read: then every module counts. */
const manifestOf = (tree: Tree): { readonly exports?: unknown; readonly bin?: unknown } => {
  try {
    return JSON.parse(textOf(tree, 'package.json')) as object
  } catch {
    return {}
  }
}

const isCode = (path: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/.test(path) && !/\.d\.[cm]?ts$/.test(path)

/** Modules that can be loaded without running what they are for. */
export const withoutPrograms = (tree: Tree, modules: readonly string[]): string[] => {
  const programs = new Set(targets(manifestOf(tree).bin).flatMap((target) => matches(target, modules)))
  return modules.filter((module) => !programs.has(module) && !textOf(tree, module).startsWith('#!'))
}

/** Every module that a user can import: what `exports` names, or all of them when it is absent. */
export const surfaceModules = (tree: Tree): string[] => {
  const files = [...tree.keys()]
  const manifest = manifestOf(tree)
  const named =
    manifest.exports === undefined
      ? files
      : [...new Set(targets(manifest.exports).flatMap((target) => matches(target, files)))]
  const importable = named
    .filter((path) => (manifest.exports === undefined ? isImportable(path) : isCode(path)))
    .filter((path) => !/\.d\.[cm]?ts$/.test(path))
  return withoutPrograms(tree, importable).sort((a, b) => (a < b ? -1 : 1))
}

/**
 * Of some modules, those that no user can import. None where `exports` names what the tree does not hold: what a build
 * makes of the others is what users get.
 */
export const hiddenModules = (tree: Tree, modules: readonly string[]): ReadonlySet<string> => {
  const { exports } = manifestOf(tree)
  const files = [...tree.keys()]
  const named = targets(exports).filter(isCode)
  if (named.length === 0 || named.some((target) => matches(target, files).length === 0)) return new Set()
  const open = new Set(surfaceModules(tree))
  return new Set(modules.filter((module) => !open.has(module)))
}

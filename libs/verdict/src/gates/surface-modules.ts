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

/** Every module that a user can import: what `exports` names, or all of them when it is absent. */
export const surfaceModules = (tree: Tree): string[] => {
  const files = [...tree.keys()]
  let manifest: { exports?: unknown; bin?: unknown } = {}
  try {
    manifest = JSON.parse(textOf(tree, 'package.json')) as typeof manifest
  } catch {
    // without a readable manifest every module counts
  }
  const programs = new Set(targets(manifest.bin).flatMap((target) => matches(target, files)))
  const named =
    manifest.exports === undefined
      ? files
      : [...new Set(targets(manifest.exports).flatMap((target) => matches(target, files)))]
  return named
    .filter((path) => (manifest.exports === undefined ? isImportable(path) : /\.([cm]?[jt]s|[jt]sx)$/.test(path)))
    .filter((path) => !/\.d\.[cm]?ts$/.test(path) && !programs.has(path) && !textOf(tree, path).startsWith('#!'))
    .sort((a, b) => (a < b ? -1 : 1))
}

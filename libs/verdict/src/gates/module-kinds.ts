import path from 'node:path'
import type { Tree } from '@iama/patch'
import { moduleShape } from '../sessions/export-names.ts'
import { textOf } from './context.ts'

export type Manifest = Readonly<Record<string, unknown>>

/** A package.json of the tree; nothing where there is none that can be read. */
export const manifestAt = (tree: Tree, file: string): Manifest | undefined => {
  try {
    const json: unknown = JSON.parse(textOf(tree, file).replace(/^\uFEFF/, ''))
    return typeof json === 'object' && json !== null ? (json as Manifest) : undefined
  } catch {
    return undefined
  }
}

/** The nearest package.json of a file's folders, by its path; it alone says what `.js` means there. */
export const nearestManifest = (tree: Tree, file: string): string | undefined => {
  for (let folder = path.posix.dirname(file); ; folder = path.posix.dirname(folder)) {
    const manifest = path.posix.join(folder, 'package.json')
    if (tree.has(manifest)) return manifest
    if (folder === '.') return undefined
  }
}

/** What the folders of a file say that it is, if it says nothing else by its ending. */
export const moduleTypeAt = (tree: Tree, file: string): 'commonjs' | 'module' | undefined => {
  const manifest = nearestManifest(tree, file)
  const type = manifest === undefined ? undefined : manifestAt(tree, manifest)?.['type']
  return type === 'module' || type === 'commonjs' ? type : undefined
}

/** A program for Node without an ending: its folder says what it is made of. */
export const isProgram = (tree: Tree, file: string): boolean =>
  !/\.[^/]*$/.test(file) && /^#!.*\bnode\b/.test(textOf(tree, file).slice(0, 200))

/** Its ending leaves open what it is: its folder says so. Declarations are no modules of their own. */
export const isOfItsFolder = (tree: Tree, file: string): boolean =>
  (/\.[jt]sx?$/.test(file) && !file.endsWith('.d.ts')) || isProgram(tree, file)

/** As Node reads it: by its ending, then by what its folder says, then by its own text. */
export const isEsModule = (tree: Tree, file: string): boolean => {
  if (/\.m[jt]s$/.test(file)) return true
  if (/\.c[jt]s$/.test(file)) return false
  const type = moduleTypeAt(tree, file)
  return type === undefined ? moduleShape(file, textOf(tree, file)).esm : type === 'module'
}

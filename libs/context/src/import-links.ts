import { isSourcePath } from '@iama/codemod'
import { moduleResolver } from '@iama/graph'
import type { Tree } from '@iama/patch'
import ts from 'typescript'

/** Who imports whom among the files of a tree; lists are sorted. */
export interface ImportLinks {
  importsOf(path: string): readonly string[]
  importersOf(path: string): readonly string[]
}

/** Reads the imports of JavaScript and TypeScript files; others have none. Only scans: thousands of files a second. */
export const importLinks = (tree: Tree, texts: ReadonlyMap<string, string>): ImportLinks => {
  const resolve = moduleResolver(tree, (path) => texts.has(path))
  const imports = new Map<string, string[]>()
  const importers = new Map<string, string[]>()
  for (const path of [...texts.keys()].sort()) {
    if (!isSourcePath(path)) continue
    const { importedFiles } = ts.preProcessFile(texts.get(path)!, true, true)
    const found = new Set(importedFiles.flatMap(({ fileName }) => resolve(path, fileName) ?? []))
    found.delete(path)
    imports.set(path, [...found].sort())
    for (const target of found) {
      const known = importers.get(target)
      if (known === undefined) importers.set(target, [path])
      else known.push(path)
    }
  }
  return { importsOf: (path) => imports.get(path) ?? [], importersOf: (path) => importers.get(path) ?? [] }
}

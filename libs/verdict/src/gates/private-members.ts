import type { Tree } from '@iama/patch'
import ts from 'typescript'
import { textOf } from './context.ts'

const isPrivate = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node)?.some((each) => each.kind === ts.SyntaxKind.PrivateKeyword) ?? false)

/**
 * Names that TypeScript classes of the tree declare private and nowhere public: they exist at run time, but nobody
 * outside can use them, so they are not surface.
 */
export const privateMembers = (trees: readonly Tree[]): ReadonlySet<string> => {
  const hidden = new Set<string>()
  const open = new Set<string>()
  for (const tree of trees) {
    for (const path of tree.keys()) {
      if (!/\.[cm]?tsx?$/.test(path) || /\.d\.[cm]?ts$/.test(path)) continue
      const visit = (node: ts.Node): void => {
        if (ts.isClassElement(node) && node.name !== undefined && ts.isIdentifier(node.name))
          (isPrivate(node) ? hidden : open).add(node.name.text)
        ts.forEachChild(node, visit)
      }
      visit(ts.createSourceFile(path, textOf(tree, path), ts.ScriptTarget.Latest, false))
    }
  }
  return new Set([...hidden].filter((name) => !open.has(name)))
}

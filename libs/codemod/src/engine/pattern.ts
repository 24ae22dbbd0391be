import { Lang, parse, type SgNode } from '@ast-grep/napi'
import ts from 'typescript'

import { extensionOf } from '../source-unit.ts'
import type { FileContext } from './file-context.ts'

/** A place where a pattern matches: the node, and what its variables stand for. */
export interface Match {
  readonly node: ts.Node
  /** The expression that `$NAME` stands for. */
  capture(name: string): ts.Expression
}

const roots = new WeakMap<FileContext, SgNode>()

const languageOf = (path: string): Lang => {
  const extension = extensionOf(path)
  if (extension === 'tsx') return Lang.Tsx
  return /ts$/.test(extension) ? Lang.TypeScript : Lang.JavaScript
}

const rootOf = (file: FileContext): SgNode => {
  const known = roots.get(file) ?? parse(languageOf(file.unit.path), file.text).root()
  roots.set(file, known)
  return known
}

/** The outermost expression that covers exactly a range. */
const nodeAt = (file: ts.SourceFile, start: number, end: number): ts.Node | undefined => {
  let found: ts.Node | undefined
  const visit = (node: ts.Node): void => {
    if (found || node.pos > start || node.end < end) return
    if (node.getStart(file) === start && node.end === end && !ts.isSourceFile(node) && !ts.isStatement(node))
      found = node
    else ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/**
 * Finds the places that look like a pattern of ast-grep, `Math.pow($A, $B)`. The match is by form alone: what the
 * names in it mean is for the recipe to prove.
 */
export const findPattern = (file: FileContext, pattern: string): Match[] =>
  rootOf(file)
    .findAll(pattern)
    .flatMap((match) => {
      const { start, end } = match.range()
      const node = nodeAt(file.file, start.index, end.index)
      if (node === undefined) return []
      const capture = (name: string): ts.Expression => {
        const range = match.getMatch(name)!.range()
        return nodeAt(file.file, range.start.index, range.end.index) as ts.Expression
      }
      return [{ node, capture }]
    })

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { codeOf, textOf } from '../engine/rewrite.ts'
import type { SourceUnit } from '../source-unit.ts'

/** A function declaration that others could call in its place. */
export type NamedFunction = ts.FunctionDeclaration & { readonly name: ts.Identifier; readonly body: ts.FunctionBody }

export const isNamedFunction = (node: ts.Statement): node is NamedFunction =>
  ts.isFunctionDeclaration(node) && node.name !== undefined && node.body !== undefined

/** A body of fewer characters is no copy worth a change. */
const LEAST = 40

export const isLongEnough = ({ body }: NamedFunction, file: FileContext): boolean => textOf(body, file).length >= LEAST

/** What a function is, all but its name, its comments and the word `export`: the same for two that do the same. */
export const shapeOf = (node: NamedFunction, file: FileContext): string =>
  node
    .getChildren(file.file)
    .filter((child) => child !== node.name && !ts.isJSDoc(child))
    .map((child) => codeOf(child, file))
    .join(' ')
    .replace(`${ts.SyntaxKind.ExportKeyword}:export`, '')
    .trim()

const known = new WeakMap<SourceUnit, ReadonlyMap<string, NamedFunction>>()

/** The functions at the top of a file by their shape, the first of each; read once for a file. */
export const functionsByShape = (file: FileContext): ReadonlyMap<string, NamedFunction> => {
  const shapes = known.get(file.unit) ?? new Map(readShapes(file).reverse())
  known.set(file.unit, shapes)
  return shapes
}

const readShapes = (file: FileContext): [string, NamedFunction][] =>
  file.file.statements
    .filter((node): node is NamedFunction => isNamedFunction(node) && isLongEnough(node, file))
    .map((node) => [shapeOf(node, file), node])

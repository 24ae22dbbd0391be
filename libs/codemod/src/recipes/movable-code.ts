import ts from 'typescript'

import { folderOf } from '../analysis/import-graph.ts'
import type { FileContext } from '../engine/file-context.ts'
import { endsLine, removalOf, startOf, startsLine } from '../engine/rewrite.ts'

/** Whether a statement is, or begins with, an export. */
export const isExported = (statement: ts.Statement): boolean =>
  ts.isExportDeclaration(statement) ||
  ts.isExportAssignment(statement) ||
  (ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false))

/** What depends on the file in which it stands. */
export const looksAtItsPlace = (node: ts.Node): boolean =>
  ts.isMetaProperty(node) ||
  node.kind === ts.SyntaxKind.ImportKeyword ||
  ts.isImportTypeNode(node) ||
  (ts.isIdentifier(node) && /^(require|eval|module|exports|__filename|__dirname)$/.test(node.text))

/** Elements of JSX: what makes them is a name, or a comment, of their own file. */
export const hasJsx = (node: ts.Node): boolean =>
  ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node) || ts.isJsxFragment(node)

/** The folder whose package.json speaks for a file. */
const packageFolderOf = (path: string, { tree }: FileContext['project']): string => {
  let folder = folderOf(path)
  while (folder !== '' && !tree.has(`${folder}/package.json`)) folder = folderOf(folder)
  return folder
}

/** Whether packages, and names that begin with `#`, are looked up in the same way for two files. */
export const isOfOnePackage = (from: FileContext, to: FileContext): boolean =>
  packageFolderOf(from.unit.path, from.project) === packageFolderOf(to.unit.path, to.project)

/** `'use strict'` and the like at the top of a file. */
export const hasDirective = ({ file }: FileContext): boolean => {
  const [first] = file.statements
  return first !== undefined && ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression)
}

/** Where the comments that belong to a statement begin: those right above it, without a blank line between. */
export const startWithComments = (node: ts.Statement, { text, unit }: FileContext): number => {
  let start = unit.source.lineStart(node.getStart())
  for (const comment of (ts.getLeadingCommentRanges(text, node.pos) ?? []).reverse()) {
    if (/\n\s*\n/.test(text.slice(comment.end, start))) break
    start = unit.source.lineStart(comment.pos)
  }
  return start
}

/** The whole lines of a function with its comments; undefined where it shares them. */
export const linesOf = (node: ts.Statement, file: FileContext): { start: number; end: number } | undefined => {
  if (!startsLine(node, file) || !endsLine(node.end, file)) return undefined
  const start = startWithComments(node, file)
  // a comment at the top may be the file's
  if (/^(#!.*)?\s*$/.test(file.text.slice(0, start)) && start < startOf(node, file)) return undefined
  const { end } = removalOf(node, file)
  return { start, end }
}

/** With the blank line behind it; of the last lines of a file, with the one before. */
export const withBlankLine = ({ start, end }: { start: number; end: number }, text: string) => {
  if (end === text.length)
    return { start: start - (/\r?\n(?=\r?\n$)|(?<=\n)\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0), end }
  return { start, end: end + (/^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length ?? 0) }
}

/** The name of an exported function: a declaration, or a constant that holds nothing else. */
export const exportedFunction = (statement: ts.Statement): ts.Identifier | undefined => {
  if (!isExported(statement)) return undefined
  if (ts.isFunctionDeclaration(statement)) {
    const isDefault = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
    return statement.body && !isDefault ? statement.name : undefined
  }
  if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const)) return undefined
  const [sole, more] = statement.declarationList.declarations
  const value = sole?.initializer
  const isFunction = value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
  return isFunction && !more && ts.isIdentifier(sole.name) ? sole.name : undefined
}

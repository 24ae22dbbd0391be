import ts from 'typescript'

import { statementsOf, walk } from '../syntax/nodes.ts'
import { indentAt } from '../text.ts'
import type { FileContext } from './file-context.ts'
import type { Change } from './recipe.ts'

/** The token of a kind that is a direct child of a node. */
export const childToken = (node: ts.Node, kind: ts.SyntaxKind, file: FileContext): ts.Node | undefined =>
  node.getChildren(file.file).find((child) => child.kind === kind)

export const startOf = (node: ts.Node, file: FileContext): number => node.getStart(file.file)

export const textOf = (node: ts.Node, file: FileContext): string => node.getText(file.file)

export const indentOf = (node: ts.Node, file: FileContext): string => indentAt(file.unit.source, startOf(node, file))

/** One step of indentation, as the file makes it. */
export const stepOf = (file: FileContext): string => {
  const indents = [...file.text.matchAll(/^([ \t]+)\S/gm)].map((match) => match[1]!)
  if (indents.some((indent) => indent.startsWith('\t'))) return '\t'
  const [least] = indents
    .map(({ length }) => length)
    .filter((length) => length > 1)
    .sort((one, other) => one - other)
  return ' '.repeat(least ?? 2)
}

export const isOneLine = (start: number, end: number, file: FileContext): boolean =>
  !file.text.slice(start, end).includes('\n')

/** Whether nothing but white space stands before a node on its line. */
export const startsLine = (node: ts.Node, file: FileContext): boolean => {
  const start = startOf(node, file)
  return /^[ \t]*$/.test(file.text.slice(file.unit.source.lineStart(start), start))
}

/** Whether nothing but white space follows an offset on its line. */
export const endsLine = (position: number, file: FileContext): boolean =>
  /^[ \t]*(\r?\n|$)/.test(file.text.slice(position))

const lineEnd = (position: number, text: string): number => {
  const at = text.indexOf('\n', position)
  return at === -1 ? text.length : at + 1
}

/** What goes when a node goes: its whole lines where it has them to itself, else the node and the space before it. */
export const removalOf = (node: ts.Node, file: FileContext): Change => {
  const start = startOf(node, file)
  if (startsLine(node, file) && endsLine(node.end, file)) {
    return { start: file.unit.source.lineStart(start), end: lineEnd(node.end, file.text), text: '' }
  }
  const space = /[ \t]*$/.exec(file.text.slice(0, start))![0].length
  return { start: start - space, end: node.end, text: '' }
}

/** Whether a comment belongs to a node: right before it, or after it on its last line. */
export const hasOwnComment = (node: ts.Node, file: FileContext): boolean =>
  file.hasComment(node.pos, startOf(node, file)) || file.hasComment(node.end, lineEnd(node.end, file.text))

/** Ranges whose line starts are text rather than layout. */
const literalRanges = (root: ts.Node, file: FileContext): [number, number][] => {
  const ranges: [number, number][] = []
  walk(root, (node) => {
    const isText =
      ts.isTemplateLiteral(node) ||
      ts.isStringLiteral(node) ||
      ts.isJsxText(node) ||
      ts.isRegularExpressionLiteral(node)
    if (isText) ranges.push([startOf(node, file), node.end])
  })
  return ranges
}

/** Moves the lines that start between two offsets from one indentation to another; literals keep theirs. */
export const reindent = (
  root: ts.Node,
  start: number,
  end: number,
  from: string,
  to: string,
  file: FileContext,
): Change[] => {
  if (from === to || !from.startsWith(to)) return []
  const literals = literalRanges(root, file)
  const changes: Change[] = []
  for (let at = lineEnd(start, file.text); at < end; at = lineEnd(at, file.text)) {
    const isText = literals.some(([first, last]) => first < at && at <= last)
    if (!isText && file.text.startsWith(from, at))
      changes.push({ start: at + to.length, end: at + from.length, text: '' })
    if (lineEnd(at, file.text) === at) break
  }
  return changes
}

/** Moves the lines that start between two offsets one step to the right; literals and empty lines stay. */
export const indented = (root: ts.Node, start: number, end: number, file: FileContext): Change[] => {
  const literals = literalRanges(root, file)
  const step = stepOf(file)
  const changes: Change[] = []
  for (let at = lineEnd(start, file.text); at < end; at = lineEnd(at, file.text)) {
    const isText = literals.some(([first, last]) => first < at && at < last)
    if (!isText && !endsLine(at, file)) changes.push({ start: at, end: at, text: step })
  }
  return changes
}

/** The tokens of a node: what it is, without layout and comments. */
export const codeOf = (node: ts.Node, file: FileContext): string => {
  const children = node.getChildren(file.file)
  if (children.length === 0) return `${node.kind}:${textOf(node, file)}`
  return children.map((child) => codeOf(child, file)).join(' ')
}

/** Whether two nodes are the same tokens. */
export const sameCode = (one: ts.Node, other: ts.Node, file: FileContext): boolean =>
  one.kind === other.kind && codeOf(one, file) === codeOf(other, file)

/** Names that a block declares for itself and would pass on to the block around it. */
export const declaresLexically = (statements: readonly ts.Statement[]): boolean =>
  statements.some(
    (statement) =>
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      (ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0),
  )

/** What the file ends its statements with: most of them decide. */
export const semicolonIn = (file: FileContext): ';' | '' => {
  let plain = 0
  let closed = 0
  walk(file.file, (node) => {
    if (!ts.isExpressionStatement(node) && !ts.isVariableStatement(node) && !ts.isReturnStatement(node)) return
    plain += 1
    if (file.text[node.end - 1] === ';') closed += 1
  })
  return closed * 2 >= plain ? ';' : ''
}

/** The end of a statement that others follow: without a semicolon the next line must not be taken for its rest. */
export const endOfStatement = (position: number, file: FileContext): ';' | '' =>
  /^\s*[([`/+*.,-]/.test(file.text.slice(position)) ? ';' : semicolonIn(file)

/**
 * Why a statement cannot simply go: the one before has no semicolon and would run on into the next, or the next is a
 * text that would become a directive.
 */
export const removalProblem = (node: ts.Statement, file: FileContext): string | undefined => {
  const siblings = statementsOf(node.parent) ?? []
  const index = siblings.indexOf(node)
  const before = siblings[index - 1]
  const next = siblings[index + 1]
  if (!next) return undefined
  if (ts.isExpressionStatement(next) && ts.isStringLiteral(next.expression))
    return 'the next statement could become a directive'
  const isOpen = before && file.text[before.end - 1] !== ';'
  return isOpen && /^[([`/+*.,-]/.test(file.text.slice(startOf(next, file)))
    ? 'the statement before would run on into the next'
    : undefined
}

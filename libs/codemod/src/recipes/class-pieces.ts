import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { childToken, endsLine, indented, indentOf, startOf, startsLine, stepOf } from '../engine/rewrite.ts'
import type { NamedFunction } from './function-shapes.ts'

/** `Foo.prototype.name = function (...) {...}`. */
export interface Method {
  readonly statement: ts.ExpressionStatement
  readonly target: ts.PropertyAccessExpression
  readonly name: string
  readonly value: ts.FunctionExpression
}

/** A constructor that is a function, and the methods that follow it. */
export interface Pieces {
  readonly owner: NamedFunction
  readonly methods: readonly Method[]
}

const methodOf = (node: ts.Statement, name: string): Method | undefined => {
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return undefined
  const { left: target, operatorToken, right: value } = node.expression
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isFunctionExpression(value)) return undefined
  if (!ts.isPropertyAccessExpression(target) || !ts.isPropertyAccessExpression(target.expression)) return undefined
  const { expression: object, name: member } = target.expression
  if (!ts.isIdentifier(object) || object.text !== name || member.text !== 'prototype') return undefined
  return { statement: node, target, name: target.name.text, value }
}

/** What stands together as a class: a function, and right after it the methods that its prototype gets. */
export const piecesAt = (siblings: readonly ts.Statement[], owner: NamedFunction): Pieces => {
  const methods: Method[] = []
  for (const each of siblings.slice(siblings.indexOf(owner) + 1)) {
    const method = methodOf(each, owner.name.text)
    if (!method) break
    methods.push(method)
  }
  return { owner, methods }
}

/** The end of a statement with the comments that follow it on its line. */
const endWithComments = (node: ts.Node, file: FileContext): number =>
  ts.getTrailingCommentRanges(file.text, node.end)?.at(-1)?.end ?? node.end

/** Why the pieces cannot become one text without a loss. */
export const layoutProblem = ({ owner, methods }: Pieces, file: FileContext): string | undefined => {
  const statements = [owner, ...methods.map(({ statement }) => statement)]
  if (!statements.every((each) => startsLine(each, file) && endsLine(endWithComments(each, file), file)))
    return 'a piece shares its line with other code'
  if (statements.some((each) => indentOf(each, file) !== indentOf(owner, file))) return 'the pieces are indented apart'
  const heads = [
    [startOf(owner, file), parenthesisOf(owner, file)],
    ...methods.flatMap(({ statement, value }) => [
      [startOf(statement, file), parenthesisOf(value, file)],
      [value.end, statement.end],
    ]),
  ] as const
  return heads.some(([start, end]) => file.hasComment(start!, end!))
    ? 'a comment stands in the head of a piece'
    : undefined
}

const parenthesisOf = (node: ts.Node, file: FileContext): number =>
  startOf(childToken(node, ts.SyntaxKind.OpenParenToken, file)!, file)

/** `async `, `*`: what a method keeps of its function's head. */
const wordsOf = ({ modifiers, asteriskToken }: ts.FunctionExpression): string =>
  `${modifiers?.length ? 'async ' : ''}${asteriskToken ? '*' : ''}`

/** The changes that make one class of the pieces: their heads, a brace at the end, and a step of indentation. */
export const changesOf = ({ owner, methods }: Pieces, file: FileContext): Change[] => {
  const { newline } = file.unit.source
  const indent = indentOf(owner, file)
  const last = methods.at(-1)!.statement
  const end = endWithComments(last, file)
  const gap = file.text.slice(owner.name.end, parenthesisOf(owner, file))
  return [
    {
      start: startOf(owner, file),
      end: owner.name.end,
      text: `class ${owner.name.text} {${newline}${indent}${stepOf(file)}constructor`,
    },
    ...methods.flatMap(({ statement, name, value }): Change[] => [
      { start: startOf(statement, file), end: parenthesisOf(value, file), text: wordsOf(value) + name + gap },
      { start: value.end, end: statement.end, text: '' },
    ]),
    ...indented(owner.parent, startOf(owner, file), last.end, file),
    { start: end, end, text: `${newline}${indent}}` },
  ].filter(({ start, end: stop, text }) => start < stop || text !== '')
}

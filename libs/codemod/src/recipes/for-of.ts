import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { childToken, endsLine, removalOf, startOf, startsLine } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { enclosingFunction, walk, within } from '../syntax/nodes.ts'
import { isVar, lexicalFor } from './var-to-let-const.ts'

/*
 * Proof obligation. `for (var i = 0; i < list.length; i++) { var x = list[i]; ... }` may become
 * `for (const x of list) {...}` when
 *  - `list` is a variable that always holds an array and is not written in the loop or by closures: the iterator asks
 *    for the length and the element at each step just as the loop does, so the body may even change the array;
 *  - the index is used for nothing else, in the loop or after it;
 *  - the element is read once, first thing in the body, into a variable that may be lexical there.
 */

interface Counted {
  readonly index: ts.Identifier
  readonly list: ts.Identifier
}

const S = ts.SyntaxKind

const isNamed = (node: ts.Expression, name: string): boolean => ts.isIdentifier(node) && node.text === name

const isStep = (node: ts.Expression | undefined, name: string): boolean => {
  if (!node) return false
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    return node.operator === S.PlusPlusToken && isNamed(node.operand, name)
  }
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === S.PlusEqualsToken &&
    isNamed(node.left, name) &&
    ts.isNumericLiteral(node.right) &&
    node.right.text === '1'
  )
}

/** `for (let i = 0; i < list.length; i++)`. */
const countedLoop = (node: ts.ForStatement): Counted | undefined => {
  const { initializer, condition, incrementor } = node
  if (!initializer || !ts.isVariableDeclarationList(initializer) || initializer.declarations.length !== 1)
    return undefined
  const [{ name, initializer: zero }] = initializer.declarations as unknown as [ts.VariableDeclaration]
  if (!ts.isIdentifier(name) || !zero || !ts.isNumericLiteral(zero) || zero.text !== '0') return undefined
  if (!condition || !ts.isBinaryExpression(condition) || condition.operatorToken.kind !== S.LessThanToken)
    return undefined
  const length = condition.right
  if (!isNamed(condition.left, name.text) || !isStep(incrementor, name.text)) return undefined
  if (!ts.isPropertyAccessExpression(length) || length.name.text !== 'length' || length.questionDotToken)
    return undefined
  return ts.isIdentifier(length.expression) ? { index: name, list: length.expression } : undefined
}

/** The first statement of the body, when all it does is to read the element. */
const elementRead = (body: ts.Statement, { index, list }: Counted): ts.VariableStatement | undefined => {
  const first = ts.isBlock(body) ? body.statements[0] : undefined
  if (!first || !ts.isVariableStatement(first) || first.declarationList.declarations.length !== 1) return undefined
  const value = first.declarationList.declarations[0]!.initializer
  const isElement =
    value &&
    ts.isElementAccessExpression(value) &&
    !value.questionDotToken &&
    isNamed(value.expression, list.text) &&
    isNamed(value.argumentExpression, index.text)
  return isElement ? first : undefined
}

const isFixed = (list: ts.Identifier, loop: ts.ForStatement, file: FileContext): boolean => {
  const binding = file.scopes.bindingOf(list)
  if (!binding || binding.scope.dynamic) return false
  const home = enclosingFunction(loop)
  return binding.references.every(
    ({ write, identifier }) => !write || (!within(identifier, loop) && enclosingFunction(identifier) === home),
  )
}

const convert = (node: ts.ForStatement, file: FileContext, findings: Findings): void => {
  const counted = countedLoop(node)
  const read = counted && elementRead(node.statement, counted)
  if (!counted || !read) return
  const { index, list } = counted
  const heads = node.initializer as ts.VariableDeclarationList
  const binding = file.scopes.declaredBy(index)!
  const uses = binding.references.filter(({ identifier }) => within(identifier, node))
  if (uses.length !== 3) return findings.refuse(node, 'the index is used for more than the element')
  const counter = isVar(heads) ? lexicalFor(heads, file) : undefined
  if (typeof counter === 'string') return findings.refuse(node, counter)
  if (!isFixed(list, node, file)) return findings.refuse(node, `${list.text} may be another list during the loop`)
  const proof = file.proves(list, K.ARRAY | K.NULLISH)
  if (file.capturedAt || !proof) {
    return findings.refuse(
      node,
      file.capturedAt ? `intrinsics are captured on purpose (${file.capturedAt})` : `${list.text} may not be an array`,
    )
  }
  const element = isVar(read.declarationList) ? lexicalFor(read.declarationList, file) : wordOf(read.declarationList)
  if (typeof element === 'string') return findings.refuse(node, element)
  rewrite(node, read, list, element, proof, file, findings)
}

const wordOf = (list: ts.VariableDeclarationList): { word: string; assumptions: readonly string[] } => ({
  word: list.flags & ts.NodeFlags.Const ? 'const' : 'let',
  assumptions: [],
})

const rewrite = (
  node: ts.ForStatement,
  read: ts.VariableStatement,
  list: ts.Identifier,
  element: { readonly word: string; readonly assumptions: readonly string[] },
  proof: readonly string[],
  file: FileContext,
  findings: Findings,
): void => {
  const open = childToken(node, S.OpenParenToken, file)!
  const close = childToken(node, S.CloseParenToken, file)!
  const removed = removalOf(read, file)
  const isClean = !file.hasComment(open.end, startOf(close, file)) && !file.hasComment(read.pos, removed.end)
  if (!isClean || !startsLine(read, file) || !endsLine(read.end, file))
    return findings.refuse(node, 'a comment or other code stands beside what would go')
  const name = read.declarationList.declarations[0]!.name.getText()
  findings.edit({
    at: node,
    title: `a loop over the indices of ${list.text} becomes for-of`,
    reason: `${list.text} is an array, and the index serves only to read each element once`,
    changes: [{ start: open.end, end: startOf(close, file), text: `${element.word} ${name} of ${list.text}` }, removed],
    assumptions: [...proof, ...element.assumptions, INTRINSICS, 'arrays have no iterator of their own'],
  })
}

export const forOf: Recipe = {
  id: 'for-of',
  title: 'index loops to for-of',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isForStatement(node)) convert(node, file, findings)
    })
  },
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { isFreeName } from '../syntax/names.ts'
import { bare, enclosingFunction, isFunctionNode, walk, type FunctionNode } from '../syntax/nodes.ts'

/*
 * Proof obligation. `return undefined` may become `return`: both give undefined. Not in an async generator, where a
 * returned value is awaited and an absent one is not. `undefined` must have its usual meaning. Only in functions that
 * return no other value, where it reads better; in TypeScript a declared type could ask for the word.
 */

const isUndefined = (node: ts.Expression): boolean => {
  const value = bare(node)
  return (
    (ts.isIdentifier(value) && value.text === 'undefined') ||
    (ts.isVoidExpression(value) && ts.isNumericLiteral(value.expression))
  )
}

const returnsOf = (home: FunctionNode): ts.ReturnStatement[] => {
  const found: ts.ReturnStatement[] = []
  walk(home, (node) => {
    if (node !== home && isFunctionNode(node)) return false
    if (ts.isReturnStatement(node)) found.push(node)
    return true
  })
  return found
}

const isAsyncGenerator = (home: FunctionNode): boolean =>
  home.asteriskToken !== undefined &&
  (ts.getModifiers(home)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false)

const convert = (node: ts.ReturnStatement, value: ts.Expression, file: FileContext, findings: Findings): void => {
  const home = enclosingFunction(node)
  if (!home || home.type) return
  if (isAsyncGenerator(home)) return findings.refuse(node, 'an async generator awaits what it returns')
  if (!isFreeName('undefined', node, file.scopes))
    return findings.refuse(node, 'undefined may mean something else here')
  const others = returnsOf(home).some(({ expression }) => expression !== undefined && !isUndefined(expression))
  if (others) return findings.refuse(node, 'the function returns other values as well')
  const start = startOf(node, file) + 'return'.length
  if (file.hasComment(start, value.end)) return findings.refuse(node, 'a comment stands inside')
  findings.edit({
    at: node,
    title: 'return undefined becomes return',
    reason: 'both give undefined',
    changes: [{ start, end: value.end, text: '' }],
  })
}

export const undefinedReturns: Recipe = {
  id: 'undefined-returns',
  title: 'return undefined to return',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isReturnStatement(node) && node.expression && isUndefined(node.expression))
        convert(node, node.expression, file, findings)
    })
  },
}

import ts from 'typescript'

import * as K from './kinds.ts'
import { bare } from './nodes.ts'
import type { ScopeTree } from './scopes.ts'
import { initializerOf, isUntouched } from './untouched-lists.ts'

/** What is known of the expressions of a file. */
interface Known {
  readonly input: { readonly scopes: ScopeTree; readonly trustIntrinsics: boolean }
  isGlobal(node: ts.Expression): node is ts.Identifier
  isOnly(expression: ts.Expression, wanted: K.Kinds): boolean
}

/** A fresh list of strings that nobody else can have changed, or a variable that holds one and is only read. */
export const isTextList = (expression: ts.Expression, known: Known): boolean => {
  const node = bare(expression)
  const { scopes, trustIntrinsics } = known.input
  if (ts.isIdentifier(node)) {
    const binding = scopes.bindingOf(node)
    const list = binding && initializerOf(binding)
    return list !== undefined && isUntouched(binding!) && !ts.isIdentifier(bare(list)) && isTextList(list, known)
  }
  if (!trustIntrinsics || !ts.isCallExpression(node)) return false
  const callee = node.expression
  if (!ts.isPropertyAccessExpression(callee)) return false
  if (known.isGlobal(callee.expression)) {
    return /^Object\.(keys|getOwnPropertyNames)$/.test(`${callee.expression.text}.${callee.name.text}`)
  }
  return callee.name.text === 'split' && known.isOnly(callee.expression, K.STRING) && splitsIntoText(node, known)
}

/** A group of a pattern that takes no part leaves undefined in the list. */
const splitsIntoText = ({ arguments: [separator] }: ts.CallExpression, known: Known): boolean => {
  if (separator === undefined) return true
  const isPattern = ts.isRegularExpressionLiteral(separator) && !/\((?!\?[:=!]|\?<[=!])/.test(separator.text)
  return isPattern || known.isOnly(separator, K.PRIMITIVE)
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { FunctionNode } from '../syntax/nodes.ts'
import { shapesOf, type Shape } from './flag-shapes.ts'
import type { FlagType } from './flag-types.ts'
import type { Checked } from './typed-edits.ts'

/** What of lists neither changes an element nor shows it to somebody else than a function that stands there. */
const listMethods = new Set(
  'at every filter find findIndex findLast forEach includes indexOf map pop push reverse shift slice some sort unshift'.split(
    ' ',
  ),
)

/** What the compiler knows about the expressions of a file with respect to one type. */
export interface View {
  readonly file: FileContext
  readonly checker: ts.TypeChecker
  /** The type of an expression; undefined where the compiler has another node there. */
  typeOf(node: ts.Node): ts.Type | undefined
  /** The type that is wanted where an expression stands. */
  wantedOf(node: ts.Expression): ts.Type | undefined
  signatureOf(node: FunctionNode): ts.Signature | undefined
  shapeOf(type: ts.Type | undefined): Shape
}

export const viewOf = ({ node }: FlagType, { checker, twin }: Checked, file: FileContext): View | undefined => {
  const name = twin(node.name)
  const symbol = name && checker.getSymbolAtLocation(name)
  if (!symbol || symbol.declarations?.length !== 1) return undefined
  const shape = shapesOf(checker.getDeclaredTypeOfSymbol(symbol), checker)
  return {
    file,
    checker,
    typeOf: (each) => {
      const same = twin(each)
      return same && checker.getTypeAtLocation(same)
    },
    wantedOf: (each) => {
      const same = twin(each)
      return same && checker.getContextualType(same)
    },
    signatureOf: (each) => {
      const same = twin(each)
      return same && checker.getSignatureFromDeclaration(same)
    },
    shapeOf: (type) => (type ? shape(type) : 'none'),
  }
}

export const holds = (node: ts.Node, view: View): boolean => view.shapeOf(view.typeOf(node)) !== 'none'

/** A call of one of a list's own methods, by its callee. */
export const isListCall = (node: ts.Node, view: View): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  listMethods.has(node.expression.name.text) &&
  view.shapeOf(view.typeOf(node.expression.expression)) === 'list'

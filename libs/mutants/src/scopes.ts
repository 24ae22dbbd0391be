import ts from 'typescript'
import { isFunctionNode, type FunctionNode } from './nodes.ts'

const textOf = (name: ts.Node | undefined): string | undefined =>
  name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteral(name))
    ? name.text
    : undefined

/** What a person would call a function: its name, or what it is given to. */
const nameOf = (node: FunctionNode): string => {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const own = textOf(node.name)
  if (own !== undefined) return own
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return textOf(parent.name) ?? 'anonymous'
  if (ts.isBinaryExpression(parent) && parent.right === node) {
    const { left } = parent
    return ts.isPropertyAccessExpression(left) ? left.name.text : (textOf(left) ?? 'anonymous')
  }
  return 'anonymous'
}

/** The functions and classes around a node, outermost first: `Basket.add`. */
export const scopeOf = (node: ts.Node): string => {
  const names: string[] = []
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (isFunctionNode(at)) names.unshift(nameOf(at))
    else if (ts.isClassLike(at)) names.unshift(textOf(at.name) ?? 'anonymous')
  }
  return names.join('.')
}

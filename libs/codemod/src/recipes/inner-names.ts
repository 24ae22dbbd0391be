import ts from 'typescript'

import { bare, enclosingFunction, isFunctionNode, outer } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'

/*
 * Names for a variable that needs one of its own, best first. They come from the code: the property that the variable
 * takes its value from, or the list whose elements it goes through; what is left is the old name, said to be the inner.
 */

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const isPlain = (name: string | undefined): name is string => name !== undefined && /^[a-z][A-Za-z0-9]{2,}$/.test(name)

const lastName = (node: ts.Expression): string | undefined => {
  const value = bare(node)
  if (ts.isIdentifier(value)) return value.text
  return ts.isPropertyAccessExpression(value) ? value.name.text : undefined
}

/** One of `orders` is an `order`; undefined where the ending does not say so. */
const singular = (list: string | undefined): string | undefined => {
  if (list === undefined || list.length < 5) return undefined
  if (/[^aeiou]ies$/.test(list)) return `${list.slice(0, -3)}y`
  return /[^su]s$/.test(list) && !/(xes|ches|shes|sses)$/.test(list) ? list.slice(0, -1) : undefined
}

/** What a variable is taken from: `source.property`, in a pattern or not. */
const takenFrom = (identifier: ts.Identifier): { readonly property: string; readonly source?: string } | undefined => {
  const { parent } = identifier
  if (ts.isBindingElement(parent)) {
    const key = parent.propertyName ?? identifier
    const declaration = parent.parent.parent
    const value = ts.isVariableDeclaration(declaration) && declaration.initializer && bare(declaration.initializer)
    if (parent.dotDotDotToken || !ts.isObjectBindingPattern(parent.parent) || !ts.isIdentifier(key)) return undefined
    return { property: key.text, ...(value && ts.isIdentifier(value) ? { source: value.text } : {}) }
  }
  if (!ts.isVariableDeclaration(parent) || !parent.initializer) return undefined
  const value = bare(parent.initializer)
  if (!ts.isPropertyAccessExpression(value)) return undefined
  const source = bare(value.expression)
  return { property: value.name.text, ...(ts.isIdentifier(source) ? { source: source.text } : {}) }
}

/** `const value = option.fallback` is the `fallback`, `const data = answer.data` the `answerData`. */
const fromProperty = (identifier: ts.Identifier): string | undefined => {
  const taken = takenFrom(identifier)
  if (taken?.property !== identifier.text) return taken?.property
  return taken.source && isPlain(taken.source) ? taken.source + capitalised(taken.property) : undefined
}

const perElement = new Set(['forEach', 'map', 'filter', 'find', 'findIndex', 'some', 'every', 'flatMap'])

/** The list that a variable goes through: `for (const data of orders)`, `orders.map((data) => ...)`. */
const listOf = (identifier: ts.Identifier): ts.Expression | undefined => {
  const { parent } = identifier
  if (ts.isVariableDeclaration(parent) && ts.isForOfStatement(parent.parent.parent))
    return parent.parent.parent.expression
  if (!ts.isParameter(parent) || !isFunctionNode(parent.parent) || parent.parent.parameters[0] !== parent)
    return undefined
  const call = outer(parent.parent)
  if (!ts.isCallExpression(call) || call.arguments[0] !== parent.parent) return undefined
  const callee = bare(call.expression)
  return ts.isPropertyAccessExpression(callee) && perElement.has(callee.name.text) ? callee.expression : undefined
}

/** One of `orders` is an `order`; one of `task.tasks` that is called `task` itself is a `childTask`. */
const fromList = (identifier: ts.Identifier): string | undefined => {
  const list = listOf(identifier)
  const one = list && singular(lastName(list))
  if (!list || one !== identifier.text) return one
  const value = bare(list)
  const isChild = ts.isPropertyAccessExpression(value) && lastName(value.expression) === identifier.text
  return isChild ? `child${capitalised(one)}` : undefined
}

/** An arrow of one line is read at a glance, and what a pattern takes is called as the property is. */
const isBestAsItIs = ({ parent }: ts.Identifier): boolean => {
  if (ts.isBindingElement(parent) && !parent.propertyName && ts.isObjectBindingPattern(parent.parent)) return true
  const owner = enclosingFunction(parent)
  return owner !== undefined && ts.isArrowFunction(owner) && !ts.isBlock(owner.body) && !owner.getText().includes('\n')
}

/** Names that would fit a variable, best first; none where the code says none and the old one does no harm. */
export const innerNames = ({ name, declarations }: Binding): string[] => {
  const [sole, more] = declarations
  const told = sole && !more ? [fromProperty(sole.identifier), fromList(sole.identifier)] : []
  const inner = name.includes('_') ? `inner_${name}` : `inner${capitalised(name)}`
  const others = declarations.some(({ identifier }) => isBestAsItIs(identifier)) ? [] : [inner]
  return [...new Set([...told.filter(isPlain), ...others])].filter((each) => each !== name)
}

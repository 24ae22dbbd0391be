import ts from 'typescript'

import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isConstant } from '../syntax/names.ts'
import { bare, isAssignment, outer, walk } from '../syntax/nodes.ts'
import { initializerOf } from '../syntax/untouched-lists.ts'

/** What code of a package does that could tell a class from a function with a prototype. */
export interface Onlookers {
  /** What any class would be noticed by, with its place; undefined where nothing is. */
  readonly problem: string | undefined
  /** Names of members that are constructed, `new x.name()`: a method cannot be. */
  readonly constructed: ReadonlySet<string>
}

const known = new WeakMap<Project, Onlookers>()

const isOwnTest = (node: ts.Expression, list: string, key: string): boolean => {
  const call = bare(node)
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false
  const [, method] = /(?:^|\.)(hasOwnProperty|hasOwn)(?:\.call)?$/.exec(call.expression.getText()) ?? []
  const texts = [call.expression.expression, ...call.arguments].map((each) => each.getText())
  return method !== undefined && texts.includes(list) && texts.includes(key)
}

const leftmost = (node: ts.Expression): ts.Expression => {
  const test = bare(node)
  const isAnd = ts.isBinaryExpression(test) && test.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
  return isAnd ? leftmost(test.left) : test
}

const isSkip = (node: ts.Statement): boolean =>
  ts.isContinueStatement(node) || (ts.isBlock(node) && node.statements.length === 1 && isSkip(node.statements[0]!))

/** Whether a loop over properties asks of each first whether the object has it itself. */
const isGuarded = ({ initializer, expression, statement }: ts.ForInStatement): boolean => {
  const [first, more] = ts.isBlock(statement) ? statement.statements : [statement]
  const name = ts.isVariableDeclarationList(initializer) ? initializer.declarations[0]!.name : initializer
  if (!first || !ts.isIfStatement(first) || first.elseStatement) return false
  const asks = (test: ts.Expression): boolean => isOwnTest(test, expression.getText(), name.getText())
  const test = bare(first.expression)
  if (ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken)
    return isSkip(first.thenStatement) && asks(test.operand)
  return more === undefined && asks(leftmost(test))
}

/** An object literal, or a variable that always holds one. */
const isLiteral = (node: ts.Expression, { scopes }: SourceUnit): boolean => {
  const value = bare(node)
  if (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value)) return true
  const binding = ts.isIdentifier(value) ? scopes.bindingOf(value) : undefined
  const held = binding && isConstant(binding) ? initializerOf(binding) : undefined
  return held !== undefined && ts.isObjectLiteralExpression(bare(held))
}

/** `new x.constructor()`, `x.constructor === Y`, `x.constructor.name`: as true of a class. */
const isHarmlessConstructor = (node: ts.PropertyAccessExpression): boolean => {
  const parent = outer(node)
  if (ts.isNewExpression(parent)) return bare(parent.expression) === node
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === 'name'
  if (isAssignment(parent)) return parent.left === node
  return (
    ts.isBinaryExpression(parent) &&
    (parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      parent.operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken)
  )
}

/** What copies or lists inherited properties too, in the libraries that have it. */
const takesInherited = /^(extend|assignIn|forIn|keysIn|valuesIn|entriesIn|functionsIn|mixin)$/

const calledName = ({ expression }: ts.CallExpression): string | undefined => {
  const callee = bare(expression)
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : undefined
}

const problemAt = (node: ts.Node, unit: SourceUnit): string | undefined => {
  if (ts.isForInStatement(node) && !isGuarded(node) && !isLiteral(node.expression, unit))
    return 'a loop goes over properties that may be inherited'
  if (ts.isCallExpression(node) && takesInherited.test(calledName(node) ?? ''))
    return `${calledName(node)} may take what is inherited`
  if (!ts.isIdentifier(node)) return undefined
  if (/^(getPrototypeOf|__proto__|propertyIsEnumerable)$/.test(node.text)) return `${node.text} looks at prototypes`
  const { parent } = node
  if (node.text !== 'constructor' || !ts.isPropertyAccessExpression(parent) || parent.name !== node) return undefined
  return isHarmlessConstructor(parent) ? undefined : 'a constructor is taken from an object and not only compared'
}

const read = (project: Project): Onlookers => {
  const constructed = new Set<string>()
  let problem: string | undefined
  for (const unit of project.units) {
    if (/^(test|declaration|minified|config|example)$/.test(unit.role)) continue
    walk(unit.file, (node) => {
      if (ts.isNewExpression(node) && ts.isPropertyAccessExpression(bare(node.expression)))
        constructed.add((bare(node.expression) as ts.PropertyAccessExpression).name.text)
      const found = problem === undefined ? problemAt(node, unit) : undefined
      if (found) problem = `${found}, in ${unit.path}:${unit.source.lineOf(node.getStart(unit.file))}`
    })
  }
  return { problem, constructed }
}

/** Read once for a tree. */
export const onlookersOf = (project: Project): Onlookers => {
  const onlookers = known.get(project) ?? read(project)
  known.set(project, onlookers)
  return onlookers
}

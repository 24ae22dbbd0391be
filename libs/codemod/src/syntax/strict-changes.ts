import ts from 'typescript'

import { boundIdentifiers, isAssignment, isFunctionNode, outer, walk, type FunctionNode } from './nodes.ts'
import type { ScopeTree } from './scopes.ts'

const reserved = new Set(
  'implements interface let package private protected public static yield eval arguments'.split(' '),
)

/** The function that `this` and `arguments` belong to: arrows have none of their own. */
const holderOf = (node: ts.Node): FunctionNode | undefined => {
  for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent)
    if (isFunctionNode(at) && !ts.isArrowFunction(at)) return at
  return undefined
}

const isOctal = (node: ts.Node): boolean =>
  (ts.isNumericLiteral(node) && /^0\d/.test(node.getText())) ||
  (ts.isStringLiteral(node) && /(^|[^\\])(\\\\)*\\(0\d|[1-9])/.test(node.getText()))

const hasDoubledParameter = ({ parameters }: FunctionNode): boolean => {
  const names = parameters.flatMap(({ name }) => boundIdentifiers(name)).map(({ text }) => text)
  return new Set(names).size < names.length
}

/** Whether `arguments` is only read, or handed on whole by `apply` and `call`. */
const isHarmless = (use: ts.Identifier): boolean => {
  const parent = outer(use)
  if (ts.isCallExpression(parent))
    return ts.isPropertyAccessExpression(parent.expression) && /^(apply|call)$/.test(parent.expression.name.text)
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === 'length'
  if (!ts.isElementAccessExpression(parent)) return false
  const around = outer(parent)
  const isWritten = isAssignment(around) && around.left === parent
  return parent.expression === use && !isWritten && !ts.isDeleteExpression(around) && !isStep(around)
}

const isStep = (node: ts.Node): boolean => ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)

/** In sloppy code `arguments` and the parameters share their values. */
const sharesArguments = (use: ts.Identifier, scopes: ScopeTree): boolean => {
  const holder = holderOf(use)
  if (!holder || holder.parameters.length === 0) return false
  const isWritten = (name: ts.Identifier): boolean => {
    const binding = scopes.declaredBy(name)
    return binding === undefined || binding.declarations.length > 1 || binding.references.some(({ write }) => write)
  }
  return !isHarmless(use) || holder.parameters.flatMap(({ name }) => boundIdentifiers(name)).some(isWritten)
}

const nameProblem = (node: ts.Identifier, scopes: ScopeTree): string | undefined => {
  const reference = scopes.referenceOf(node)
  if (node.text === 'arguments' && reference && !reference.binding)
    return sharesArguments(node, scopes) ? 'its parameters share their values with arguments' : undefined
  if (!reference && !scopes.declaredBy(node))
    return /^(callee|caller)$/.test(node.text) ? 'it asks for the function that runs or calls' : undefined
  if (reserved.has(node.text)) return `${node.text} is reserved in strict code`
  if (!reference?.write) return undefined
  if (!reference.binding) return `it may make the global ${node.text}`
  return reference.binding.declarations.some(({ kind }) => kind === 'function-name')
    ? 'it writes the name of a function'
    : undefined
}

const problemAt = (node: ts.Node, owner: FunctionNode | ts.SourceFile, scopes: ScopeTree): string | undefined => {
  if (ts.isIdentifier(node)) return nameProblem(node, scopes)
  if (node.kind === ts.SyntaxKind.ThisKeyword && holderOf(node) !== owner)
    return 'this of a function inside it may be the global object'
  if (ts.isWithStatement(node)) return 'it has a with'
  if (ts.isDeleteExpression(node) && ts.isIdentifier(node.expression)) return 'it deletes a name'
  if (isOctal(node)) return 'it has an octal number'
  if (isFunctionNode(node) && hasDoubledParameter(node)) return 'two of its parameters have one name'
  if (ts.isFunctionDeclaration(node) && node !== owner && !isBodyOfFunction(node.parent))
    return 'it has a function in a block'
  return undefined
}

const isBodyOfFunction = (node: ts.Node): boolean => ts.isBlock(node) && isFunctionNode(node.parent)

/**
 * What of a sloppy function, or of a file without functions, would be an error, or something else, in strict code: undefined where the text tells of
 * nothing. Writes that fail silently (of frozen objects, of properties of texts and numbers) it does not tell.
 */
export const strictProblem = (owner: FunctionNode | ts.SourceFile, scopes: ScopeTree): string | undefined => {
  let problem: string | undefined
  walk(owner, (node) => {
    problem ??= problemAt(node, owner, scopes)
    return problem === undefined
  })
  return problem
}

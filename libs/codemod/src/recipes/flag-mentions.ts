import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { FlagType } from './flag-types.ts'

/*
 * Where a type may be named so that all of its values can be followed: as the type of a variable that has a value from
 * the start, of a parameter, or of a result; as such, in a list, or in the promise of an async function.
 */

const isNothing = (node: ts.TypeNode): boolean =>
  node.kind === ts.SyntaxKind.UndefinedKeyword ||
  (ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword)

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)

/** The whole annotation that is made of a type: itself, its lists, its absence, its promise. */
const annotationAround = (node: ts.TypeNode): ts.TypeNode => {
  const { parent } = node
  const isAround =
    ts.isArrayTypeNode(parent) ||
    ts.isParenthesizedTypeNode(parent) ||
    (ts.isTypeOperatorNode(parent) && parent.operator === ts.SyntaxKind.ReadonlyKeyword) ||
    (ts.isUnionTypeNode(parent) && parent.types.every((each) => each === node || isNothing(each))) ||
    (ts.isTypeReferenceNode(parent) && parent.typeName.getText() === 'Promise' && isAsync(parent.parent))
  return isAround ? annotationAround(parent) : node
}

const variableProblem = (node: ts.VariableDeclaration): string | undefined =>
  node.initializer ? undefined : 'a variable has the type before it has a value'

const functionProblem = (node: ts.Node): string | undefined =>
  (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node)) &&
  node.body &&
  !node.asteriskToken
    ? undefined
    : 'a method, a signature or a generator names it'

const mentionProblem = (name: ts.Identifier): string | undefined => {
  if (ts.isExportSpecifier(name.parent) || ts.isExportAssignment(name.parent)) return 'it is exported'
  if (!ts.isTypeReferenceNode(name.parent)) return 'another type is made of it'
  const annotation = annotationAround(name.parent)
  const { parent } = annotation
  if (ts.isAsExpression(parent) || ts.isTypeAssertionExpression(parent) || ts.isSatisfiesExpression(parent))
    return 'a value is said to be of the type'
  if (ts.isVariableDeclaration(parent)) return variableProblem(parent)
  if (ts.isParameter(parent))
    return parent.dotDotDotToken ? 'a rest parameter names it' : functionProblem(parent.parent)
  return ts.isFunctionLike(parent) && parent.type === annotation
    ? functionProblem(parent)
    : 'it is part of another type, or handed to one'
}

/** Why values of a type cannot be followed from the places that name it. */
export const mentionsProblem = ({ node }: Pick<FlagType, 'node'>, file: FileContext): string | undefined => {
  for (const { identifier } of file.scopes.declaredBy(node.name)!.references) {
    const problem = mentionProblem(identifier)
    if (problem) return problem
  }
  return undefined
}

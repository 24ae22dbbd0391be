import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { isFunctionNode, isLoop, type FunctionNode } from '../syntax/nodes.ts'
import type { Complexity, FunctionMetrics } from '../types.ts'

const isLogical = (kind: ts.SyntaxKind): boolean =>
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken ||
  kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
  kind === ts.SyntaxKind.BarBarEqualsToken ||
  kind === ts.SyntaxKind.QuestionQuestionEqualsToken

const isDecision = (node: ts.Node): boolean =>
  ts.isIfStatement(node) ||
  ts.isConditionalExpression(node) ||
  ts.isCaseClause(node) ||
  ts.isCatchClause(node) ||
  isLoop(node) ||
  (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind))

/** `else if` continues a chain: it counts once and does not nest deeper. */
const isElseIf = (node: ts.Node): boolean =>
  ts.isIfStatement(node) && ts.isIfStatement(node.parent) && node.parent.elseStatement === node

const nests = (node: ts.Node): boolean =>
  ts.isIfStatement(node) ||
  ts.isConditionalExpression(node) ||
  ts.isSwitchStatement(node) ||
  ts.isCatchClause(node) ||
  isLoop(node)

/** A run of the same logical operator counts once. */
const startsLogicalRun = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node) &&
  isLogical(node.operatorToken.kind) &&
  !(ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === node.operatorToken.kind)

interface Measure extends Complexity {
  readonly nesting: number
}

/** Measures a function or a whole file; functions inside a function count towards themselves, in a file towards it. */
const measure = (root: ts.Node, stopAtFunctions: boolean): Measure => {
  let cyclomatic = 1
  let cognitive = 0
  let nesting = 0
  const visit = (node: ts.Node, depth: number): void => {
    const isNestedFunction = node !== root && isFunctionNode(node)
    if (isNestedFunction && stopAtFunctions) return
    if (isNestedFunction) cyclomatic += 1
    if (isDecision(node)) cyclomatic += 1
    if (startsLogicalRun(node)) cognitive += 1
    if (ts.isBreakOrContinueStatement(node) && node.label) cognitive += 1
    let inner = depth
    if (nests(node)) {
      cognitive += isElseIf(node) ? 1 : 1 + depth
      if (ts.isIfStatement(node) && node.elseStatement && !ts.isIfStatement(node.elseStatement)) cognitive += 1
      inner = isElseIf(node) ? depth : depth + 1
      nesting = Math.max(nesting, inner)
    }
    if (isNestedFunction) inner = 0
    ts.forEachChild(node, (child) => visit(child, isElseIf(child) ? depth + 1 : inner))
  }
  visit(root, 0)
  return { cyclomatic, cognitive, nesting }
}

const nameOf = (node: FunctionNode): string => {
  if (node.name) return node.name.getText()
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText()
  }
  if (ts.isBinaryExpression(parent) && parent.right === node) return parent.left.getText()
  return '(anonymous)'
}

/** The functions of a file with their measures, in the order of the text. */
export const functionsOf = ({ path, file, source }: SourceUnit): FunctionMetrics[] => {
  const functions: FunctionMetrics[] = []
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) && node.body) {
      const line = source.lineOf(node.getStart(file))
      const endLine = source.lineOf(node.end)
      functions.push({
        path,
        name: nameOf(node),
        line,
        endLine,
        lines: endLine - line + 1,
        parameters: node.parameters.length,
        ...measure(node, true),
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return functions
}

/** The complexity of a whole file: its top level and all its functions. */
export const complexityOf = ({ file }: SourceUnit): Complexity => {
  const { cyclomatic, cognitive } = measure(file, false)
  return { cyclomatic, cognitive }
}

/** Lines of a text; a last newline does not start another line. */
export const countLines = (text: string): number =>
  text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)

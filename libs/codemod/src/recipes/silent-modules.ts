import { builtinModules } from 'node:module'
import ts from 'typescript'

import { specifiersOf } from '../analysis/import-graph.ts'
import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isInert } from '../syntax/effects.ts'
import { isQuietStatement, quietValue } from './quiet-code.ts'
import { requiredNames } from './required-names.ts'

const builtins = new Set(builtinModules)

export const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:') || builtins.has(specifier)

/** `exports.a`, `module.exports`, `module.exports.a`. */
const isExportsPlace = (node: ts.Expression): boolean =>
  ts.isPropertyAccessExpression(node) &&
  (/^(module\.)?exports$/.test(node.expression.getText()) || node.getText() === 'module.exports')

/** `exports.a = a` and the like, with a value that is there. */
const setsExport = ({ expression }: ts.ExpressionStatement, { scopes }: SourceUnit): boolean =>
  ts.isBinaryExpression(expression) &&
  expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
  isExportsPlace(expression.left) &&
  isInert(expression.right, scopes)

const onlyAsks = ({ declarationList }: ts.VariableStatement, { scopes }: SourceUnit): boolean =>
  declarationList.declarations.every((each) => {
    const takes = requiredNames(each, scopes)
    if (takes) return takes.isWhole || isBuiltin(takes.specifier)
    return ts.isIdentifier(each.name) && (!each.initializer || quietValue(each.initializer, scopes) !== undefined)
  })

const isSilentStatement = (node: ts.Statement, unit: SourceUnit): boolean => {
  if (isQuietStatement(node, unit.scopes)) return true
  if (unit.moduleKind !== 'commonjs') return false
  if (ts.isVariableStatement(node)) return onlyAsks(node, unit)
  return ts.isExpressionStatement(node) && (ts.isStringLiteral(node.expression) || setsExport(node, unit))
}

/** Whether nobody can tell when a module of the tree was loaded: it only declares, and so do all that it loads. */
const isSilent = (path: string, project: Project, seen = new Set<string>()): boolean => {
  if (seen.has(path)) return true
  seen.add(path)
  const unit = project.units.find((each) => each.path === path)
  if (!unit || unit.moduleKind === 'script' || unit.problems.length > 0) return false
  // what a cycle leads back to may set `module.exports` in between
  if (unit.moduleKind === 'commonjs' && project.imports.inCycle(path)) return false
  return (
    unit.file.statements.every((each) => isSilentStatement(each, unit)) &&
    specifiersOf(unit.file).every((specifier) => isSilentSpecifier(specifier, unit.path, project, seen))
  )
}

/** Whether nobody can tell when what a file asks for was loaded. */
export const isSilentSpecifier = (specifier: string, from: string, project: Project, seen?: Set<string>): boolean => {
  if (isBuiltin(specifier)) return true
  const path = specifier.startsWith('.') ? project.imports.resolve(from, specifier) : undefined
  return path !== undefined && isSilent(path, project, seen)
}

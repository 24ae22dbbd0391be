import ts from 'typescript'

import { specifiersOf } from '../analysis/import-graph.ts'
import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isInert } from '../syntax/effects.ts'
import type { ScopeTree } from '../syntax/scopes.ts'
import { isMadeOfLater, isQuietStatement, quietValue } from './quiet-code.ts'
import { isBuiltin, takenNames } from './taken-names.ts'

/** `exports`, `exports.a`, `module.exports`, `module.exports.a`. */
const isExportsPlace = (node: ts.Expression): boolean =>
  /^(module\.)?exports(\.\w+)?$/.test(node.getText()) && !/\.__proto__$/.test(node.getText())

/** `exports.a = a`, `exports = module.exports = a`: whether a value that is there is made an export, and nothing else. */
export const setsExport = (node: ts.Statement, scopes: ScopeTree): boolean => {
  if (scopes.root.bindings.has('exports') || scopes.root.bindings.has('module')) return false
  const isSet = (value: ts.Expression): boolean =>
    ts.isBinaryExpression(value) &&
    value.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    isExportsPlace(value.left) &&
    (isInert(value.right, scopes) || isSet(value.right))
  return ts.isExpressionStatement(node) && isSet(node.expression)
}

const onlyAsks = ({ declarationList }: ts.VariableStatement, { scopes }: SourceUnit): boolean =>
  declarationList.declarations.every((each) => {
    const takes = takenNames(each, scopes)
    if (takes) return takes.isWhole || takes.specifier === undefined || isBuiltin(takes.specifier)
    return ts.isIdentifier(each.name) && (!each.initializer || quietValue(each.initializer, scopes) !== undefined)
  })

const isSilentStatement = (node: ts.Statement, unit: SourceUnit): boolean => {
  const isRun = unit.moduleKind === 'commonjs' && (ts.isExpressionStatement(node) || ts.isVariableStatement(node))
  // it would throw, or find nothing
  if (isRun && isMadeOfLater(node, unit.scopes)) return false
  if (isQuietStatement(node, unit.scopes)) return true
  if (unit.moduleKind !== 'commonjs') return false
  if (ts.isVariableStatement(node)) return onlyAsks(node, unit)
  return ts.isExpressionStatement(node) && (ts.isStringLiteral(node.expression) || setsExport(node, unit.scopes))
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

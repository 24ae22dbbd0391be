import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isAssignment, isFunctionNode } from '../syntax/nodes.ts'
import { exportsOf, type ModuleExports } from './es-module-exports.ts'
import { isProblem, type ModuleProblem } from './es-module-problem.ts'
import { isExportOfNode, requestsOf, type ModuleRequest } from './es-module-requests.ts'

/*
 * Proof obligation. An importer finds what it found by `require` when
 *  - it takes names that the module exports as such, each a constant, of an object that no file in sight writes to;
 *  - or it only reads such names of the module, and calls those that do not look at the object by which they are called;
 *  - or it takes the module's value itself, as its default export: the very object that everybody else has.
 */

/** What is known of a file that is to become an ES module, before the first word of it is written. */
export interface FilePlan {
  readonly file: FileContext
  readonly exports: ModuleExports
  readonly requests: readonly ModuleRequest[]
}

/** How a file takes what it asks for. */
export type Way = 'load' | 'names' | 'namespace' | 'default' | 'inside'

/** Which files give what to whom. */
export interface PackagePlans {
  readonly files: ReadonlyMap<string, FilePlan>
  /** Files whose value somebody may ask for who is not converted: it stays what `require` gives. */
  readonly asked: ReadonlySet<string>
  wayOf(request: ModuleRequest): Way
  /** Whether somebody takes the value of a file, and not only what it exports by name. */
  isTakenWhole(path: string): boolean
}

/** What a file exports and asks for. */
export const filePlan = (file: FileContext): FilePlan | ModuleProblem => {
  const exports = exportsOf(file)
  if (isProblem(exports)) return exports
  const requests = requestsOf(file)
  return isProblem(requests) ? requests : { file, exports, requests }
}

/** Whether something is a function that does not look at the object by which it is called. */
export const isIndependentFunction = (value: ts.Node): boolean => {
  if (!isFunctionNode(value)) return false
  let isOwn = true
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.ThisKeyword) isOwn = false
    const hasOwnThis = ts.isClassLike(node) || (isFunctionNode(node) && !ts.isArrowFunction(node))
    if (isOwn && !hasOwnThis) ts.forEachChild(node, visit)
  }
  ts.forEachChild(value, visit)
  return isOwn
}

/** What a constant of a file is: its value, or the function or class of that name. */
export const valueOfConstant = (local: string, { scopes }: FileContext): ts.Node | undefined => {
  const [sole] = scopes.root.bindings.get(local)?.declarations ?? []
  return sole && ts.isVariableDeclaration(sole.node) ? sole.node.initializer : sole?.node
}

const isIndependent = (local: string, { file }: FilePlan): boolean => {
  const value = valueOfConstant(local, file)
  return value !== undefined && isIndependentFunction(value)
}

/** Outwards through parentheses. */
const unwrapped = (node: ts.Node): ts.Node =>
  ts.isParenthesizedExpression(node.parent) ? unwrapped(node.parent) : node

/** Whether something is written to: by an assignment, a step, `delete`, a loop, or a pattern that it stands in. */
export const isTarget = (node: ts.Node): boolean => {
  const at = unwrapped(node)
  const { parent } = at
  if (ts.isBinaryExpression(parent) && parent.left === at) return isAssignment(parent)
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === at
  if (ts.isPostfixUnaryExpression(parent) || ts.isDeleteExpression(parent)) return true
  if (ts.isPrefixUnaryExpression(parent))
    return [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(parent.operator)
  const isPart =
    ts.isArrayLiteralExpression(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === at) ||
    ts.isShorthandPropertyAssignment(parent)
  return isPart && isTarget(parent)
}

/** Whether something is called, with the object before it as `this`. */
export const isCallee = (node: ts.Node): boolean => {
  const at = unwrapped(node)
  const { parent } = at
  return (
    (ts.isCallExpression(parent) && parent.expression === at) ||
    (ts.isTaggedTemplateExpression(parent) && parent.tag === at)
  )
}

const usesOf = ({ names, statement, from }: ModuleRequest): ts.Identifier[] =>
  from.scopes.root.bindings
    .get(names[0]!.local)!
    .references.map(({ identifier }) => identifier)
    .filter(({ pos, end }) => pos < statement.pos || end > statement.end)

/** Whether a file only reads what another exports by name, or calls it. */
const isReadByName = (request: ModuleRequest, plan: FilePlan): boolean =>
  usesOf(request).every((identifier) => {
    const { parent } = identifier
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== identifier || isTarget(parent)) return false
    const found = plan.exports.names.find(({ exported }) => exported === parent.name.text)
    return found !== undefined && (!isCallee(parent) || isIndependent(found.local, plan))
  })

/** Whether a file may put something else into what another exports: it writes to a member, or hands it to code that could. */
const mayWrite = (request: ModuleRequest): boolean =>
  usesOf(request).some((identifier) => {
    const { parent } = identifier
    if (ts.isPropertyAccessExpression(parent) && parent.expression === identifier) return isTarget(parent)
    const isHeld =
      ts.isShorthandPropertyAssignment(parent) || (ts.isPropertyAssignment(parent) && parent.initializer === identifier)
    return !isHeld && !(ts.isBinaryExpression(parent) && parent.right === identifier)
  })

/** Whether a file can do without an object that holds its exports. */
const isOnlyNames = ({ exports }: FilePlan): boolean =>
  exports.kind === 'members' || (exports.kind === 'value' && exports.isAllNames && exports.again.length === 0)

/** Who takes what of whom. */
export const packagePlans = (files: ReadonlyMap<string, FilePlan>, asked: ReadonlySet<string>): PackagePlans => {
  const toFile = new Map<string, ModuleRequest[]>()
  for (const { requests } of files.values())
    for (const request of requests)
      if (request.target !== undefined) toFile.set(request.target, [...(toFile.get(request.target) ?? []), request])
  const isRewritten = ({ exports, file }: FilePlan): boolean =>
    (exports.kind === 'value' && exports.again.length > 0) ||
    (toFile.get(file.unit.path) ?? []).some((each) => each.takes === 'whole' && mayWrite(each))
  const hasNames = ({ target, specifier, names }: ModuleRequest): boolean => {
    const plan = files.get(target ?? '')
    const known = plan?.exports.names
    if (plan && isRewritten(plan)) return false
    return names.every(({ exported }) =>
      known ? known.some((each) => each.exported === exported) : isExportOfNode(specifier, exported),
    )
  }
  const spaces = new Set(
    [...files].flatMap(([path, plan]) => {
      const isRead = (request: ModuleRequest): boolean =>
        request.takes === 'nothing' ||
        (request.takes === 'names' && hasNames(request)) ||
        (request.takes === 'whole' && isReadByName(request, plan))
      return !asked.has(path) && isOnlyNames(plan) && (toFile.get(path) ?? []).every(isRead) ? [path] : []
    }),
  )
  const wayOf = (request: ModuleRequest): Way => {
    if (request.takes === 'nothing') return 'load'
    if (request.takes === 'inside') return 'inside'
    if (request.takes === 'names') return hasNames(request) ? 'names' : 'inside'
    return request.target !== undefined && spaces.has(request.target) ? 'namespace' : 'default'
  }
  return {
    files,
    asked,
    wayOf,
    isTakenWhole: (path) =>
      asked.has(path) || (toFile.get(path) ?? []).some((each) => ['default', 'inside'].includes(wayOf(each))),
  }
}

/** A name that a file which stays imports of one that would not export it under that name. */
export const lostName = (
  unit: SourceUnit,
  { imports }: Project,
  files: ReadonlyMap<string, FilePlan>,
): ModuleProblem | undefined => {
  for (const node of unit.file.statements) {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) continue
    const list = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
    const specifier = node.moduleSpecifier
    if (!list || !specifier || !ts.isStringLiteral(specifier)) continue
    const plan = files.get(imports.resolve(unit.path, specifier.text) ?? '')
    if (!plan || !(ts.isNamedImports(list) || ts.isNamedExports(list))) continue
    const known = new Set(['default', ...plan.exports.names.map(({ exported }) => exported)])
    for (const each of list.elements) {
      const { text } = each.propertyName ?? each.name
      if (!known.has(text))
        return { at: each, reason: `it imports ${text} of ${specifier.text}, which is no constant there` }
    }
  }
  return undefined
}

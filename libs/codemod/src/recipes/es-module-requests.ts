import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { isConstant } from '../syntax/names.ts'
import { bare, isDeferred, isFunctionNode, walk } from '../syntax/nodes.ts'
import type { ModuleProblem } from './es-module-problem.ts'
import { isQuietClass } from './quiet-code.ts'
import { requiredFile } from './es-module-target.ts'
import { isBuiltin, requiredBy, takenNames } from './taken-names.ts'

/*
 * Proof obligation. An import is carried out before the code around it, in the order of the imports. So a request may
 * become one when
 *  - it is made in any case, once, at the top of the file, by a literal, and `require` is used in no other way;
 *  - nothing stands before it that could do something, or would find something else behind it: only other requests,
 *    functions, and variables and exports of what is written out; and it is the file of the tree that `require` finds;
 *  - no file of the tree is imported as a whole when the code runs;
 *  - the names that take what it gives are never written again: an import cannot be.
 */

/** A name that a file takes out of a module, and what it calls it. */
export interface TakenName {
  readonly exported: string
  readonly local: string
}

/** A place at which a CommonJS file asks for a module. */
export interface ModuleRequest {
  readonly from: FileContext
  readonly call: ts.CallExpression
  readonly specifier: string
  /** The path of the module in the tree; undefined for modules of Node and packages. */
  readonly target: string | undefined
  /** The statement of the file in which it stands. */
  readonly statement: ts.VariableStatement | ts.ExpressionStatement
  /** `nothing` but loading it; the module as a `whole`, under one name; some `names`; or its value `inside` other code. */
  readonly takes: 'nothing' | 'whole' | 'names' | 'inside'
  readonly names: readonly TakenName[]
}

const INSIDE = { takes: 'inside', names: [] } as const

/** What one declaration takes of the module that it asks for. */
const takenBy = (node: ts.VariableDeclaration, file: FileContext): Pick<ModuleRequest, 'takes' | 'names'> => {
  const taken = takenNames(node, file.scopes)
  if (!taken) return INSIDE
  const value = bare(node.initializer!)
  if (ts.isObjectBindingPattern(node.name) && ts.isCallExpression(value)) {
    const names = node.name.elements.map(({ name, propertyName }) => ({
      exported: ((propertyName ?? name) as ts.Identifier).text,
      local: (name as ts.Identifier).text,
    }))
    return { takes: 'names', names }
  }
  if (!ts.isIdentifier(node.name)) return INSIDE
  if (taken.isWhole) return { takes: 'whole', names: [{ exported: 'default', local: node.name.text }] }
  if (!ts.isPropertyAccessExpression(value) || !ts.isCallExpression(bare(value.expression))) return INSIDE
  return { takes: 'names', names: [{ exported: value.name.text, local: node.name.text }] }
}

const declarationsBeside = ({ parent }: ts.VariableDeclaration): readonly ts.VariableDeclaration[] =>
  ts.isVariableDeclarationList(parent) ? parent.declarations : []

/** A statement that does more than to ask for modules keeps doing it, with their values inside. */
const takenAt = (call: ts.CallExpression, file: FileContext): Pick<ModuleRequest, 'takes' | 'names'> => {
  let at: ts.Node = call
  while (!ts.isVariableDeclaration(at) && !ts.isStatement(at)) at = at.parent
  if (ts.isVariableDeclaration(at)) {
    const isAll = declarationsBeside(at).every((each) => takenNames(each, file.scopes)?.specifier !== undefined)
    return isAll ? takenBy(at, file) : INSIDE
  }
  const isAlone = ts.isExpressionStatement(at) && bare(at.expression) === call
  return { takes: isAlone ? 'nothing' : 'inside', names: [] }
}

/** `a && b`, whose right side may not run. */
const isChoice = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    node.operatorToken.kind === ts.SyntaxKind.BarBarToken ||
    node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)

/** The statement at the top in which code stands that runs once and in any case; undefined for other code. */
const eagerStatement = (node: ts.Node): ModuleRequest['statement'] | undefined => {
  for (let at = node; ; at = at.parent) {
    const { parent } = at
    if (ts.isSourceFile(parent)) return ts.isVariableStatement(at) || ts.isExpressionStatement(at) ? at : undefined
    if (isChoice(parent) && parent.left !== at) return undefined
    if (ts.isOptionalChain(parent) && parent.expression !== at) return undefined
    if (isDeferred(parent) || ts.isConditionalExpression(parent)) return undefined
  }
}

const plainOperators = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.CommaToken,
])

/** What Node hands to every CommonJS file, and names that always mean the same. */
const given = /^(require|module|exports|__dirname|__filename|undefined|NaN|Infinity)$/

/** Whether a name is looked up outside of the file, where what is loaded could put something else. */
const isForeign = (node: ts.Expression, { scopes }: FileContext): boolean =>
  ts.isIdentifier(node) &&
  scopes.referenceOf(node) !== undefined &&
  scopes.bindingOf(node) === undefined &&
  !given.test(node.text)

const isRequest = (node: ts.Expression, { scopes }: FileContext): boolean =>
  requiredBy(bare(node), scopes) !== undefined

const isNoisyClass = (node: ts.ClassLikeDeclaration, file: FileContext): boolean => {
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression
  return !ts.isClassDeclaration(node) || !isQuietClass(node, file.scopes) || (!!base && isForeign(base, file))
}

/**
 * Whether a node by itself could do something, or find something else where it stood behind a request: only what is
 * written out, names of the file and what a request gives are the same before and after.
 */
const notices = (node: ts.Node, file: FileContext): boolean => {
  if (ts.isCallExpression(node)) return !isRequest(node, file)
  if (ts.isClassLike(node)) return isNoisyClass(node, file)
  if (ts.isIdentifier(node)) return isForeign(node, file)
  if (ts.isPropertyAccessExpression(node))
    return !isRequest(node.expression, file) && !/^(module\.)?exports(\.\w+)?$/.test(node.getText())
  if (ts.isBinaryExpression(node)) {
    const isSet = ts.isExpressionStatement(node.parent) && /^(module\.)?exports(\.\w+)?$/.test(node.left.getText())
    return !isSet && !plainOperators.has(node.operatorToken.kind)
  }
  return (
    ts.isElementAccessExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTaggedTemplateExpression(node) ||
    ts.isTemplateExpression(node) ||
    ts.isDeleteExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isSpreadAssignment(node) ||
    ts.isPostfixUnaryExpression(node) ||
    (ts.isPrefixUnaryExpression(node) && node.operator !== ts.SyntaxKind.ExclamationToken) ||
    (ts.isBindingElement(node) && node.initializer !== undefined)
  )
}

/** Whether something of a statement notices, up to an offset, in the order of the text, which is that of evaluation. */
const noticesBefore = (statement: ts.Statement, end: number, file: FileContext): boolean => {
  if (ts.isFunctionDeclaration(statement) || ts.isEmptyStatement(statement)) return false
  const isPlain = ts.isVariableStatement(statement) || ts.isExpressionStatement(statement)
  if (!isPlain && !ts.isClassDeclaration(statement)) return statement.end <= end
  let found = false
  walk(statement, (node) => {
    if (isFunctionNode(node)) return false
    if (node.end <= end && notices(node, file)) found = true
    return !found && !ts.isClassLike(node)
  })
  return found
}

const targetOf = (specifier: string, { unit, project }: FileContext): string | undefined =>
  specifier.startsWith('.') ? requiredFile(project.tree, unit.path, specifier) : undefined

/** `semver/functions/gte`: `require` looks for a file of that name with an ending, an import does not. */
const isOpenPath = (specifier: string): boolean =>
  !specifier.startsWith('.') &&
  !isBuiltin(specifier) &&
  /^(@[^/]+\/)?[^/@][^/]*\//.test(specifier) &&
  !/\.c?js(on)?$/.test(specifier)

const problemOf = (request: ModuleRequest, file: FileContext): string | undefined => {
  const { specifier, target, call, statement, names } = request
  const { project, unit, scopes } = file
  if (
    specifier.startsWith('#') ||
    specifier === project.package.name ||
    specifier.startsWith(`${project.package.name}/`)
  )
    return `it asks for ${specifier}, a name of its own package`
  if (specifier.startsWith('.') && target === undefined) return `nothing in the tree is what ${specifier} means`
  if (isOpenPath(specifier)) return `${specifier} has no ending, without which an import may not find it`
  if (target?.endsWith('.node')) return `${specifier} is no JavaScript`
  const written = names.find(({ local }) => !isConstant(scopes.root.bindings.get(local)!))
  if (written) return `${written.local} is written again, which an import cannot be`
  const before = file.file.statements.find((each) => noticesBefore(each, call.getStart(), file))
  if (!before) return undefined
  const where = before === statement ? 'on its own line' : `on line ${unit.source.lineOf(before.getStart())}`
  return `${specifier} is asked for after code that runs ${where}`
}

/** `import()` of a file of the tree gives a namespace, in which a CommonJS module has other names than an ES module. */
const lateImport = ({ file }: FileContext): ts.Node | undefined => {
  let found: ts.Node | undefined
  walk(file, (node) => {
    const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    const [specifier] = isImport ? node.arguments : []
    const isOther = specifier && ts.isStringLiteral(specifier) && !/^[.#/]/.test(specifier.text)
    if (isImport && !isOther) found ??= node
    return found === undefined
  })
  return found
}

/** What a file asks for, in its order; a problem where a request cannot become an import. */
export const requestsOf = (file: FileContext): readonly ModuleRequest[] | ModuleProblem => {
  const { scopes } = file
  const own = scopes.root.bindings.get('require')
  if (own) return { at: own.declarations[0]!.node, reason: 'it makes a require of its own' }
  const late = lateImport(file)
  if (late) return { at: late, reason: 'it imports files when it runs, as a whole' }
  const found: ModuleRequest[] = []
  for (const { identifier } of scopes.globals.get('require') ?? []) {
    const call = identifier.parent as ts.CallExpression
    const specifier = ts.isExpression(call) ? requiredBy(call, scopes) : undefined
    if (specifier === undefined || call.expression !== identifier)
      return { at: identifier, reason: 'require is used in another way than to ask for a module by a literal' }
    const statement = eagerStatement(call)
    if (!statement) return { at: call, reason: `${specifier} is asked for late, or only under a condition` }
    found.push({ from: file, call, specifier, target: targetOf(specifier, file), statement, ...takenAt(call, file) })
  }
  for (const request of found) {
    const reason = problemOf(request, file)
    if (reason !== undefined) return { at: request.call, reason }
  }
  return found
}

/** Whether a name is one that a module of Node exports. */
export const isExportOfNode = (specifier: string, name: string): boolean =>
  isBuiltin(specifier) && Object.keys(process.getBuiltinModule(specifier) ?? {}).includes(name)

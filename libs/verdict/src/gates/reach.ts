import { builtinModules } from 'node:module'
import type { Tree } from '@iama/patch'
import ts from 'typescript'
import { textOf } from './context.ts'
import { declaredNames, isGlobalName } from './lexical-names.ts'

/** Modules of Node that only compute: using one more of them lets code see and do nothing new. */
const harmlessModules = new Set(
  'assert assert/strict buffer events path path/posix path/win32 punycode querystring string_decoder url util util/types'.split(
    ' ',
  ),
)
const nodeModules = new Set(builtinModules)

/** Names by which code learns where it runs, or acts beyond its return values. */
const ambient = new Set(
  (
    'globalThis global window self document navigator location eval Function fetch XMLHttpRequest WebSocket ' +
    'EventSource Worker WebAssembly Deno Bun localStorage sessionStorage gc __coverage__ ' +
    'describe it test expect jest vi mocha suite before after beforeEach afterEach'
  ).split(' '),
)

/** Of every function, error and object: they lead to callers, to stacks and to code made from text. */
const revealing = new Set(['stack', 'caller', 'callee', 'constructor', 'prepareStackTrace', 'captureStackTrace'])

/** As texts they are keys to the same doors: `f['constr' + 'uctor']`. */
const telling = new Set(
  'process globalThis eval constructor caller callee prepareStackTrace captureStackTrace mainModule argv'.split(' '),
)

const builtIns = new Set(
  (
    'Object Array String Number Boolean Symbol BigInt Math JSON Reflect Map Set WeakMap WeakSet Date RegExp Error ' +
    'TypeError RangeError SyntaxError Promise Proxy Function Intl ArrayBuffer Uint8Array Buffer console Atomics ' +
    'process globalThis global setTimeout clearTimeout setInterval clearInterval setImmediate queueMicrotask'
  ).split(' '),
)

const definers = new Set(['defineProperty', 'defineProperties', 'assign', 'setPrototypeOf', 'set', 'deleteProperty'])

const memberOf = (node: ts.Node): string | undefined => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text
  if (ts.isElementAccessExpression(parent) && parent.expression === node)
    return ts.isStringLiteralLike(parent.argumentExpression) ? parent.argumentExpression.text : '[...]'
  return undefined
}

const rootOf = (node: ts.Expression): ts.Expression => {
  let at = node
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isParenthesizedExpression(at))
    at = at.expression
  return at
}

const moduleReach = (specifier: ts.Expression | undefined): string[] => {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return ['a module whose name is computed']
  const name = specifier.text.replace(/^node:/, '')
  if (/^\.{1,2}(\/|$)/.test(name))
    return /(^|\/)(node_modules|\.[^./][^/]*)(\/|$)/.test(name) ? [`the module ${name}`] : []
  if (harmlessModules.has(name)) return []
  // `fs/promises` and `fs` are one door
  return [`the module ${nodeModules.has(name) ? name.split('/')[0] : name}`]
}

const isAssigned = ({ parent }: ts.Node, node: ts.Node): boolean =>
  (ts.isBinaryExpression(parent) &&
    parent.left === node &&
    parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment) ||
  ts.isDeleteExpression(parent)

/** A text that is written in one piece or in several. */
const textOfLiteral = (node: ts.Expression): string | undefined => {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isParenthesizedExpression(node)) return textOfLiteral(node.expression)
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined
  const [left, right] = [textOfLiteral(node.left), textOfLiteral(node.right)]
  return left === undefined || right === undefined ? undefined : left + right
}

class ReachReader {
  private readonly source: ts.SourceFile
  private readonly found = new Set<string>()
  private readonly declared: ReadonlyMap<ts.Node, ReadonlySet<string>>

  constructor(source: ts.SourceFile) {
    this.source = source
    this.declared = declaredNames(source)
  }

  read(): ReadonlySet<string> {
    this.visit(this.source)
    return this.found
  }

  private visit(node: ts.Node): void {
    if (ts.isTypeNode(node)) return
    if (ts.isStringLiteralLike(node) || ts.isBinaryExpression(node)) {
      const text = textOfLiteral(node)
      if (text !== undefined && telling.has(text)) this.found.add(`the name '${text}'`)
    }
    if (ts.isIdentifier(node)) this.identifier(node)
    else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      this.found.add('its own place')
    else if (ts.isImportDeclaration(node) && node.importClause?.isTypeOnly !== true)
      this.add(moduleReach(node.moduleSpecifier))
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && !node.isTypeOnly)
      this.add(moduleReach(node.moduleSpecifier))
    else if (ts.isCallExpression(node)) this.call(node)
    else if (ts.isBindingElement(node)) this.taken(node.propertyName ?? node.name)
    else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) this.member(node)
    ts.forEachChild(node, (child) => this.visit(child))
  }

  private add(names: readonly string[]): void {
    for (const name of names) this.found.add(name)
  }

  private isBuiltIn(node: ts.Expression): node is ts.Identifier {
    return ts.isIdentifier(node) && builtIns.has(node.text) && isGlobalName(node, this.declared)
  }

  /** `const { stack } = error` */
  private taken(name: ts.PropertyName | ts.BindingName): void {
    if ((ts.isIdentifier(name) || ts.isStringLiteral(name)) && revealing.has(name.text)) this.found.add(`.${name.text}`)
  }

  private identifier(node: ts.Identifier): void {
    const name = node.text
    const known = ambient.has(name) || ['process', 'require', 'module', '__filename', '__dirname'].includes(name)
    if (!known || !isGlobalName(node, this.declared)) return
    const member = memberOf(node)
    if (name.startsWith('__') && name !== '__coverage__') this.found.add('its own place')
    else if (name === 'process') {
      if (member !== 'nextTick') this.found.add(`process.${member ?? '*'}`)
    } else if (name === 'module') {
      if (member !== 'exports') this.found.add(`module.${member ?? '*'}`)
    } else if (name === 'require') {
      const called = ts.isCallExpression(node.parent) && node.parent.expression === node
      if (!called) this.found.add(`require.${member ?? '*'}`)
    } else this.found.add(name)
  }

  private call(node: ts.CallExpression): void {
    const { expression } = node
    const [first] = node.arguments
    if (expression.kind === ts.SyntaxKind.ImportKeyword) this.add(moduleReach(first))
    else if (ts.isIdentifier(expression) && expression.text === 'require' && isGlobalName(expression, this.declared))
      this.add(moduleReach(first))
    else if (ts.isPropertyAccessExpression(expression) && definers.has(expression.name.text) && first !== undefined) {
      const root = rootOf(first)
      if (this.isBuiltIn(root)) this.found.add(`a change of ${root.text}`)
    }
  }

  private member(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    const name = memberOf(node.expression)
    if (name !== undefined && revealing.has(name)) this.found.add(`.${name}`)
    const root = rootOf(node)
    if (isAssigned(node, node) && this.isBuiltIn(root)) this.found.add(`a change of ${root.text}`)
  }
}

/**
 * What a module's text reaches for beyond its arguments: modules that act, the process, stacks, the network, the
 * test runner, built-ins that it changes. Names put together at run time are not seen here.
 */
export const reachOf = (path: string, text: string): ReadonlySet<string> =>
  new ReachReader(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)).read()

const isCode = (path: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/.test(path) && !/\.d\.[cm]?ts$/.test(path)

/**
 * What changed files reach for and none of them did in the base, by path: code that moves from one file to another takes
 * nothing new with it. Code that can tell the sandbox from the world can behave in one and not in the other, and no run
 * would show it.
 */
export const newReach = (base: Tree, patched: Tree, changed: readonly string[]): ReadonlyMap<string, string[]> => {
  const code = changed.filter(isCode)
  const known = new Set(code.filter((path) => base.has(path)).flatMap((path) => [...reachOf(path, textOf(base, path))]))
  const gained = code
    .filter((path) => patched.has(path))
    .map((path): [string, string[]] => [
      path,
      [...reachOf(path, textOf(patched, path))].filter((each) => !known.has(each)).sort(),
    ])
  return new Map(gained.filter(([, names]) => names.length > 0))
}

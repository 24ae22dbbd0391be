import { bare, type ScopeTree } from '@iama/codemod'
import ts from 'typescript'

/** What an expression loads of another module: `=` is all that `require` returns, `*` the namespace of `import()`. */
export interface Load {
  readonly specifier: string
  readonly name: string
}

/** What compilers put around `require` for the sake of default exports. */
const interop = /^_*(interopRequire\w*|interop\w*|import(Star|Default)|toESM)$/

const isFree = (node: ts.Identifier, scopes: ScopeTree): boolean => scopes.bindingOf(node) === undefined

/** `helper` of `helper(...)`, `tslib.helper(...)` and `(0, tslib.helper)(...)`. */
export const calledName = (callee: ts.Expression): string | undefined => {
  const node = unwrapped(callee)
  if (ts.isIdentifier(node)) return node.text
  return ts.isPropertyAccessExpression(node) ? node.name.text : undefined
}

/** An expression without parentheses, type assertions, and the `0,` that compilers write before a callee. */
export const unwrapped = (expression: ts.Expression): ts.Expression => {
  const node = bare(expression)
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken
    ? unwrapped(node.right)
    : node
}

const loadOfCall = (node: ts.CallExpression, scopes: ScopeTree): Load | undefined => {
  const [first] = node.arguments
  if (first === undefined) return undefined
  const { expression: callee } = node
  const isRequire = ts.isIdentifier(callee) && callee.text === 'require' && isFree(callee, scopes)
  if (isRequire || callee.kind === ts.SyntaxKind.ImportKeyword) {
    return ts.isStringLiteralLike(first) ? { specifier: first.text, name: isRequire ? '=' : '*' } : undefined
  }
  return interop.test(calledName(callee) ?? '') ? loadOf(first, scopes) : undefined
}

/** What `require('x')`, `await import('x')`, `require('x').y` and what compilers make of an import load. */
export const loadOf = (expression: ts.Expression, scopes: ScopeTree): Load | undefined => {
  const node = bare(expression)
  if (ts.isAwaitExpression(node)) return loadOf(node.expression, scopes)
  if (ts.isCallExpression(node)) return loadOfCall(node, scopes)
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const whole = loadOf(node.expression, scopes)
  return whole && (whole.name === '=' || whole.name === '*') ? { ...whole, name: node.name.text } : undefined
}

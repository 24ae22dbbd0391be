import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Found, Recipe } from '../engine/recipe.ts'
import { childToken, startOf } from '../engine/rewrite.ts'
import { isFunctionNode, walk } from '../syntax/nodes.ts'
import { checkedFile, reportTyped, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. A function without a return type may get the one that the compiler infers, when it can be written
 * with names that the file knows and holds no any. Types are gone when the code runs, so that only compiling can change:
 * the file must have no error that it had not before. Not for exported functions, whose type is part of what the package
 * says of itself, not for callbacks, which take theirs from the place that they are handed to, not for generators.
 */

const isOwn = (node: ts.Node): node is ts.FunctionDeclaration | ts.ArrowFunction => {
  if (ts.isFunctionDeclaration(node))
    return node.name !== undefined && node.body !== undefined && !node.modifiers?.some(isExport)
  if (!ts.isArrowFunction(node) || !ts.isVariableDeclaration(node.parent) || node.parent.type) return false
  const statement = node.parent.parent.parent
  return ts.isVariableStatement(statement) && !statement.modifiers?.some(isExport)
}

const isExport = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.ExportKeyword

const isExportedLater = (node: ts.FunctionDeclaration | ts.ArrowFunction, file: FileContext): boolean => {
  const name = ts.isFunctionDeclaration(node) ? node.name! : (node.parent as ts.VariableDeclaration).name
  const binding = ts.isIdentifier(name) ? file.scopes.declaredBy(name) : undefined
  return !binding || binding.references.some(({ identifier }) => ts.isExportSpecifier(identifier.parent))
}

const isWorthwhile = (node: ts.FunctionDeclaration | ts.ArrowFunction): boolean =>
  ts.isFunctionDeclaration(node) || ts.isBlock(node.body)

const annotate = (
  node: ts.FunctionDeclaration | ts.ArrowFunction,
  { checker, twin, written }: Checked,
  file: FileContext,
): Found | string | undefined => {
  if (node.type || node.asteriskToken || !isWorthwhile(node)) return undefined
  if (isExportedLater(node, file)) return undefined
  const close = childToken(node, ts.SyntaxKind.CloseParenToken, file)
  const same = twin(node)
  const signature = same && checker.getSignatureFromDeclaration(same)
  if (!close || !signature) return undefined
  if (checker.getTypePredicateOfSignature(signature)) return 'it narrows a type, which a plain return type would not'
  const type = written(checker.getReturnTypeOfSignature(signature))
  if (type === undefined) return 'its type is long, holds an any, or needs a name that the file does not know'
  return {
    at: node,
    title: `the return type ${type} is written down`,
    reason: 'it is the type that the compiler infers, and the file compiles as before',
    changes: [{ start: close.end, end: close.end, text: `: ${type}` }],
  }
}

export const returnTypes: Recipe = {
  id: 'return-types',
  title: 'return types of private functions',
  family: 'types',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'typescript') return
    const candidates: (ts.FunctionDeclaration | ts.ArrowFunction)[] = []
    walk(file.file, (node) => {
      if (isFunctionNode(node) && isOwn(node) && !node.type && startOf(node, file) >= 0) candidates.push(node)
    })
    const checked = candidates.length > 0 ? checkedFile(file) : undefined
    if (checked === undefined || typeof checked === 'string') return
    const found: Found[] = []
    for (const node of candidates) {
      const outcome = annotate(node, checked, file)
      if (typeof outcome === 'string') findings.refuse(node, outcome)
      else if (outcome) found.push(outcome)
    }
    reportTyped(found, file, findings)
  },
}

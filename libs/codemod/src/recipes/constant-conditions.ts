import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { removalOf, removalProblem, startOf, textOf } from '../engine/rewrite.ts'
import { bare, contains, isFunctionNode, statementsOf, walk } from '../syntax/nodes.ts'
import { precedenceOf, replacement } from '../syntax/truth.ts'

/*
 * Proof obligation. A test that is written out as true, false, null, a number or a string has the same answer always:
 *  - `true ? a : b`, `true && a` and `false || a` are a, `false ? a : b` is b;
 *  - `if (false) {...}` without else may go when nothing in it is hoisted: no var, no function.
 * A value that is called keeps its place: `(true && o.f)()` has no this, `o.f()` has. The same holds for delete, typeof
 * and an anonymous function, which would take the name of a variable.
 */

const truthOf = (node: ts.Expression): boolean | undefined => {
  const value = bare(node)
  if (value.kind === ts.SyntaxKind.TrueKeyword) return true
  if (value.kind === ts.SyntaxKind.FalseKeyword || value.kind === ts.SyntaxKind.NullKeyword) return false
  if (ts.isNumericLiteral(value)) return Number(value.text) !== 0
  return ts.isStringLiteral(value) ? value.text !== '' : undefined
}

const changesMeaning = (node: ts.Expression, kept: ts.Expression): boolean => {
  const { parent } = ts.isParenthesizedExpression(node.parent) ? node.parent : node
  const value = bare(kept)
  const isReference = ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value)
  const takesName = (isFunctionNode(value) || ts.isClassLike(value)) && !('name' in value && value.name)
  const isCalled = ts.isCallExpression(parent) || ts.isTaggedTemplateExpression(parent) || ts.isDeleteExpression(parent)
  return takesName || (isCalled && (isReference || ts.isIdentifier(value))) || ts.isTypeOfExpression(parent)
}

const choose = (node: ts.Expression, kept: ts.Expression, file: FileContext, findings: Findings): void => {
  if (changesMeaning(node, kept)) return findings.refuse(node, 'the value would be taken for something else there')
  if (file.hasComment(startOf(node, file), node.end)) return findings.refuse(node, 'a comment stands inside')
  const isStatement = ts.isExpressionStatement(node.parent) || ts.isArrowFunction(node.parent)
  if (isStatement) return findings.refuse(node, 'it is a statement of its own')
  findings.edit({
    at: node,
    title: 'a test whose answer is written out goes',
    reason: 'the answer is the same always',
    changes: [
      { start: startOf(node, file), end: node.end, text: replacement(node, textOf(kept, file), precedenceOf(kept)) },
    ],
  })
}

const isHoisted = (node: ts.Node): boolean =>
  ts.isFunctionDeclaration(node) ||
  (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0)

const dropIf = (node: ts.IfStatement, file: FileContext, findings: Findings): void => {
  if (node.elseStatement || !statementsOf(node.parent)) return
  if (contains(node.thenStatement, isHoisted, { intoFunctions: false }))
    return findings.refuse(node, 'it declares names that are hoisted')
  const problem = removalProblem(node, file)
  if (problem) return findings.refuse(node, problem)
  const change = removalOf(node, file)
  if (file.hasComment(node.pos, change.end)) return findings.refuse(node, 'comments stand in it or beside it')
  findings.edit({
    at: node,
    title: 'code behind a test that never holds goes',
    reason: 'the test is written out as false',
    changes: [change],
  })
}

export const constantConditions: Recipe = {
  id: 'constant-conditions',
  title: 'tests whose answer is written out',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isIfStatement(node) && truthOf(node.expression) === false) return dropIf(node, file, findings)
      if (ts.isConditionalExpression(node)) {
        const truth = truthOf(node.condition)
        if (truth !== undefined) choose(node, truth ? node.whenTrue : node.whenFalse, file, findings)
      } else if (ts.isBinaryExpression(node)) {
        const { kind } = node.operatorToken
        const truth = truthOf(node.left)
        const passesOn =
          kind === ts.SyntaxKind.AmpersandAmpersandToken ? true : kind === ts.SyntaxKind.BarBarToken ? false : undefined
        if (truth !== undefined && truth === passesOn) choose(node, node.right, file, findings)
      }
    })
  },
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Findings, type Recipe } from '../engine/recipe.ts'
import { childToken, removalOf, removalProblem, startOf } from '../engine/rewrite.ts'
import { isFunctionNode, walk, type FunctionNode } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'

/*
 * Proof obligation. `function f(a) { var rest = Array.prototype.slice.call(arguments, 1) ...}` may become
 * `function f(a, ...rest)`: both make a new array of the arguments that no parameter takes, and the length of the
 * function does not count a rest parameter. It holds when
 *  - `arguments` is mentioned nowhere else in the function (arrows included), and nothing there uses eval;
 *  - the number says just how many parameters come before, which are plain names without defaults and all different;
 *  - the declaration is the first statement: nothing reads the variable, or writes a parameter, before it;
 *  - the function has no directive of its own, which may not stand beside a rest parameter, and is no setter.
 */

const isSliceCall = (node: ts.Expression): node is ts.CallExpression =>
  ts.isCallExpression(node) && /^(Array\.prototype|\[\])\.slice\.call$/.test(node.expression.getText())

const mentions = (home: FunctionNode): number => {
  let count = 0
  walk(home, (node) => {
    if (node !== home && isFunctionNode(node) && !ts.isArrowFunction(node)) {
      walk(node, (each) => void (count += ts.isIdentifier(each) && each.text === 'eval' ? 2 : 0))
      return false
    }
    if (ts.isIdentifier(node) && node.text === 'arguments') count += 1
    if (ts.isIdentifier(node) && node.text === 'eval') count += 2
    return true
  })
  return count
}

const problemOf = (home: FunctionNode, body: ts.Block, from: number, name: string, file: FileContext) => {
  const { parameters } = home
  const names = parameters.map((each) => each.name.getText())
  if (file.capturedAt) return `intrinsics are captured on purpose (${file.capturedAt})`
  if (file.scopes.root.bindings.has('Array')) return 'Array means something else here'
  if (ts.isArrowFunction(home) || ts.isAccessor(home)) return 'it has no arguments of its own'
  if (from !== parameters.length) return 'it takes other arguments than those without a parameter'
  if (parameters.some((each) => !ts.isIdentifier(each.name) || each.initializer || each.dotDotDotToken || each.type))
    return 'a parameter is more than a name'
  if (new Set([...names, name]).size <= names.length) return 'two parameters would have one name'
  if (directivesOf(body.statements).length > 0) return 'it has a directive of its own'
  return mentions(home) > 1 ? 'the function looks at its arguments in other places too' : undefined
}

const convert = (home: FunctionNode, body: ts.Block, file: FileContext, findings: Findings): void => {
  const [first] = body.statements
  if (!first || !ts.isVariableStatement(first)) return
  const [declaration, more] = first.declarationList.declarations
  if (!declaration?.initializer || more || !ts.isIdentifier(declaration.name) || declaration.type) return
  const call = declaration.initializer
  if (!isSliceCall(call)) return
  const [list, from, extra] = call.arguments
  if (!list || !ts.isIdentifier(list) || list.text !== 'arguments' || extra) return
  if (from && !ts.isNumericLiteral(from)) return findings.refuse(first, 'where it starts is not written out')
  const name = declaration.name.text
  const binding = file.scopes.declaredBy(declaration.name)
  const problem =
    problemOf(home, body, from ? Number(from.text) : 0, name, file) ??
    (binding?.declarations.length === 1 ? undefined : 'its name is declared in another way as well') ??
    (binding!.references.some(({ write }) => write) && (first.declarationList.flags & ts.NodeFlags.Const) !== 0
      ? 'writing the constant throws'
      : undefined) ??
    removalProblem(first, file)
  if (problem) return findings.refuse(first, problem)
  const close = childToken(home, ts.SyntaxKind.CloseParenToken, file)
  const change = removalOf(first, file)
  if (!close || file.hasComment(startOf(home, file), change.end))
    return findings.refuse(first, 'a comment stands inside')
  const at = home.parameters.at(-1)?.end ?? startOf(close, file)
  findings.edit({
    at: first,
    title: `${name} becomes a rest parameter`,
    reason: 'both are a new array of the arguments that no parameter takes',
    changes: [{ start: at, end: at, text: `${home.parameters.length ? ', ' : ''}...${name}` }, change],
    assumptions: [INTRINSICS, 'source text of functions is not inspected'],
  })
}

export const restParameters: Recipe = {
  id: 'rest-parameters',
  title: 'slices of arguments to rest parameters',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    if (file.unit.language !== 'javascript') return
    walk(file.file, (node) => {
      if (isFunctionNode(node) && node.body && ts.isBlock(node.body)) convert(node, node.body, file, findings)
    })
  },
}

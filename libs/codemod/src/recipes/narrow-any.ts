import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Found, Recipe } from '../engine/recipe.ts'
import { callsOf } from '../syntax/functions.ts'
import { isFunctionNode, walk } from '../syntax/nodes.ts'
import { checkedFile, reportTyped, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. Types are gone when the code runs, so that only compiling can change, and the file must have no type
 * error that it had not before, and declare the same. Then an `any` may give way to what the compiler knows:
 *  - `const x: any = e` loses the annotation when e has a type without any in it;
 *  - a parameter `p: any` of a function that is only ever called, every call in sight, gets the type of its argument
 *    when all calls pass the same one.
 * Not for what is exported: others may rely on its being any.
 */

const isAny = (node: ts.TypeNode | undefined): node is ts.KeywordTypeNode => node?.kind === ts.SyntaxKind.AnyKeyword

const inConstant = (node: ts.VariableDeclaration, { checker, twin, written }: Checked): Found | string | undefined => {
  const list = node.parent
  if (!isAny(node.type) || !node.initializer || !ts.isIdentifier(node.name)) return undefined
  if (!(list.flags & ts.NodeFlags.Const) || !ts.isVariableStatement(list.parent) || list.parent.modifiers?.length)
    return undefined
  const value = twin(node.initializer)
  if (!value || written(checker.getTypeAtLocation(value)) === undefined)
    return 'the compiler knows no type of its value that could be written'
  return {
    at: node,
    title: `${node.name.text} has the type of its value instead of any`,
    reason: 'the compiler knows the type, and the file compiles as before',
    changes: [{ start: node.name.end, end: node.type.end, text: '' }],
  }
}

const inParameter = (
  node: ts.ParameterDeclaration,
  { checker, twin, written }: Checked,
  file: FileContext,
): Found | string | undefined => {
  const owner = node.parent
  if (!isAny(node.type) || !isFunctionNode(owner) || node.dotDotDotToken || node.initializer || node.questionToken)
    return undefined
  const calls = callsOf(owner, file.scopes)
  if (!calls) return 'it may be called from elsewhere'
  const index = owner.parameters.indexOf(node)
  const types = calls.map((call) => {
    const argument = call.arguments[index]
    const value = argument && !ts.isSpreadElement(argument) ? twin(argument) : undefined
    const type = value && checker.getTypeAtLocation(value)
    return type && written(checker.getBaseTypeOfLiteralType(type))
  })
  const [first] = types
  if (first === undefined || types.some((type) => type !== first)) return 'its calls pass different types, or any'
  return {
    at: node,
    title: `${node.name.getText(file.file)} is ${first} instead of any`,
    reason: `all ${calls.length} calls pass that type, and the file compiles as before`,
    changes: [{ start: node.type.getStart(file.file), end: node.type.end, text: first }],
  }
}

export const narrowAny: Recipe = {
  id: 'narrow-any',
  title: 'any to the type that is known',
  family: 'types',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'typescript') return
    const nodes: (ts.VariableDeclaration | ts.ParameterDeclaration)[] = []
    walk(file.file, (node) => {
      if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && isAny(node.type)) nodes.push(node)
    })
    const checked = nodes.length > 0 ? checkedFile(file) : undefined
    if (checked === undefined || typeof checked === 'string') return
    const found: Found[] = []
    for (const node of nodes) {
      const outcome = ts.isParameter(node)
        ? inParameter(node, checked, file)
        : inConstant(node as ts.VariableDeclaration & { parent: ts.VariableDeclarationList }, checked)
      if (typeof outcome === 'string') findings.refuse(node, outcome)
      else if (outcome) found.push(outcome)
    }
    reportTyped(found, file, findings)
  },
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Found, Recipe } from '../engine/recipe.ts'
import { startOf } from '../engine/rewrite.ts'
import { openProgram } from '../program.ts'
import { callsOf } from '../syntax/functions.ts'
import { isFunctionNode, walk, type FunctionNode } from '../syntax/nodes.ts'
import { programWith } from './extraction-types.ts'
import { checkedFile, reportTyped, withChanges, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. The types that JSDoc gives the parameters and the result of a function in TypeScript may become
 * annotations: the language service's own refactoring writes them, and as it does, the comment keeps its words. Types
 * are gone when the code runs, so that only compiling can change: the file must have no error that it had not before,
 * and declare the same to others.
 *
 * The compiler sees no package from outside of the tree. What comes from there is `any` to it, and would hide an error:
 * so every call of the function is in sight, passes nothing that is `any`, and nothing in the function is `any` once it
 * has its types. Left alone are methods, whose types are the class's, exports, and a parameter that JSDoc calls
 * optional and the function does not.
 */

/** Suggestion 80004: JSDoc types may be moved to TypeScript types. */
const MAY_BE_MOVED = 80004

const isSilent = (type: ts.Type | undefined): boolean => type === undefined || (type.flags & ts.TypeFlags.Any) !== 0

const isPlainFunction = (node: ts.Node): node is ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction =>
  ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node)

const lacksTypes = (node: FunctionNode): boolean =>
  node.parameters.some((each) => !each.type && ts.getJSDocType(each)) || (!node.type && !!ts.getJSDocReturnType(node))

const callsItOptional = (parameter: ts.ParameterDeclaration): boolean =>
  ts.getJSDocParameterTags(parameter).some(({ isBracketed }) => isBracketed) &&
  !parameter.questionToken &&
  !parameter.initializer

/** What the language service would write, in one file. */
const annotations = (node: FunctionNode, file: FileContext): Change[] => {
  const { service, fileName } = openProgram(file.project, true)
  const name = fileName(file.unit.path)
  const at = startOf(nameOf(node), file)
  const fixes = service.getCodeFixesAtPosition(name, at, at, [MAY_BE_MOVED], ts.getDefaultFormatCodeSettings('\n'), {})
  const changes = fixes.flatMap((fix) => fix.changes)
  if (changes.some(({ fileName: other }) => other !== name)) return []
  return changes
    .flatMap(({ textChanges }) => textChanges)
    .map(({ span, newText }) => ({ start: span.start, end: span.start + span.length, text: newText }))
}

/** Where the language service looks for a function. */
const nameOf = (node: FunctionNode): ts.Node =>
  node.name ?? (ts.isVariableDeclaration(node.parent) ? (node.parameters[0]?.name ?? node.parent.name) : node)

const problemOf = (node: FunctionNode, { checker, twin }: Checked, file: FileContext): string | undefined => {
  if (node.parameters.some(callsItOptional)) return 'JSDoc calls a parameter optional that the function does not'
  const calls = callsOf(node, file.scopes)
  if (calls === undefined) return 'it may be called from elsewhere'
  const passed = calls.flatMap((call) => [...call.arguments])
  const isKnown = (argument: ts.Expression): boolean => {
    const same = twin(argument)
    return same !== undefined && !isSilent(checker.getTypeAtLocation(same))
  }
  return passed.every(isKnown) ? undefined : 'a call passes a value of unknown type'
}

const functionsOf = (file: ts.SourceFile): FunctionNode[] => {
  const found: FunctionNode[] = []
  walk(file, (node) => {
    if (isFunctionNode(node)) found.push(node)
  })
  return found
}

const isValue = (node: ts.Node): boolean =>
  (ts.isIdentifier(node) && !ts.isPartOfTypeNode(node)) ||
  ts.isPropertyAccessExpression(node) ||
  ts.isElementAccessExpression(node) ||
  ts.isCallExpression(node)

/** Whether the compiler knows the types of all that a function mentions. */
const isKnownInside = (node: FunctionNode, checker: ts.TypeChecker): boolean => {
  let known = true
  walk(node, (each) => {
    if (ts.isTypeNode(each)) return false
    if (isValue(each) && isSilent(checker.getTypeAtLocation(each))) known = false
    return known
  })
  return known
}

/** Those of the edits after which the compiler knows all that their function mentions; the others are refused. */
const knownInside = (found: readonly Found[], file: FileContext, findings: Findings): Found[] => {
  const { service, fileName } = programWith(file, withChanges(file, found))
  const program = service.getProgram()!
  const after = functionsOf(program.getSourceFile(fileName(file.unit.path))!)
  const before = functionsOf(file.file)
  return found.filter(({ at }) => {
    const isKnown = isKnownInside(after[before.indexOf(at as FunctionNode)]!, program.getTypeChecker())
    if (!isKnown) findings.refuse(at, 'it works with values of unknown type')
    return isKnown
  })
}

export const jsdocTypes: Recipe = {
  id: 'jsdoc-types',
  title: 'types in JSDoc to annotations',
  family: 'types',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'typescript') return
    const nodes = functionsOf(file.file).filter((node) => isPlainFunction(node) && lacksTypes(node))
    const checked = nodes.length > 0 ? checkedFile(file) : undefined
    if (checked === undefined || typeof checked === 'string') return
    const found: Found[] = []
    for (const node of nodes) {
      const problem = problemOf(node, checked, file)
      const changes = problem ? [] : annotations(node, file)
      if (problem) findings.refuse(node, problem)
      else if (changes.length > 0) {
        found.push({
          at: node,
          title: 'types that JSDoc gives become annotations',
          reason: 'they are the types that its comment names; the file compiles as before and declares the same',
          changes,
        })
      }
    }
    if (found.length > 0) reportTyped(knownInside(found, file, findings), file, findings)
  },
}

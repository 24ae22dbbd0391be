import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, removalProblem, sameCode, startOf, textOf } from '../engine/rewrite.ts'
import { callsOf, functionOf } from '../syntax/functions.ts'
import { meansTheSame } from '../syntax/names.ts'
import { statementsOf, walk, within } from '../syntax/nodes.ts'

/*
 * Proof obligation. Of two function declarations in one block with the same parameters and the same body, the second may
 * go, and its calls become calls of the first, when
 *  - every use of the second is a call: nobody compares it, reads its name, keeps properties on it or constructs it;
 *  - the first is never replaced, and its name means it at every call of the second;
 *  - both are hoisted to the same place, so the one is there whenever the other was, and their names in the body mean
 *    the same, for they stand in one scope; neither mentions itself.
 * Sloppy functions get the same `this` from the same kind of call.
 */

const LEAST = 40

const isCandidate = (node: ts.Statement): node is ts.FunctionDeclaration =>
  ts.isFunctionDeclaration(node) && node.name !== undefined && node.body !== undefined && !hasExport(node)

const hasExport = (node: ts.FunctionDeclaration): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false

/** Everything but the name and the comments. */
const isSameFunction = (one: ts.FunctionDeclaration, other: ts.FunctionDeclaration, file: FileContext): boolean => {
  const parts = (node: ts.FunctionDeclaration): ts.Node[] =>
    node.getChildren(file.file).filter((child) => child !== node.name && !ts.isJSDoc(child))
  const left = parts(one)
  const right = parts(other)
  return left.length === right.length && left.every((part, index) => sameCode(part, right[index]!, file))
}

const problemOf = (kept: ts.FunctionDeclaration, copy: ts.FunctionDeclaration, file: FileContext) => {
  const binding = file.scopes.declaredBy(kept.name!)
  const calls = callsOf(copy, file.scopes)
  if (!binding || functionOf(binding) !== kept) return `${kept.name!.text} may be replaced`
  if (!calls) return `${copy.name!.text} is used for more than calls`
  if (calls.some((call) => within(call, copy) || within(call, kept))) return 'one calls itself or the other'
  const names = calls.map((call) => call.expression)
  if (!names.every(ts.isIdentifier)) return 'a call is written in an unusual way'
  if (!names.every((name) => meansTheSame(binding.name, binding, name, file.scopes)))
    return `${binding.name} means something else at one of the calls`
  if (hasOwnComment(copy, file)) return 'it has a comment of its own'
  return removalProblem(copy, file)
}

const merge = (kept: ts.FunctionDeclaration, copy: ts.FunctionDeclaration, file: FileContext, findings: Findings) => {
  const problem = problemOf(kept, copy, file)
  if (problem) return findings.refuse(copy, problem)
  const calls = callsOf(copy, file.scopes)!
  findings.edit({
    at: copy,
    title: `${copy.name!.text} is the same as ${kept.name!.text} and goes`,
    reason: `the same code in the same scope, and each of its ${calls.length} uses is a call`,
    changes: [
      ...calls.map(({ expression }) => ({
        start: startOf(expression, file),
        end: expression.end,
        text: kept.name!.text,
      })),
      removalOf(copy, file),
    ],
    assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected'],
  })
}

export const dedupeFunctions: Recipe = {
  id: 'dedupe-functions',
  title: 'functions that stand twice in a file',
  family: 'structure',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.moduleKind === 'script') return
    walk(file.file, (node) => {
      if (ts.isBlock(node) && !ts.isFunctionDeclaration(node.parent) && !ts.isFunctionExpression(node.parent)) return
      const all = statementsOf(node)?.filter(isCandidate) ?? []
      const kept: ts.FunctionDeclaration[] = []
      for (const each of all) {
        const isLong = textOf(each.body!, file).length >= LEAST
        const first = isLong ? kept.find((other) => isSameFunction(other, each, file)) : undefined
        if (first) merge(first, each, file, findings)
        else kept.push(each)
      }
    })
  },
}

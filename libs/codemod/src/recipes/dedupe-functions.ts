import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, removalProblem, startOf } from '../engine/rewrite.ts'
import { callsOf, functionOf } from '../syntax/functions.ts'
import { meansTheSame } from '../syntax/names.ts'
import { statementsOf, walk, within } from '../syntax/nodes.ts'
import { isLongEnough, isNamedFunction, shapeOf, type NamedFunction } from './function-shapes.ts'
import { isExported } from './movable-code.ts'

/*
 * Proof obligation. Of two function declarations in one block with the same parameters and the same body, the second may
 * go, and its calls become calls of the first, when
 *  - every use of the second is a call: nobody compares it, reads its name, keeps properties on it or constructs it;
 *  - the first is never replaced, and its name means it at every call of the second;
 *  - both are hoisted to the same place, so the one is there whenever the other was, and their names in the body mean
 *    the same, for they stand in one scope; neither mentions itself.
 * Sloppy functions get the same `this` from the same kind of call.
 */

const problemOf = (kept: NamedFunction, copy: NamedFunction, file: FileContext) => {
  const binding = file.scopes.declaredBy(kept.name)
  const calls = callsOf(copy, file.scopes)
  if (!binding || functionOf(binding) !== kept) return `${kept.name.text} may be replaced`
  if (!calls) return `${copy.name.text} is used for more than calls`
  if (calls.some((call) => within(call, copy) || within(call, kept))) return 'one calls itself or the other'
  const names = calls.map((call) => call.expression)
  if (!names.every(ts.isIdentifier)) return 'a call is written in an unusual way'
  if (!names.every((name) => meansTheSame(binding.name, binding, name, file.scopes)))
    return `${binding.name} means something else at one of the calls`
  if (hasOwnComment(copy, file)) return 'it has a comment of its own'
  return removalProblem(copy, file)
}

const merge = (kept: NamedFunction, copy: NamedFunction, file: FileContext, findings: Findings) => {
  const problem = problemOf(kept, copy, file)
  if (problem) return findings.refuse(copy, problem)
  const calls = callsOf(copy, file.scopes)!
  findings.edit({
    at: copy,
    title: `${copy.name.text} is the same as ${kept.name.text} and goes`,
    reason: `the same code in the same scope, and each of its ${calls.length} uses is a call`,
    changes: [
      ...calls.map(({ expression }) => ({
        start: startOf(expression, file),
        end: expression.end,
        text: kept.name.text,
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
      const all = (statementsOf(node) ?? []).filter(
        (each): each is NamedFunction => isNamedFunction(each) && !isExported(each) && isLongEnough(each, file),
      )
      const kept = new Map<string, NamedFunction>()
      for (const each of all) {
        const shape = shapeOf(each, file)
        const first = kept.get(shape)
        if (first) merge(first, each, file, findings)
        else kept.set(shape, each)
      }
    })
  },
}

import ts from 'typescript'

import { contextOf } from '../engine/candidates.ts'
import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type FileChange, type FoundInFile } from '../engine/recipe.ts'
import { childToken, startOf } from '../engine/rewrite.ts'
import type { Project } from '../project.ts'
import { pathsInScope } from '../scope.ts'
import { callsOf, usesArguments } from '../syntax/functions.ts'
import { isFunctionNode, walk, type FunctionNode } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'
import type { Analysis, RefactorRequest } from '../types.ts'

/*
 * Proof obligation. `function f(a, b) {...}` may become `function f({ a, b }) {...}`, and `f(1, 2)` `f({ a: 1, b: 2 })`,
 * only when it is asked for and when
 *  - every use of the function is a call in sight, so that nobody reads its length or hands it on as a callback;
 *  - no call passes a spread, or more arguments than there are parameters; what is missing is undefined in both;
 *  - the parameters are plain names, all different, none of them `__proto__`; the function does not look at `arguments`
 *    and has no directive, which may not stand beside a pattern.
 * The arguments are evaluated in the same order. The object is new in every call, and nobody else sees it.
 */

/** Reads `parameters <function>`; undefined for other goals. */
export const parseParameters = (goal: string): string | undefined => /^parameters\s+(\S+)$/.exec(goal.trim())?.[1]

const nameOf = (node: FunctionNode): string | undefined => {
  if (ts.isFunctionDeclaration(node)) return node.name?.text
  const { parent } = node
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : undefined
}

const problemOf = (node: FunctionNode, calls: readonly ts.CallExpression[] | undefined): string | undefined => {
  const { parameters, body } = node
  const names = parameters.map(({ name }) => name.getText())
  if (!calls) return 'it is exported, handed on, or used in another way than by calls'
  if (parameters.length < 2) return 'it has fewer than two parameters'
  if (parameters.some((each) => !ts.isIdentifier(each.name) || each.initializer || each.dotDotDotToken || each.type))
    return 'a parameter is more than a name'
  if (new Set(names).size < names.length || names.includes('__proto__')) return 'its names do not fit into an object'
  if (usesArguments(node)) return 'it looks at its arguments'
  if (body && ts.isBlock(body) && directivesOf(body.statements).length > 0) return 'it has a directive of its own'
  if (calls.some((call) => call.arguments.some(ts.isSpreadElement))) return 'a call spreads its arguments'
  return calls.some((call) => call.arguments.length > parameters.length) ? 'a call passes more arguments' : undefined
}

const changesFor = (node: FunctionNode, calls: readonly ts.CallExpression[], file: FileContext): FileChange[] => {
  const { path } = file.unit
  const insert = (at: number, text: string): FileChange => ({ path, start: at, end: at, text })
  const first = node.parameters[0]!
  const last = node.parameters.at(-1)!
  const hasParentheses = childToken(node, ts.SyntaxKind.OpenParenToken, file) !== undefined
  const inCalls = calls.flatMap((call) => {
    const names = node.parameters.map(({ name }) => name.getText(file.file))
    const end = call.arguments.at(-1)?.end
    if (end === undefined) return [insert(call.end - 1, '{}')]
    const named = call.arguments.map((argument, index) => {
      const isSame = ts.isIdentifier(argument) && argument.text === names[index]
      return insert(startOf(argument, file), `${index === 0 ? '{ ' : ''}${isSame ? '' : `${names[index]}: `}`)
    })
    return [...named, insert(end, ' }')]
  })
  const [open, close] = hasParentheses ? ['{ ', ' }'] : ['({ ', ' })']
  return [insert(startOf(first, file), open), insert(last.end, close), ...inCalls]
}

/** The edit that gives a function one object for its parameters, or the reason why there is none. */
export const parameterCandidates = (project: Project, analysis: Analysis, request: RefactorRequest): FoundInFile => {
  const wanted = parseParameters(request.goal)
  const recipe = 'parameter-object'
  const found: { node: FunctionNode; file: FileContext }[] = []
  for (const path of pathsInScope(analysis, request)) {
    const file = contextOf(project, path)
    walk(file.file, (node) => {
      if (isFunctionNode(node) && nameOf(node) === wanted) found.push({ node, file })
    })
  }
  const [only, another] = found
  if (!only || another) {
    const reason = another
      ? `several functions are called ${wanted}`
      : `no file in scope declares the function ${wanted}`
    const path = only?.file.unit.path ?? 'package.json'
    return { candidates: [], refused: [{ recipe, path, line: 1, reason }] }
  }
  const { node, file } = only
  const { path, source, language } = file.unit
  const line = source.lineOf(startOf(node, file))
  const calls = callsOf(node, file.scopes)
  const problem = language === 'javascript' ? problemOf(node, calls) : 'it is TypeScript, whose types would change too'
  if (problem || !calls) return { candidates: [], refused: [{ recipe, path, line, reason: problem ?? 'not called' }] }
  const candidate = {
    recipe,
    path,
    line,
    title: `${wanted} takes one object`,
    reason: `all ${calls.length} uses are calls, which pass the same values in the same order`,
    changes: changesFor(node, calls, file),
    assumptions: [NO_SOURCE_TEXT],
    need: { ecmaVersion: 2015 },
  }
  return { candidates: [candidate], refused: [] }
}

import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'
import { soleDeclaration } from '../syntax/scopes.ts'
import type { FunctionMetrics, Smell } from '../types.ts'
import { CLONE_TOKENS, type Clone } from './duplication.ts'

/** Above these a reader loses the thread; the figures are those of the usual linters. */
const limits = { functionLines: 60, cyclomatic: 10, cognitive: 15, nesting: 4, parameters: 4, fileLines: 400 }

const functionSmells = (metrics: FunctionMetrics): Smell[] => {
  const { path, line, name } = metrics
  const over = (kind: Smell['kind'], measure: number, limit: number, what: string): Smell[] =>
    measure > limit ? [{ kind, path, line, measure, limit, message: `${name} ${what} (limit ${limit})` }] : []
  return [
    ...over('long-function', metrics.lines, limits.functionLines, `has ${metrics.lines} lines`),
    ...over(
      'complex-function',
      metrics.cognitive,
      limits.cognitive,
      `has a cognitive complexity of ${metrics.cognitive}`,
    ),
    ...(metrics.cognitive > limits.cognitive
      ? []
      : over(
          'complex-function',
          metrics.cyclomatic,
          limits.cyclomatic,
          `has a cyclomatic complexity of ${metrics.cyclomatic}`,
        )),
    ...over('deep-nesting', metrics.nesting, limits.nesting, `nests control flow ${metrics.nesting} deep`),
    ...over('long-parameter-list', metrics.parameters, limits.parameters, `takes ${metrics.parameters} parameters`),
  ]
}

const exits = (statement: ts.Statement): boolean =>
  ts.isReturnStatement(statement) || ts.isThrowStatement(statement) || ts.isBreakOrContinueStatement(statement)

const unitSmells = ({ path, file, source, scopes }: SourceUnit): Smell[] => {
  const smells: Smell[] = []
  const lineOf = (node: ts.Node): number => source.lineOf(node.getStart(file))
  const add = (kind: Smell['kind'], node: ts.Node, message: string): void => {
    smells.push({ kind, path, line: lineOf(node), measure: 1, limit: 0, message })
  }
  let functionScoped = 0
  let firstVar: ts.Node | undefined
  walk(file, (node) => {
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) {
      functionScoped += 1
      firstVar ??= node
    }
    if (ts.isIfStatement(node) && ts.isIfStatement(node.elseStatement ?? node.thenStatement)) {
      const repeated = repeatedCondition(node)
      if (repeated)
        add(
          'duplicate-condition',
          repeated,
          `the condition ${repeated.getText(file)} was tested before in the same chain`,
        )
    }
    const statements = statementsOf(node)
    const dead = statements?.find(
      (statement, index) => index > 0 && exits(statements[index - 1]!) && !ts.isFunctionDeclaration(statement),
    )
    if (dead) add('dead-code', dead, 'this statement can never run')
  })
  if (firstVar) {
    const message = `${functionScoped} declarations with var, visible in the whole function`
    smells.push({
      kind: 'function-scoped-variable',
      path,
      line: lineOf(firstVar),
      measure: functionScoped,
      limit: 0,
      message,
    })
  }
  for (const binding of scopes.bindings) {
    const sole = soleDeclaration(binding)
    if (!sole || !ts.isVariableDeclaration(sole.node) || sole.kind === 'catch' || binding.references.length > 0)
      continue
    if (binding.scope.dynamic || isExportedVariable(sole.node)) continue
    add('unused-variable', sole.identifier, `${binding.name} is never used`)
  }
  return smells
}

const isExportedVariable = (node: ts.VariableDeclaration): boolean => {
  const statement = node.parent.parent
  return ts.isVariableStatement(statement) && (statement.modifiers?.length ?? 0) > 0
}

const repeatedCondition = (start: ts.IfStatement): ts.Expression | undefined => {
  if (ts.isIfStatement(start.parent) && start.parent.elseStatement === start) return undefined
  const seen = new Set<string>()
  for (let at: ts.Statement | undefined = start; at && ts.isIfStatement(at); at = at.elseStatement) {
    const text = at.expression.getText()
    if (seen.has(text)) return at.expression
    seen.add(text)
  }
  return undefined
}

/** What makes the files hard to read, each with the measure that says so, in the order of path and line. */
export const findSmells = (
  units: readonly SourceUnit[],
  functions: readonly FunctionMetrics[],
  clones: readonly Clone[],
  linesOf: (path: string) => number,
): Smell[] => {
  const long = units.flatMap(({ path }): Smell[] => {
    const measure = linesOf(path)
    const message = `the file has ${measure} lines (limit ${limits.fileLines})`
    return measure > limits.fileLines
      ? [{ kind: 'long-file', path, line: 1, measure, limit: limits.fileLines, message }]
      : []
  })
  const copies = clones.map(({ path, line, endLine, otherPath, otherLine }): Smell => ({
    kind: 'duplicated-code',
    path,
    line,
    measure: endLine - line + 1,
    limit: 0,
    message: `lines ${line} to ${endLine} repeat ${CLONE_TOKENS} tokens or more of ${otherPath}:${otherLine}`,
  }))
  const smells = [...long, ...copies, ...functions.flatMap(functionSmells), ...units.flatMap(unitSmells)]
  return smells.sort((a, b) =>
    a.path === b.path ? a.line - b.line || (a.kind < b.kind ? -1 : 1) : a.path < b.path ? -1 : 1,
  )
}

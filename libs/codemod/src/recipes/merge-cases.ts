import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { sameCode, startOf } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. Two clauses of a switch that follow each other with the same statements, which always leave, may
 * share them: the first falls through to the second. The tests are asked in the same order, `default` included (it is
 * taken when none fits, wherever it stands). Nothing lexical may be declared in the statements that go: the clauses
 * share one scope, in which each name was declared twice then, or once and used.
 */

const declares = (node: ts.Statement): boolean =>
  ts.isVariableStatement(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)

const isSame = (one: ts.CaseOrDefaultClause, other: ts.CaseOrDefaultClause, file: FileContext): boolean =>
  one.statements.length === other.statements.length &&
  one.statements.every((statement, index) => sameCode(statement, other.statements[index]!, file))

const merge = (one: ts.CaseOrDefaultClause, other: ts.CaseOrDefaultClause, file: FileContext, findings: Findings) => {
  const [first] = one.statements
  const last = one.statements.at(-1)
  if (!first || !last || !neverCompletes(last) || !isSame(one, other, file)) return
  if (one.statements.some(declares)) return findings.refuse(one, 'the statements declare names')
  const colon = ts.isCaseClause(one) ? one.expression.end : startOf(one, file)
  const head = file.text.indexOf(':', colon) + 1
  if (file.hasComment(colon, startOf(other, file))) return findings.refuse(one, 'a comment stands inside')
  findings.edit({
    at: one,
    title: 'two cases with the same outcome share it',
    reason: 'the first falls through to the same statements',
    changes: [{ start: head, end: last.end, text: '' }],
  })
}

export const mergeCases: Recipe = {
  id: 'merge-cases',
  title: 'cases with the same outcome',
  family: 'simplify',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (!ts.isCaseBlock(node)) return
      node.clauses.forEach((clause, index) => {
        const next = node.clauses[index + 1]
        if (next) merge(clause, next, file, findings)
      })
    })
  },
}

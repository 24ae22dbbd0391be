import ts from 'typescript'

import { isFunctionNode } from './nodes.ts'

/** The directives at the start of a body: `'use strict'` and others like it. */
export const directivesOf = (statements: readonly ts.Statement[]): ts.ExpressionStatement[] => {
  const directives: ts.ExpressionStatement[] = []
  for (const statement of statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) break
    directives.push(statement)
  }
  return directives
}

const saysStrict = (statements: readonly ts.Statement[]): boolean =>
  directivesOf(statements).some(({ expression }) => /^.use strict.$/.test(expression.getText()))

/** Tells of every node of a file whether it is strict code. */
export const strictness = (file: ts.SourceFile, isModule: boolean): ((node: ts.Node) => boolean) => {
  if (isModule || saysStrict(file.statements)) return () => true
  return (node) => {
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
      if (ts.isClassLike(at)) return true
      if (isFunctionNode(at) && at.body && ts.isBlock(at.body) && saysStrict(at.body.statements)) return true
    }
    return false
  }
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'

/**
 * Where the words of a statement end. What closes it stays: a semicolon of its own, one at the start of the next line
 * that belongs to it in the eyes of the parser, or the end of its line.
 */
export const endOfWords = (statement: ts.ExpressionStatement | ts.VariableStatement): number =>
  ts.isVariableStatement(statement) ? statement.declarationList.end : statement.expression.end

/** Lines in the place of the words of a statement, which is closed already. */
export const unclosed = (lines: readonly string[]): string => lines.join('\n').replace(/;$/, '')

/** Whether a statement is closed on a line further down. */
export const isClosedBelow = (
  statement: ts.ExpressionStatement | ts.VariableStatement,
  { text }: FileContext,
): boolean => text.slice(endOfWords(statement), statement.end).includes('\n')

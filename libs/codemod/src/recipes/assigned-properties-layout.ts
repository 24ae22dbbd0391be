import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { hasOwnComment, indentOf, isOneLine, startOf, stepOf, textOf } from '../engine/rewrite.ts'

/** A variable that gets a new object. */
export interface Made {
  readonly name: ts.Identifier
  /** Where properties are added: a literal, or a call of Object.assign that gets one more. */
  readonly into: ts.ObjectLiteralExpression | ts.CallExpression
  /** Whether anything is copied between the values and the object. */
  readonly copies: boolean
}

/** What is set on it right afterwards. */
export interface Property {
  readonly statement: ts.Statement
  readonly name: string
  readonly value: ts.Expression
}

/** A sequence would be taken for two properties. */
const inList = (value: ts.Expression, file: FileContext): string => {
  const isSequence = ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.CommaToken
  return isSequence ? `(${textOf(value, file)})` : textOf(value, file)
}

const LONGEST = 80

/** The changes that add properties to a literal, in the way it is written; undefined where a line would get too long. */
const intoLiteral = (
  literal: ts.ObjectLiteralExpression,
  texts: readonly string[],
  file: FileContext,
): Change[] | undefined => {
  const start = startOf(literal, file)
  const last = literal.properties.at(-1)
  if (!last) return [{ start, end: literal.end, text: written(literal, texts, file) }]
  if (isOneLine(start, literal.end, file)) {
    const from = file.unit.source.lineStart(start)
    const added = `, ${texts.join(', ')}`
    if (literal.end - from + added.length > LONGEST || literal.properties.hasTrailingComma) return undefined
    return [{ start: last.end, end: last.end, text: added }]
  }
  const comma = literal.properties.hasTrailingComma ? ',' : ''
  const at = literal.properties.hasTrailingComma ? literal.properties.end : last.end
  const indent = indentOf(last, file)
  const lines = texts.map((text) => `${file.unit.source.newline}${indent}${text}`)
  return [{ start: at, end: at, text: `${comma ? '' : ','}${lines.join(',')}${comma}` }]
}

/** A new literal: on one line where it fits, else a property a line. */
const written = (at: ts.Node, texts: readonly string[], file: FileContext): string => {
  const line = `{ ${texts.join(', ')} }`
  const column = startOf(at, file) - file.unit.source.lineStart(startOf(at, file))
  if (texts.length < 4 && column + line.length < LONGEST) return line
  const { newline } = file.unit.source
  const indent = indentOf(at, file)
  return `{${newline}${texts.map((text) => `${indent}${stepOf(file)}${text}`).join(`,${newline}`)}${newline}${indent}}`
}

/** The changes that put properties where the object is made; undefined where it would have to be laid out anew. */
export const changesOf = ({ into }: Made, added: readonly Property[], file: FileContext): Change[] | undefined => {
  const texts = added.map(({ name, value }) => `${name}: ${inList(value, file)}`)
  if (ts.isObjectLiteralExpression(into)) return intoLiteral(into, texts, file)
  const last = into.arguments.at(-1)!
  if (into.arguments.hasTrailingComma || !isOneLine(startOf(into, file), into.end, file)) return undefined
  return [{ start: last.end, end: last.end, text: `, ${written(last, texts, file)}` }]
}

/** Why statements cannot go without taking something with them. */
export const layoutProblem = (
  first: ts.Statement,
  added: readonly Property[],
  file: FileContext,
): string | undefined => {
  const last = added.at(-1)!.statement
  if (file.hasComment(first.end, startOf(last, file)) || file.hasComment(startOf(first, file), first.end))
    return 'a comment stands between'
  if (
    hasOwnComment(last, file) ||
    added.some(({ statement }) => file.hasComment(startOf(statement, file), statement.end))
  )
    return 'a comment stands in an assignment'
  if (added.some(({ value }) => !isOneLine(startOf(value, file), value.end, file)))
    return 'a value runs over several lines'
  const isOpen = file.text[first.end - 1] !== ';' && /^\s*[([`/+*.,-]/.test(file.text.slice(last.end))
  return isOpen ? 'the statement would run on into the next' : undefined
}

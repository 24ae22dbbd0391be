import ts from 'typescript'

import type { FileChange } from '../engine/recipe.ts'
import { parseJson, propertyName } from './eslint-config.ts'

/** The object that a JSON file holds, as an expression. */
export const rootObject = (path: string, text: string): ts.ObjectLiteralExpression | undefined => {
  const [statement] = parseJson(path, text).statements
  const expression = statement && ts.isExpressionStatement(statement) ? statement.expression : undefined
  return expression && ts.isObjectLiteralExpression(expression) ? expression : undefined
}

export const memberOf = (object: ts.ObjectLiteralExpression, name: string): ts.PropertyAssignment | undefined =>
  object.properties.find(
    (each): each is ts.PropertyAssignment => ts.isPropertyAssignment(each) && propertyName(each) === name,
  )

/** Writes a member before another one, or at the end of an object, in the manner of its neighbours. */
export const insertMember = (
  path: string,
  text: string,
  object: ts.ObjectLiteralExpression,
  member: string,
  place: 'last' | ts.PropertyAssignment,
): FileChange => {
  const [first] = object.properties
  const end = object.properties.at(-1)
  if (first === undefined || end === undefined) {
    const at = object.end - 1
    return { path, start: at, end: at, text: ` ${member} ` }
  }
  const lead = /\n([ \t]*)$/.exec(text.slice(0, first.getStart()))?.[0] ?? ' '
  if (place === 'last') return { path, start: end.end, end: end.end, text: `,${lead}${member}` }
  return { path, start: place.getStart(), end: place.getStart(), text: `${member},${lead}` }
}

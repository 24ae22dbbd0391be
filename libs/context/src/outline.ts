import { isSourcePath } from '@iama/codemod'
import ts from 'typescript'

import type { LineRange } from './types.ts'

export interface Excerpt {
  readonly text: string
  readonly lines: LineRange
}

/** What of a file matters most: these declarations and these lines are kept whole. */
export interface Wanted {
  readonly symbols: ReadonlySet<string>
  readonly lines: ReadonlySet<number>
}

const AROUND_LINE = 15
const SHORT_STATEMENT = 4

/** The text of some lines, with a mark for each gap: nothing is missing without a word. */
export const excerpt = (text: string, kept: ReadonlySet<number>): Excerpt => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const of = lines.length
  const shown = [...kept].filter((line) => line >= 1 && line <= of).sort((one, other) => one - other)
  const result = [`[${shown.length} of the ${of} lines of this file; every gap is marked]`]
  let next = 1
  const gap = (to: number): void => {
    if (next < to) result.push(`[lines ${next}-${to} are left out]`)
    if (next === to) result.push(`[line ${to} is left out]`)
  }
  for (const line of shown) {
    gap(line - 1)
    result.push(lines[line - 1]!)
    next = line + 1
  }
  gap(of)
  return { text: `${result.join('\n')}\n`, lines: { from: shown[0] ?? 1, to: shown.at(-1) ?? 1, of } }
}

const nameOf = (node: ts.Node): string | undefined => {
  const name = (node as { name?: ts.Node }).name
  if (name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteral(name)))
    return name.text.replace(/^#/, '')
  if (!ts.isVariableStatement(node)) return undefined
  const first = node.declarationList.declarations[0]?.name
  return first && ts.isIdentifier(first) ? first.text : undefined
}

/** The body of a declaration that an outline can do without. */
const bodyOf = (node: ts.Node): ts.Node | undefined => {
  if (ts.isFunctionLike(node)) return (node as { body?: ts.Node }).body
  if (ts.isVariableStatement(node)) {
    const value = node.declarationList.declarations[0]?.initializer
    return value && ts.isFunctionLike(value) ? bodyOf(value) : value
  }
  return ts.isPropertyDeclaration(node) ? node.initializer : undefined
}

/** Lines of the outline: imports, the heads of declarations and members, and whole what is wanted. */
export const outlineLines = (path: string, text: string, { symbols, lines }: Wanted): Set<number> => {
  const kept = new Set<number>()
  for (const line of lines) for (let at = line - AROUND_LINE; at <= line + AROUND_LINE; at += 1) kept.add(at)
  if (!isSourcePath(path)) return kept
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1
  const keep = (from: number, to: number): void => {
    for (let at = from; at <= to; at += 1) kept.add(at)
  }
  const visit = (node: ts.Node): void => {
    const first = lineOf(node.getStart(file))
    const last = lineOf(node.end)
    const name = nameOf(node)
    if ((name !== undefined && symbols.has(name)) || last - first < SHORT_STATEMENT) return keep(first, last)
    if (ts.isClassDeclaration(node) || ts.isClassExpression(node)) {
      keep(first, first)
      return node.members.forEach(visit)
    }
    const body = bodyOf(node)
    keep(first, body === undefined ? first : Math.min(lineOf(body.getStart(file)), first + SHORT_STATEMENT))
  }
  file.statements.forEach(visit)
  return kept
}

/** Lines of what is wanted alone. */
export const wantedLines = (path: string, text: string, wanted: Wanted): Set<number> => {
  const kept = new Set<number>()
  for (const line of wanted.lines) for (let at = line - AROUND_LINE; at <= line + AROUND_LINE; at += 1) kept.add(at)
  if (wanted.symbols.size === 0 || !isSourcePath(path)) return kept
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1
  const visit = (node: ts.Node): void => {
    const name = nameOf(node)
    if (name === undefined || !wanted.symbols.has(name)) return ts.forEachChild(node, visit)
    for (let at = lineOf(node.getStart(file)); at <= lineOf(node.end); at += 1) kept.add(at)
  }
  visit(file)
  return kept
}

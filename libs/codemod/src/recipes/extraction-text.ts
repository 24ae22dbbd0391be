import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { indentOf, semicolonIn, startOf, stepOf } from '../engine/rewrite.ts'
import type { Region } from '../syntax/data-flow.ts'
import { walk } from '../syntax/nodes.ts'
import type { Signature } from './extraction-types.ts'

/** Line starts inside of literals, which are text and not layout. */
const literalLines = (statements: readonly ts.Statement[], file: FileContext): Set<number> => {
  const lines = new Set<number>()
  for (const statement of statements) {
    walk(statement, (node) => {
      if (!ts.isTemplateLiteral(node) && !ts.isStringLiteral(node) && !ts.isJsxText(node)) return
      const from = file.unit.source.lineOf(startOf(node, file))
      const to = file.unit.source.lineOf(node.end)
      for (let line = from + 1; line <= to; line++) lines.add(line)
    })
  }
  return lines
}

/** The text of some statements with their comments, moved to another indentation. */
const movedText = (start: number, end: number, from: string, to: string, region: Region, file: FileContext): string => {
  const kept = literalLines(region.statements, file)
  const first = file.unit.source.lineOf(start)
  return file.text
    .slice(start, end)
    .split('\n')
    .map((line, index) => {
      if (index === 0) return to + line
      return !kept.has(first + index) && line.startsWith(from) ? to + line.slice(from.length) : line
    })
    .join('\n')
}

const keywordFor = (region: Region): string => {
  const { node } = region.output!.declarations[0]!
  const list = node.parent as ts.VariableDeclarationList
  if ((list.flags & ts.NodeFlags.BlockScoped) === 0) return 'var'
  const end = region.statements.at(-1)!.end
  const isWrittenLater = region.output!.references.some(({ write, identifier }) => write && identifier.pos >= end)
  return isWrittenLater ? 'let' : 'const'
}

const callText = (region: Region, name: string, semicolon: string): string => {
  const call = `${name}(${region.inputs.map((input) => input.name).join(', ')})${semicolon}`
  if (region.returns) return `return ${call}`
  if (!region.output) return call
  const target = region.declaresOutput ? `${keywordFor(region)} ${region.output.name}` : region.output.name
  return `${target} = ${call}`
}

/** What the region writes before it reads, and does not declare, needs a declaration in its new home. */
const localDeclarations = ({ locals }: Region, step: string, semicolon: string): string =>
  locals
    .map(
      ({ name, declarations }) =>
        `${step}${declarations.some(({ kind }) => kind === 'let') ? 'let' : 'var'} ${name}${semicolon}\n`,
    )
    .join('')

/** Call and function: what replaces the statements, and what is written after the top-level statement around them. */
export const extractionText = (
  region: Region,
  name: string,
  signature: Signature | undefined,
  after: ts.Statement,
  file: FileContext,
): Change[] => {
  const first = region.statements[0]!
  const last = region.statements.at(-1)!
  const [comment] = ts.getLeadingCommentRanges(file.text, first.pos) ?? []
  const ownLine = comment && file.unit.source.lineOf(comment.pos) > file.unit.source.lineOf(first.pos)
  const start = ownLine ? comment.pos : startOf(first, file)
  const step = stepOf(file)
  const semicolon = semicolonIn(file)
  const body = movedText(start, last.end, indentOf(first, file), step, region, file)
  const parameters = signature ? signature.parameters : region.inputs.map((input) => input.name)
  const result = signature?.result ? `: ${signature.result}` : ''
  const giveBack = region.output ? `\n${step}return ${region.output.name}${semicolon}` : ''
  const local = localDeclarations(region, step, semicolon)
  const text = `\n\nfunction ${name}(${parameters.join(', ')})${result} {\n${local}${body}${giveBack}\n}`
  const behind = ts.getTrailingCommentRanges(file.text, after.end)?.at(-1)?.end ?? after.end
  return [
    { start, end: last.end, text: callText(region, name, semicolon) },
    { start: behind, end: behind, text, shared: true },
  ]
}

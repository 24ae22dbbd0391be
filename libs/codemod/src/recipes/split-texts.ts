import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { semicolonIn, startOf, stepOf } from '../engine/rewrite.ts'
import { within } from '../syntax/nodes.ts'
import { withBlankLine } from './movable-code.ts'
import type { Group } from './split-groups.ts'
import type { Part } from './split-parts.ts'
import { clauseWith } from './unused-imports.ts'

/** Statements that import or pass on what a group holds. */
export interface Passed {
  readonly imports: readonly string[]
  readonly exports: readonly string[]
}

/** What a new file begins with where the old one does: the notice of its licence. */
export const licenceOf = ({ text, file }: FileContext): string => {
  const first = file.statements[0]?.getStart(file) ?? text.length
  const [notice] = ts.getLeadingCommentRanges(text, 0) ?? []
  if (!notice || notice.end > first) return ''
  const all = /^(\/\/[^\n]*\r?\n?)+|^\/\*[\s\S]*?\*\//.exec(text.slice(notice.pos))?.[0].trimEnd() ?? ''
  return /licen[sc]e|copyright|SPDX/i.test(all) ? `${all}\n\n` : ''
}

export const quoteIn = ({ text, file }: FileContext): string => {
  let quote: string | undefined
  const visit = (node: ts.Node): void => {
    if (quote) return
    if (ts.isStringLiteral(node) && !ts.isJsxAttribute(node.parent)) quote = text[node.getStart(file)]
    else ts.forEachChild(node, visit)
  }
  visit(file)
  return quote ?? "'"
}

/** A list of names in braces, on one line as long as no line of the file is longer. */
export const braced = (head: string, names: readonly string[], tail: string, file: FileContext): string => {
  const line = `${head} { ${names.join(', ')} }${tail}`
  const widest = Math.max(80, ...file.text.split(/\r?\n/).map(({ length }) => length))
  if (line.length <= Math.min(widest, 120)) return line
  const comma = /,\s*\n\s*[}\])]/.test(file.text) ? ',' : ''
  const step = stepOf(file)
  return `${head} {\n${names.map((name) => step + name).join(',\n')}${comma}\n}${tail}`
}

const usesInline = ({ file }: FileContext): boolean =>
  file.statements.some(
    (each) =>
      ts.isImportDeclaration(each) &&
      each.importClause?.namedBindings &&
      ts.isNamedImports(each.importClause.namedBindings) &&
      each.importClause.namedBindings.elements.some(({ isTypeOnly }) => isTypeOnly),
  )

/** How the old file takes back what it needs, and passes on what it exported. */
export const passing = ({ parts, wanted }: Group, specifier: string, file: FileContext): Passed => {
  const quote = quoteIn(file)
  const from = ` from ${quote}${specifier}${quote}${semicolonIn(file)}`
  const isMoved = (node: ts.Node): boolean => parts.some(({ statement }) => within(node, statement))
  const isTypeHere = ({ kind, binding }: Part): boolean =>
    kind === 'type' ||
    (file.unit.language === 'typescript' &&
      binding.references.every(({ identifier, typeOnly }) => typeOnly || isMoved(identifier)))
  const values = wanted.filter((part) => !isTypeHere(part)).map(({ name }) => name)
  const types = wanted.filter(isTypeHere).map(({ name }) => name)
  const isTogether = values.length > 0 && types.length > 0 && usesInline(file)
  const imports = isTogether
    ? [braced('import', [...values, ...types.map((name) => `type ${name}`)], from, file)]
    : [
        ...(values.length > 0 ? [braced('import', values, from, file)] : []),
        ...(types.length > 0 ? [braced('import type', types, from, file)] : []),
      ]
  const passedOn = parts.filter(({ isExported }) => isExported)
  const names = (isType: boolean): string[] =>
    passedOn.filter(({ kind }) => (kind === 'type') === isType).map(({ name }) => name)
  return {
    imports,
    exports: [
      ...(names(false).length > 0 ? [braced('export', names(false), from, file)] : []),
      ...(names(true).length > 0 ? [braced('export type', names(true), from, file)] : []),
    ],
  }
}

/** The imports that a group needs, each as the file has it, with the names that it needs. */
export const importsFor = (
  imports: readonly (readonly [node: ts.ImportDeclaration, names: ReadonlySet<ts.Identifier>, all: boolean])[],
  file: FileContext,
): string[] =>
  imports.map(([node, names, all]) => {
    if (all) return file.text.slice(startOf(node, file), node.end)
    const kept = new Set<ts.Node>([...names].map((name) => (ts.isImportClause(name.parent) ? name : name.parent)))
    const clause = clauseWith(node.importClause!, kept, file)
    const word = node.importClause!.isTypeOnly ? 'import type' : 'import'
    return `${word} ${clause} from ${file.text.slice(startOf(node.moduleSpecifier, file), node.end)}`
  })

/** Parts that stand together without anything but white space between them. */
const runsOf = (parts: readonly Part[], text: string): Part[][] => {
  const runs: Part[][] = []
  for (const part of parts) {
    const last = runs.at(-1)?.at(-1)
    if (last && text.slice(last.end, part.start).trim() === '' && last.end <= part.start) runs.at(-1)!.push(part)
    else runs.push([part])
  }
  return runs
}

/** What moves, as it stands in the old file; what is wanted there is given a word where it has none. */
export const movedCode = ({ parts, wanted }: Group, word: string, file: FileContext): string => {
  const codeOf = (part: Part, end: number): string => {
    const start = startOf(part.statement, file)
    const needsWord = wanted.includes(part) && !part.isExported
    return `${file.text.slice(part.start, start)}${needsWord ? word : ''}${file.text.slice(start, end)}`
  }
  return runsOf(parts, file.text)
    .map((run) => run.map((part, at) => codeOf(part, run[at + 1]?.start ?? part.end)).join(''))
    .map((code) => code.replace(/^(\s*\n)+/, '').trimEnd())
    .join('\n\n')
}

/** The text of a new ES module. */
export const newText = (group: Group, imports: readonly string[], file: FileContext): string =>
  `${licenceOf(file)}${imports.length > 0 ? `${imports.join('\n')}\n\n` : ''}${movedCode(group, 'export ', file)}\n`

/** What leaves the old file. */
export const removals = ({ parts }: Group, { text }: FileContext): Change[] =>
  runsOf(parts, text).map((run) => ({
    ...withBlankLine({ start: run[0]!.start, end: run.at(-1)!.end }, text),
    text: '',
  }))

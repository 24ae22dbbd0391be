import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { startOf, startsLine } from '../engine/rewrite.ts'
import { contains } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { looksAtItsPlace, startWithComments } from './movable-code.ts'
import { isQuietClass, quietValue } from './quiet-code.ts'
import { touchedEarly, usesOf } from './split-reach.ts'

/** A declaration at the top of a file, and whether it could stand in another. */
export interface Part {
  readonly statement: ts.Statement
  readonly name: string
  readonly binding: Binding
  readonly kind: 'function' | 'constant' | 'class' | 'type'
  /** Whole lines, comments included. */
  readonly start: number
  readonly end: number
  /** Lines of code. */
  readonly code: number
  /** By the word before it. */
  readonly isExported: boolean
  /** Whether it is a value that the file gives to others, by whatever words. */
  readonly isPassedOn: boolean
  /** Whether its value is made without effect only while the engine's own functions are what they were. */
  readonly isTrusting: boolean
  /** What it takes from the top of the file, imports included. */
  readonly uses: ReadonlySet<Binding>
  /** Why it has to stay. */
  readonly problem: string | undefined
}

const modifiersOf = (node: ts.Statement): readonly ts.SyntaxKind[] =>
  (ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []).map(({ kind }) => kind)

const isFunction = (node: ts.Expression | undefined): boolean =>
  node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node))

/** @param isModule whether it stands in an ES module: a `var` that is never written again is a constant elsewhere */
const declared = (node: ts.Statement, isModule: boolean): { name: ts.Identifier; kind: Part['kind'] } | undefined => {
  if (ts.isFunctionDeclaration(node)) return node.name && node.body && { name: node.name, kind: 'function' }
  if (ts.isClassDeclaration(node)) return node.name && { name: node.name, kind: 'class' }
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return { name: node.name, kind: 'type' }
  if (!ts.isVariableStatement(node)) return undefined
  if (isModule && !(node.declarationList.flags & ts.NodeFlags.Const)) return undefined
  const [sole, more] = node.declarationList.declarations
  if (!sole || more || !ts.isIdentifier(sole.name)) return undefined
  return { name: sole.name, kind: isFunction(sole.initializer) ? 'function' : 'constant' }
}

/** Lines with code on them, by 0-based number: no blank ones, no comments. */
export const codeLines = ({ file }: FileContext): ReadonlySet<number> => {
  const lines = new Set<number>()
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file)
    if (children.length > 0) return children.forEach(visit)
    if (node.end === node.getStart(file) || ts.isJSDoc(node)) return
    const last = file.getLineAndCharacterOfPosition(node.end).line
    for (let at = file.getLineAndCharacterOfPosition(node.getStart(file)).line; at <= last; at++) lines.add(at)
  }
  visit(file)
  return lines
}

/** The end of the whole lines of a statement, a comment behind it included; undefined where others share them. */
export const endOfLines = (node: ts.Statement, { text }: FileContext): number | undefined => {
  const rest = /^[ \t]*(\/\/[^\n]*|\/\*[^\n]*?\*\/[ \t]*)?(\r?\n|$)/.exec(text.slice(node.end))
  return rest ? node.end + rest[0].length : undefined
}

/** Comments that tell a tool something about the lines around them. */
const instructions =
  /^\s*(\/\/|\/?\*+)\s*((eslint|prettier|biome|jshint|jslint|tslint|oxlint|istanbul|c8|v8|jest|vitest|stryker)[- :]|@ts-|@flow|@jsx|NOSONAR|#(end)?region)|@(typedef|callback|import|overload)\b/im

const comments = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g

/** Names of types that comments declare for the whole file. */
const describedTypes = (text: string): string[] =>
  [...text.matchAll(/@(?:typedef|callback)\s+(?:\{[^\n]*\}\s+)?([\w$]+)/g)].map(([, name]) => name!)

const textProblem = (text: string, types: readonly string[]): string | undefined => {
  const said = text.match(comments)?.join('\n') ?? ''
  if (instructions.test(said)) return 'a comment tells a tool how to take this place'
  const type = types.find((name) => said.includes(name))
  return type === undefined ? undefined : `a comment uses ${type}, a type that a comment of its file declares`
}

const isJsx = (node: ts.Node): boolean => ts.isJsxOpeningLikeElement(node) || ts.isJsxFragment(node)

/** What follows must not run on from what comes before, nor become a directive. */
const nextProblem = (node: ts.Statement, file: FileContext): string | undefined => {
  const { statements } = file.file
  const next = statements[statements.indexOf(node) + 1]
  if (!next) return undefined
  const isText = ts.isExpressionStatement(next) && ts.isStringLiteral(next.expression)
  return isText || /^[([`/+*.,-]/.test(file.text.slice(startOf(next, file)))
    ? 'what stands behind it would run on from what stands before it'
    : undefined
}

const valueProblem = (node: ts.Statement, { scopes }: FileContext): string | undefined => {
  if (ts.isClassDeclaration(node) && !isQuietClass(node, scopes)) return 'its class runs code where it is declared'
  const value = ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : undefined
  return value && quietValue(value, scopes) === undefined ? 'its value is computed where it stands' : undefined
}

const isTrusting = (node: ts.Statement, { scopes }: FileContext): boolean => {
  const value = ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : undefined
  return value !== undefined && quietValue(value, scopes) === 'trusting'
}

const isInList = ({ references }: Binding): boolean =>
  references.some(({ identifier }) => ts.isExportSpecifier(identifier.parent))

const problemOf = (
  node: ts.Statement,
  { binding, kind }: Pick<Part, 'binding' | 'kind'>,
  text: string,
  types: readonly string[],
  file: FileContext,
): string | undefined => {
  const words = modifiersOf(node)
  if (words.includes(ts.SyntaxKind.DefaultKeyword)) return 'it is the default export'
  if (words.includes(ts.SyntaxKind.DeclareKeyword)) return 'it is only described to the compiler'
  if (binding.declarations.length > 1) return 'it is declared more than once'
  if (binding.references.some(({ write }) => write)) return 'it is written again'
  if (contains(node, looksAtItsPlace)) return 'it looks at where it stands'
  if (contains(node, isJsx)) return 'it holds JSX, whose factory is not named'
  const isListed = kind === 'type' && isInList(binding)
  return (
    (isListed ? 'it is a type in a list of exports' : undefined) ??
    valueProblem(node, file) ??
    textProblem(text, types) ??
    nextProblem(node, file)
  )
}

/** The declarations at the top of a file in their order. */
export const partsOf = (file: FileContext, code: ReadonlySet<number>): Part[] => {
  const uses = usesOf(file)
  const isTouchedEarly = touchedEarly(file, uses)
  const types = describedTypes(file.text)
  const lineAt = (position: number): number => file.file.getLineAndCharacterOfPosition(position).line
  return file.file.statements.flatMap((statement): Part[] => {
    const found = declared(statement, file.unit.moduleKind === 'esm')
    const binding = found && file.scopes.declaredBy(found.name)
    if (!found || !binding) return []
    const { kind } = found
    const start = startWithComments(statement, file)
    const end = endOfLines(statement, file)
    const first = startOf(statement, file)
    // a comment at the top may be the file's
    const isTop = /^(#!.*)?\s*$/.test(file.text.slice(0, start)) && start < first
    const early = kind !== 'type' && !ts.isFunctionDeclaration(statement) && isTouchedEarly(binding, statement)
    const problem =
      end === undefined || !startsLine(statement, file)
        ? 'it shares its lines with others'
        : isTop
          ? 'the comment above it may be about the file'
          : early
            ? 'code that runs before its declaration may use it'
            : problemOf(statement, { binding, kind }, file.text.slice(start, end), types, file)
    let lines = 0
    for (let at = lineAt(first); at <= lineAt(statement.end); at++) if (code.has(at)) lines += 1
    const isExported = modifiersOf(statement).includes(ts.SyntaxKind.ExportKeyword)
    return [
      {
        ...{ statement, name: found.name.text, binding, kind, start, end: end ?? statement.end, code: lines },
        ...{ isExported, isPassedOn: kind !== 'type' && (isExported || isInList(binding)) },
        ...{ isTrusting: isTrusting(statement, file), uses: uses.get(binding)!, problem },
      },
    ]
  })
}

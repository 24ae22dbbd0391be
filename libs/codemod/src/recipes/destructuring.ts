import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_PROXIES, type Change, type Findings, type Recipe } from '../engine/recipe.ts'
import { removalOf, startOf } from '../engine/rewrite.ts'
import { isConstant } from '../syntax/names.ts'
import { statementsOf, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. `const a = o.a, b = o.b` may become `const { a, b } = o` when the reads follow each other: the
 * pattern reads the same properties in the same order, getters included, and null or undefined throw a TypeError in
 * both. `o` must be the same value in all reads whatever a getter does: `this`, or a variable that is written nowhere
 * but where it is declared. None of the names may be `o` itself. Statements are joined only when they declare in the
 * same way, and share the word that declares.
 */

interface Read {
  readonly declaration: ts.VariableDeclaration
  readonly source: string
  readonly written: string
}

const readIn = (declaration: ts.VariableDeclaration): Read | undefined => {
  const { name, initializer, type } = declaration
  if (!ts.isIdentifier(name) || type || !initializer || !ts.isPropertyAccessExpression(initializer)) return undefined
  const { expression: source, name: property, questionDotToken } = initializer
  if (questionDotToken || !ts.isIdentifier(property)) return undefined
  if (!ts.isIdentifier(source) && source.kind !== ts.SyntaxKind.ThisKeyword) return undefined
  const written = property.text === name.text ? name.text : `${property.text}: ${name.text}`
  return { declaration, source: source.getText(), written }
}

const problemOf = (run: readonly Read[], file: FileContext): string | undefined => {
  const [first] = run
  const source = (first!.declaration.initializer as ts.PropertyAccessExpression).expression
  if (!ts.isIdentifier(source)) return undefined
  const binding = file.scopes.bindingOf(source)
  if (!binding) return `${source.text} is no variable of this file`
  if (run.some(({ declaration }) => declaration.name.getText() === source.text)) return 'a name hides the object itself'
  if (binding.declarations.some(({ kind }) => kind === 'import')) return 'an imported name may change in between'
  return isConstant(binding) ? undefined : `${source.text} is written in another place`
}

const convert = (run: readonly Read[], changes: readonly Change[], file: FileContext, findings: Findings): void => {
  const [first] = run
  const problem = problemOf(run, file)
  if (problem) return findings.refuse(first!.declaration, problem)
  const start = startOf(first!.declaration.parent, file)
  if (file.hasComment(start, run.at(-1)!.declaration.end))
    return findings.refuse(first!.declaration, 'a comment stands between')
  findings.edit({
    at: first!.declaration,
    title: `${run.length} reads of ${first!.source} become one pattern`,
    reason: 'the pattern reads the same properties in the same order',
    changes,
    assumptions: [NO_PROXIES],
  })
}

const patternOf = (run: readonly Read[]): string =>
  `{ ${run.map(({ written }) => written).join(', ')} } = ${run[0]!.source}`

/** Runs of reads of one object, as long as they follow each other. */
const runsOf = <T>(
  items: readonly T[],
  readOf: (item: T) => Read | undefined,
  isJoined: (one: T, other: T) => boolean,
) => {
  const runs: { read: Read; item: T }[][] = []
  let run: { read: Read; item: T }[] = []
  for (const item of items) {
    const read = readOf(item)
    const last = run.at(-1)
    if (read && last && last.read.source === read.source && isJoined(last.item, item)) run.push({ read, item })
    else {
      if (run.length > 1) runs.push(run)
      run = read ? [{ read, item }] : []
    }
  }
  return run.length > 1 ? [...runs, run] : runs
}

const inList = (list: ts.VariableDeclarationList, file: FileContext, findings: Findings): void => {
  for (const run of runsOf(list.declarations, readIn, () => true)) {
    const reads = run.map(({ read }) => read)
    const start = startOf(reads[0]!.declaration, file)
    convert(reads, [{ start, end: reads.at(-1)!.declaration.end, text: patternOf(reads) }], file, findings)
  }
}

const singleRead = (statement: ts.Statement): Read | undefined => {
  if (!ts.isVariableStatement(statement) || statement.modifiers?.length) return undefined
  const { declarations } = statement.declarationList
  return declarations.length === 1 ? readIn(declarations[0]!) : undefined
}

const kindOf = (statement: ts.Statement): number =>
  (statement as ts.VariableStatement).declarationList.flags & ts.NodeFlags.BlockScoped

/** Statements with a read each; the word stays in the edit, since what it may become depends on all the names. */
const inStatements = (statements: readonly ts.Statement[], file: FileContext, findings: Findings): void => {
  for (const run of runsOf(statements, singleRead, (one, other) => kindOf(one) === kindOf(other))) {
    const reads = run.map(({ read }) => read)
    const list = reads[0]!.declaration.parent as ts.VariableDeclarationList
    const start = startOf(list, file)
    const word = /^\w+/.exec(file.text.slice(start))![0]
    const text = `${word} ${patternOf(reads)}`
    const rest = removalOf(run[1]!.item, file)
    const end = removalOf(run.at(-1)!.item, file).end
    convert(
      reads,
      [
        { start, end: reads[0]!.declaration.end, text },
        { start: rest.start, end, text: '' },
      ],
      file,
      findings,
    )
  }
}

export const destructuring: Recipe = {
  id: 'destructuring',
  title: 'reads of one object to a pattern',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isVariableDeclarationList(node) && ts.isVariableStatement(node.parent)) inList(node, file, findings)
      const statements = statementsOf(node)
      if (statements) inStatements(statements, file, findings)
    })
  },
}

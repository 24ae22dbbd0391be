import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { childToken, hasOwnComment, removalOf, semicolonIn, startOf } from '../engine/rewrite.ts'
import { bare } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'
import { isNameless, isReachable, nameOfValue, type ExportedMember, type ModuleExports } from './es-module-exports.ts'
import { FreshNames, importsFor, wordsFor, type Imports } from './es-module-imports.ts'
import { endOfWords, isClosedBelow, unclosed } from './es-module-layout.ts'
import type { FilePlan, PackagePlans } from './es-module-plan.ts'
import type { ModuleProblem } from './es-module-problem.ts'
import { withBlankLine } from './movable-code.ts'
import { endOfLines } from './split-parts.ts'
import { braced, quoteIn } from './split-texts.ts'

type ValueExports = Extract<ModuleExports, { kind: 'value' }>

/** How a file is written anew. */
interface Writing {
  readonly file: FileContext
  readonly imports: Imports
  readonly names: FreshNames
  /** Whether its value has to stay what `require` gives. */
  readonly isAsked: boolean
  /** Whether somebody takes its value as a whole. */
  readonly isWhole: boolean
}

const pair = (local: string, exported: string): string => (local === exported ? local : `${local} as ${exported}`)

/** `export { a, api as default, api as 'module.exports' }`. */
const exportLine = (pairs: readonly string[], file: FileContext): string =>
  pairs.length === 0 ? `export {}${semicolonIn(file)}` : braced('export', pairs, semicolonIn(file), file)

const wholePairs = (name: string, { file, isAsked }: Writing): string[] => {
  const quote = quoteIn(file)
  return [`${name} as default`, ...(isAsked ? [`${name} as ${quote}module.exports${quote}`] : [])]
}

/** A line of its own behind a statement. */
const behind = (statement: ts.Statement, lines: readonly string[], file: FileContext): Change => {
  if (ts.isExpressionStatement(statement) && isClosedBelow(statement, file)) {
    const at = endOfWords(statement)
    return { start: at, end: at, text: lines.map((each) => `\n${each}`).join('') }
  }
  const end = endOfLines(statement, file) ?? statement.end
  const isLine = file.text[end - 1] === '\n'
  const text = lines.map((each) => (isLine ? `${each}\n` : `\n${each}`)).join('')
  return { start: end, end, text }
}

const head = (statement: ts.Statement, value: ts.Node, text: string, file: FileContext): Change => ({
  start: startOf(statement, file),
  end: startOf(value, file),
  text,
})

const requestedName = (value: ts.Expression, { imports }: Writing): string | undefined =>
  [...imports.inside].find(([{ call }]) => call === bare(value))?.[1]

/** Where the name of a function or class comes to stand that has none: before its parameters, or behind `class`. */
const withName = (value: ts.FunctionExpression | ts.ClassExpression, name: string, file: FileContext): Change => {
  const isClass = ts.isClassExpression(value)
  const next = childToken(value, isClass ? ts.SyntaxKind.ClassKeyword : ts.SyntaxKind.OpenParenToken, file)!
  if (isClass) return { start: next.end, end: next.end, text: ` ${name}` }
  const start = startOf(next, file)
  const space = /\s*$/.exec(file.text.slice(0, start))![0].length
  return { start: start - space, end: start, text: ` ${name}` }
}

/** The export of a value that has a name, or gets one, in the place of the statement that set it. */
const namedValue = ({ statement, value }: ValueExports, name: string, writing: Writing): Change[] => {
  const { file, isAsked } = writing
  if (ts.isFunctionExpression(value) || ts.isClassExpression(value)) {
    const isClosed = value.end < statement.end && !isClosedBelow(statement, file)
    const rest = isAsked ? [exportLine(wholePairs(name, writing).slice(1), file)] : []
    return [
      head(statement, value, 'export default ', file),
      ...(value.name ? [] : [withName(value, name, file)]),
      ...(isClosed ? [{ start: value.end, end: statement.end, text: '' }] : []),
      ...(rest.length > 0 ? [behind(statement, rest, file)] : []),
    ]
  }
  const line = isAsked ? exportLine(wholePairs(name, writing), file) : `export default ${name}${semicolonIn(file)}`
  return [{ start: startOf(statement, file), end: endOfWords(statement), text: unclosed([line]) }]
}

/** Whether a value begins with words that would declare something behind `export default`. */
const looksDeclared = (value: ts.Expression, file: FileContext): boolean =>
  /^(async\s+function|function|class)\b/.test(file.text.slice(startOf(value, file), value.end))

const valueChanges = (exports: ValueExports, writing: Writing): Change[] | ModuleProblem => {
  const { file, isAsked, isWhole, names } = writing
  const { statement, value, again, isAllNames } = exports
  const pairs = exports.names.map(({ local, exported }) => pair(local, exported))
  const isList = isAllNames && !isWhole && again.length === 0 && !file.hasComment(startOf(value, file), value.end)
  if (isList)
    return [{ start: startOf(statement, file), end: endOfWords(statement), text: unclosed([exportLine(pairs, file)]) }]
  const isFunction = ts.isFunctionExpression(value) || ts.isClassExpression(value)
  const given = isNameless(value) ? names.take(wordsFor(file)) : undefined
  const known =
    requestedName(value, writing) ?? nameOfValue(value, file) ?? (isFunction && !value.name ? given : undefined)
  const needsName = isAsked || again.length > 0 || pairs.length > 0 || isFunction || looksDeclared(value, file)
  const name = known ?? given ?? (needsName ? names.take('api') : undefined)
  const hidden = name === known && name !== undefined && again.find((place) => !isReachable(name, place, file))
  if (hidden) return { at: hidden, reason: `${name} means something else where it uses module.exports` }
  const renamed = again.map((each) => ({ start: startOf(each, file), end: each.end, text: name! }))
  if (known !== undefined) return [...namedValue(exports, known, writing), ...renamed]
  if (name === undefined) return [head(statement, value, 'export default ', file)]
  const line = exportLine([...pairs, ...wholePairs(name, writing)], file)
  return [head(statement, value, `const ${name} = `, file), behind(statement, [line], file), ...renamed]
}

/** Members that follow each other and only name constants become one list. */
const listsOf = (members: readonly ExportedMember[], file: FileContext): ExportedMember[][] => {
  const lists: ExportedMember[][] = []
  const { statements } = file.file
  for (const member of members.filter(({ local }) => local !== undefined)) {
    const last = lists.at(-1)?.at(-1)
    const isNext = last && statements.indexOf(member.statement) === statements.indexOf(last.statement) + 1
    if (isNext && !hasOwnComment(member.statement, file) && !isClosedBelow(member.statement, file))
      lists.at(-1)!.push(member)
    else lists.push([member])
  }
  return lists
}

const memberChanges = (members: readonly ExportedMember[], writing: Writing): Change[] => {
  const { file, isWhole, names } = writing
  const listed = listsOf(members, file).flatMap((list): Change[] => {
    const [first, ...rest] = list as [ExportedMember, ...ExportedMember[]]
    const line = exportLine(
      list.map(({ local, name }) => pair(local!, name)),
      file,
    )
    return [
      { start: startOf(first.statement, file), end: endOfWords(first.statement), text: unclosed([line]) },
      ...rest.map(({ statement }) => removalOf(statement, file)),
    ]
  })
  const declared = members
    .filter(({ local }) => local === undefined)
    .map(({ target, name }) => ({ start: startOf(target, file), end: target.end, text: `export const ${name}` }))
  if (!isWhole) return [...listed, ...declared]
  const api = names.take('api')
  const held = members.map(({ name, local = name }) => (local === name ? name : `${name}: ${local}`))
  const lines = [braced(`const ${api} =`, held, semicolonIn(file), file), exportLine(wholePairs(api, writing), file)]
  return [...listed, ...declared, behind(file.file.statements.at(-1)!, lines, file)]
}

const exportChanges = (exports: ModuleExports, writing: Writing): Change[] | ModuleProblem => {
  if (exports.kind === 'nothing') return []
  return exports.kind === 'members' ? memberChanges(exports.members, writing) : valueChanges(exports, writing)
}

const places: Readonly<Record<string, string>> = {
  __filename: 'import.meta.filename',
  __dirname: 'import.meta.dirname',
}

/** Where a file stands, by the words of ES modules. */
const placeChanges = (file: FileContext): Change[] =>
  Object.entries(places).flatMap(([name, text]) =>
    (file.scopes.globals.get(name) ?? []).map(({ identifier }) => ({
      start: startOf(identifier, file),
      end: identifier.end,
      text: ts.isShorthandPropertyAssignment(identifier.parent) ? `${name}: ${text}` : text,
    })),
  )

/** An ES module is strict without saying so. */
const directiveChanges = (file: FileContext): Change[] =>
  directivesOf(file.file.statements)
    .filter(({ expression }) => /^.use strict.$/.test(expression.getText()))
    .map((each) => removalOf(each, file))
    .map((each) => ({ ...withBlankLine(each, file.text), text: '' }))

/** Insertions at one place as one, in their order; what stands in a text that goes need not change. */
const together = (all: readonly Change[]): Change[] => {
  const isIn = (one: Change, other: Change): boolean =>
    one !== other && one.start < one.end && other.start <= one.start && one.end <= other.end
  const changes = all.filter((each) => !all.some((other) => isIn(each, other)))
  const inserted = new Map<number, string>()
  for (const { start, end, text } of changes) if (start === end) inserted.set(start, (inserted.get(start) ?? '') + text)
  return [
    ...changes.filter(({ start, end }) => start < end),
    ...[...inserted].map(([at, text]) => ({ start: at, end: at, text })),
  ]
}

/** What turns a file into an ES module. */
export const moduleChanges = (plan: FilePlan, plans: PackagePlans): Change[] | ModuleProblem => {
  const { file, exports } = plan
  const names = new FreshNames(file)
  const { path } = file.unit
  const imports = importsFor(plan, plans, names)
  const writing = { file, imports, names, isAsked: plans.asked.has(path), isWhole: plans.isTakenWhole(path) }
  const exported = exportChanges(exports, writing)
  if (!Array.isArray(exported)) return exported as ModuleProblem
  return together([...directiveChanges(file), ...imports.changes, ...(exported as Change[]), ...placeChanges(file)])
}

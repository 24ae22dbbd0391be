import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { endOfStatement, removalOf, removalProblem, semicolonIn, startOf, textOf } from '../engine/rewrite.ts'
import { within } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'
import { stepsOf } from './loading-steps.ts'
import { isSilentSpecifier } from './silent-modules.ts'
import type { Group } from './split-groups.ts'
import { endOfLines } from './split-parts.ts'
import { requirePlace, type Fate } from './split-require-place.ts'
import { takenAtTop, type TakenNames } from './taken-names.ts'

/** Where a name is used when a group has left: in the new file, in the old one. */
const usesIn = (use: ts.Identifier, { parts }: Group, known: readonly Fate[]): { made: boolean; old: boolean } => {
  if (parts.some(({ statement }) => within(use, statement))) return { made: true, old: false }
  // what is read of it may stand in both
  const reader = known.find(({ takes }) => within(use, takes.declaration))
  return reader ? { made: reader.used.length > 0, old: reader.left.length > 0 } : { made: false, old: true }
}

const fatesOf = (group: Group, isKept: boolean, file: FileContext): Fate[] => {
  const fates: Fate[] = []
  for (const takes of takenAtTop(file.file, file.scopes).reverse()) {
    const uses = (name: ts.Identifier) =>
      (file.scopes.declaredBy(name)?.references ?? []).map(({ identifier }) => usesIn(identifier, group, fates))
    const used = takes.names.filter((name) => uses(name).some(({ made }) => made))
    const left = takes.names.filter((name) => !used.includes(name) || uses(name).some(({ old }) => old))
    const { specifier } = takes
    const isSilent = specifier === undefined || isSilentSpecifier(specifier, file.unit.path, file.project)
    fates.unshift({ takes, used, left, isLoaded: isKept && left.length === 0 && !isSilent })
  }
  return fates
}

/** A declaration with some of its names only. */
export const withNames = ({ declaration }: TakenNames, names: readonly ts.Identifier[], file: FileContext): string => {
  const { name } = declaration
  if (!ts.isObjectBindingPattern(name) || names.length === name.elements.length) return textOf(declaration, file)
  const kept = name.elements.filter((each) => names.some((one) => one === each.name))
  return `{ ${kept.map((each) => textOf(each, file)).join(', ')} } = ${textOf(declaration.initializer!, file)}`
}

/** The word that declares: `const`, `let`, `var`. */
export const wordOf = ({ statement }: TakenNames, file: FileContext): string =>
  /^\w+/.exec(textOf(statement.declarationList, file))![0]

/** A request that only loads, where a declaration was. */
const onlyLoaded = ({ statement, declaration }: TakenNames, file: FileContext): Change => {
  let call = declaration.initializer!
  while (ts.isPropertyAccessExpression(call)) call = call.expression
  const text = textOf(call, file) + endOfStatement(statement.end, file)
  return { start: startOf(statement, file), end: statement.end, text }
}

/** A statement without what only the group needs; a text says why it cannot be. */
export const withoutNames = (
  statement: ts.VariableStatement,
  fates: readonly Fate[],
  file: FileContext,
): Change | string | undefined => {
  const { declarations } = statement.declarationList
  const fateOf = (each: ts.VariableDeclaration) => fates.find(({ takes }) => takes.declaration === each)
  const changing = fates.filter(({ takes, left }) => takes.statement === statement && left.length < takes.names.length)
  if (changing.length === 0) return undefined
  if (file.hasComment(startOf(statement, file), statement.end)) return 'a comment stands in a request for a module'
  const [first] = changing
  if (changing.some(({ isLoaded }) => isLoaded))
    return declarations.length === 1
      ? onlyLoaded(first!.takes, file)
      : 'a module has to be loaded where it stands among other declarations'
  const kept = declarations.filter((each) => fateOf(each)?.left.length !== 0)
  if (kept.length === 0) {
    const { start, text } = removalOf(statement, file)
    return removalProblem(statement, file) ?? { start, end: endOfLines(statement, file) ?? statement.end, text }
  }
  const [sole, next] = declarations
  const comma = next ? file.text.slice(sole!.end, startOf(next, file)) : ''
  const texts = kept.map((each) => {
    const fate = fateOf(each)
    return fate ? withNames(fate.takes, fate.left, file) : textOf(each, file)
  })
  return { start: startOf(sole!, file), end: declarations.at(-1)!.end, text: texts.join(comma) }
}

/** What becomes of the requests for modules. */
export interface PlannedRequires {
  /** Those of the new file, whole statements. */
  readonly needed: readonly string[]
  readonly taken: readonly TakenNames[]
  /** Changes of the old file. */
  readonly changes: readonly Change[]
}

/**
 * What becomes of the requests for modules when a group leaves. A text says why it cannot be done.
 * @param lines how the old file asks for the new one
 */
export const plannedRequires = (
  group: Group,
  lines: readonly string[],
  file: FileContext,
): PlannedRequires | string => {
  const dropping = fatesOf(group, false, file)
  const keeping = fatesOf(group, true, file)
  const dropped = requirePlace(group, dropping, file)
  const place = dropped ?? requirePlace(group, keeping, file)
  if (!place) return 'other modules would be loaded, or asked for what they hold, in another order'
  const fates = dropped ? dropping : keeping
  const changes: Change[] = []
  for (const statement of file.file.statements.filter(ts.isVariableStatement)) {
    const change = withoutNames(statement, fates, file)
    if (typeof change === 'string') return change
    if (change) changes.push(change)
  }
  const { statements } = file.file
  const isFirst = place.index === directivesOf(statements).length
  const isAmong = stepsOf(statements[place.index]!, file).some(({ kind }) => kind === 'takes')
  const end = lines.at(-1)!.endsWith(';') ? '' : endOfStatement(place.at, file)
  const text = `${lines.join('\n')}${end}\n${isFirst && !isAmong ? '\n' : ''}`
  const taking = fates.filter(({ used }) => used.length > 0)
  return {
    needed: taking.map(
      ({ takes, used }) => `${wordOf(takes, file)} ${withNames(takes, used, file)}${semicolonIn(file)}`,
    ),
    taken: taking.map(({ takes }) => takes),
    changes: [...changes, { start: place.at, end: place.at, text }],
  }
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { hasOwnComment, removalOf, removalProblem, semicolonIn, startOf } from '../engine/rewrite.ts'
import { isConstant } from '../syntax/names.ts'
import { within } from '../syntax/nodes.ts'
import { isIndependentFunction, valueOfConstant } from './es-module-plan.ts'
import { exportsOf, type ModuleExports } from './es-module-exports.ts'
import { isProblem, type ModuleProblem } from './es-module-problem.ts'
import { withBlankLine } from './movable-code.ts'
import { isReserved } from './renaming.ts'

/** A function that a CommonJS file exports under its own name, and uses for nothing else. */
export interface HandedFunction {
  readonly name: string
  /** The statement that makes it. */
  readonly statement: ts.Statement
  /** What of it moves. */
  readonly moved: ts.Node
  /** Whether it is there before any code of its file runs; a constant is not. */
  readonly isHoisted: boolean
  /** Whether nobody may see it as a value: it has no name of its own today. */
  readonly isNameless: boolean
  /** Its code as a statement by itself, from the first word on. */
  readonly code: string
  /** What has to change so that it is exported no more; a text says why it cannot be. */
  readonly withdrawn: readonly Change[] | string
}

/** What a CommonJS file exports, where that can be said. */
export interface Handing {
  readonly functions: readonly HandedFunction[]
  /** Whether an export is a function of the file that does not look at the object by which it is called. */
  isIndependent(exported: string): boolean
}

/** Lines without what stood on them; of lines that stood for themselves one blank line goes, too. */
const withoutLines = (node: ts.Statement, file: FileContext): Change => {
  const { start, end } = removalOf(node, file)
  const isAlone = /(^|\n)[ \t]*\r?\n$/.test(file.text.slice(0, start))
  return {
    ...(isAlone || end === file.text.length ? withBlankLine({ start, end }, file.text) : { start, end }),
    text: '',
  }
}

/** An object literal without one of its properties. */
const withoutProperty = (property: ts.ObjectLiteralElementLike, file: FileContext): readonly Change[] | string => {
  const { properties, end } = property.parent as ts.ObjectLiteralExpression
  const index = properties.indexOf(property)
  const next = properties[index + 1]
  const before = properties[index - 1]
  if (file.hasComment(property.pos, next ? startOf(next, file) : end)) return 'a comment stands beside its export'
  if (next) return [{ start: startOf(property, file), end: startOf(next, file), text: '' }]
  return before ? [{ start: before.end, end: property.end, text: '' }] : 'nothing else of the file is exported'
}

const withoutStatement = (statement: ts.Statement, file: FileContext): readonly Change[] | string =>
  removalProblem(statement, file) ??
  (hasOwnComment(statement, file) ? 'a comment stands beside its export' : [withoutLines(statement, file)])

/** The node that exports a name, and what has to change so that it does so no more. */
const exportOf = (
  name: string,
  exports: ModuleExports,
  file: FileContext,
): { readonly node: ts.Node; readonly withdrawn: readonly Change[] | string } | undefined => {
  if (exports.kind === 'members') {
    const statement = exports.members.find((each) => each.name === name)?.statement
    if (!statement) return undefined
    const isAlone = exports.members.length === 1
    return {
      node: statement,
      withdrawn: isAlone ? 'nothing else of the file is exported' : withoutStatement(statement, file),
    }
  }
  if (exports.kind === 'nothing' || !ts.isObjectLiteralExpression(exports.value)) return undefined
  const node = exports.value.properties.find((each) => each.name?.getText(file.file) === name)
  if (!node) return undefined
  const withdrawn = exports.again.length > 0 ? 'its exports are used again in its file' : withoutProperty(node, file)
  return { node, withdrawn }
}

/** The statement of a function that has a name of its own: a declaration, or a variable that holds nothing else. */
const statementOf = (local: string, { scopes }: FileContext): ts.Statement | undefined => {
  const binding = scopes.root.bindings.get(local)
  if (!binding || !isConstant(binding)) return undefined
  const { node } = binding.declarations[0]!
  if (ts.isFunctionDeclaration(node)) return ts.isSourceFile(node.parent) ? node : undefined
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : undefined
  if (!statement || !ts.isVariableStatement(statement) || !ts.isSourceFile(statement.parent)) return undefined
  const [sole, more] = statement.declarationList.declarations
  const initializer = sole?.initializer
  const isFunction = initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
  return isFunction && !more ? statement : undefined
}

const named = (name: string, exports: ModuleExports, file: FileContext): HandedFunction | undefined => {
  const statement = statementOf(name, file)
  const exported = statement && exportOf(name, exports, file)
  if (!statement || !exported) return undefined
  const uses = file.scopes.root.bindings.get(name)!.references
  const isUsedHere = uses.some(({ identifier }) => !within(identifier, statement) && !within(identifier, exported.node))
  if (isUsedHere) return undefined
  return {
    name,
    statement,
    moved: statement,
    isHoisted: ts.isFunctionDeclaration(statement),
    isNameless: false,
    code: file.text.slice(startOf(statement, file), statement.end),
    withdrawn: exported.withdrawn,
  }
}

/** `exports.f = function () {}`, which becomes a declaration, and `exports.f = () => 1`, which becomes a constant. */
const assigned = (name: string, exports: ModuleExports, file: FileContext): HandedFunction | undefined => {
  const member = exports.kind === 'members' ? exports.members.find((each) => each.name === name) : undefined
  if (exports.kind !== 'members' || !member || member.local !== undefined || isReserved(name)) return undefined
  const { value, statement } = member
  if (member.statement.expression !== value.parent) return undefined
  const isOther = ts.isFunctionExpression(value) && value.name !== undefined && value.name.text !== name
  if ((!ts.isFunctionExpression(value) && !ts.isArrowFunction(value)) || isOther) return undefined
  const self = value.name ? file.scopes.declaredBy(value.name) : undefined
  if (self?.references.some(({ write }) => write)) return undefined
  const text = file.text.slice(startOf(value, file), value.end)
  const words = /^(async\s+)?function\s*\*?/.exec(text)?.[0]
  const rest = words === undefined ? '' : text.slice(words.length).trimStart()
  const code =
    words === undefined
      ? `const ${name} = ${text}${semicolonIn(file)}`
      : `${words.trimEnd()} ${value.name ? '' : name}${rest}`
  return {
    name,
    statement,
    moved: value,
    isHoisted: ts.isFunctionExpression(value),
    isNameless: !value.name,
    code,
    withdrawn: exports.members.length === 1 ? 'nothing else of the file is exported' : [],
  }
}

const handing = (exports: ModuleExports, file: FileContext): Handing => {
  const names = exports.names.filter(({ exported, local }) => exported === local)
  const valueOf = (exported: string): ts.Node | undefined => {
    const found = exports.names.find((each) => each.exported === exported)
    const member = exports.kind === 'members' ? exports.members.find((each) => each.name === exported) : undefined
    if (member?.local === undefined && member) return member.value
    return found && valueOfConstant(found.local, file)
  }
  return {
    functions: names.flatMap(({ local }) => named(local, exports, file) ?? assigned(local, exports, file) ?? []),
    isIndependent(exported) {
      const value = valueOf(exported)
      return value !== undefined && isIndependentFunction(value)
    },
  }
}

/** What code could use to look at the object around it when it is only read. */
const looksAround = (each: ts.ObjectLiteralElementLike): boolean =>
  ts.isAccessor(each) || ts.isSpreadAssignment(each) || /^['"]?__proto__['"]?$/.test(each.name?.getText() ?? '')

/** What a CommonJS file hands out; a problem where nothing can be said of it. */
export const handingOf = (file: FileContext): Handing | ModuleProblem => {
  const exports = exportsOf(file)
  if (isProblem(exports)) return exports
  const literal = exports.kind === 'value' && ts.isObjectLiteralExpression(exports.value) ? exports.value : undefined
  const onlooker = literal?.properties.find(looksAround)
  return onlooker ? { at: onlooker, reason: 'what it exports can look at its exports' } : handing(exports, file)
}

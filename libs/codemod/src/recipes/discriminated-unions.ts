import ts from 'typescript'

import type { Tree } from '@iama/patch'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Found, Recipe } from '../engine/recipe.ts'
import { endOfStatement, indentOf, semicolonIn, startOf, stepOf } from '../engine/rewrite.ts'
import { openProgram } from '../program.ts'
import { compilerOption, isExtendedFromOutside } from '../floor/package-sources.ts'
import { addsTypeErrors } from './extraction-types.ts'
import { choicesOf, readLiteral, type Combination } from './flag-combinations.ts'
import { mentionsProblem } from './flag-mentions.ts'
import { flagsOf, flagTypesIn, hasFlag, readFlagType, type FlagType, type Member } from './flag-types.ts'
import { valuesOf } from './flag-values.ts'
import { checkedFile, declarationsOf, reportTyped, withChanges, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. A type with flags and members that may be absent may become a union, one member for each
 * combination of flags that is made, when the code shows which members come with which. Types are gone when the code
 * runs, so that only compiling can change, and the union must say the truth:
 *  - no other file can name the type, or sees it in what this one declares; nothing is made of it (`keyof`, `Partial`,
 *    another type's member), and no value is said to be of it;
 *  - its values come from object literals in this file only, without spread; nothing of unknown type is taken for one;
 *  - in each literal the flags are literals. A member is required where all literals of a combination give it a value
 *    that cannot be undefined, it stays optional where some do, and goes where none does;
 *  - nothing writes to a value afterwards, spreads it, or hands it to code that could;
 *  - the file has no type error that it had not before, no comment hides one, and it declares the same to others.
 * A reader must gain by it: some member that could be absent is required for one combination and not for another.
 */

/** A member as one combination has it; undefined where it has none. */
const memberText = ({ name, isOptional, node }: Member, { flags, presence }: Combination): string | undefined => {
  const state = isOptional ? presence.get(name)! : 'required'
  if (state === 'absent') return undefined
  const isReadonly = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword)
  const text = flags.get(name)?.text ?? node.type.getText()
  return `${isReadonly ? 'readonly ' : ''}${name}${state === 'optional' ? '?' : ''}: ${text}`
}

const WIDEST = 80

/** The union; a comment stays with the first member that it is about. */
const unionText = (type: FlagType, combinations: readonly Combination[], file: FileContext): string => {
  const indent = indentOf(type.node, file)
  const step = stepOf(file)
  const told = new Set<Member>()
  const parts = combinations.map((each) => {
    const members = type.members.flatMap((member) => {
      const text = memberText(member, each)
      if (text === undefined) return []
      const comment = told.has(member) ? [] : member.comment
      told.add(member)
      return [{ comment, text }]
    })
    const line = `${indent}${step}| { ${members.map(({ text }) => text).join('; ')} }`
    if (line.length <= WIDEST && members.every(({ comment }) => comment.length === 0)) return line
    const rows = members.flatMap(({ comment, text }) => [...comment, text + semicolonIn(file)])
    const inner = rows.map((row) => `${indent}${step.repeat(3)}${row}\n`)
    return `${indent}${step}| {\n${inner.join('')}${indent}${step.repeat(2)}}`
  })
  const isClosed = ts.isTypeAliasDeclaration(type.node) && file.text[type.node.end - 1] === ';'
  const end = isClosed ? ';' : ts.isTypeAliasDeclaration(type.node) ? '' : endOfStatement(type.node.end, file)
  return `type ${type.node.name.text} =\n${parts.join('\n')}${end}`
}

const foundFor = (type: FlagType, combinations: readonly Combination[], made: number, file: FileContext): Found => {
  const flags = [...combinations[0]!.flags.keys()].join(' and ')
  return {
    at: type.node,
    title: `${type.node.name.text} becomes a union that ${flags} tells apart`,
    reason: `the ${made} literals that make all its values show which members come with which ${flags}; nothing changes a value, and the file compiles as before`,
    changes: [{ start: startOf(type.node, file), end: type.node.end, text: unionText(type, combinations, file) }],
  }
}

/** Why the compiler's word for a file is not worth as much here as it is for the project. */
const compilerProblem = (file: FileContext): string | undefined => {
  const { project, text } = file
  if (file.unit.moduleKind !== 'esm') return 'the file is no module, so that others see its types'
  if (/@ts-(nocheck|ignore|expect-error)/.test(text)) return 'a comment hides type errors'
  if (file.scopes.root.dynamic) return 'eval can see its values'
  const options = openProgram(project, true).service.getProgram()!.getCompilerOptions()
  if (!options.strictNullChecks) return 'without strict null checks what may be undefined does not show'
  const configs = [...project.tree.keys()].filter((path) => /(^|\/)tsconfig[^/]*\.json$/.test(path))
  return configs.some((path) => isStricter(path, project.tree))
    ? 'the compiler may be told to be stricter than it is here'
    : undefined
}

const isStricter = (path: string, tree: Tree): boolean =>
  isExtendedFromOutside(tree, path) ||
  ['exactOptionalPropertyTypes', 'noUncheckedIndexedAccess'].some((name) => compilerOption(tree, name, path) === true)

/** Whether others may meet a type: the compiler says what a file declares, or cannot say it. */
const isDeclared = ({ name }: FlagType['node'], file: FileContext): boolean => {
  const declarations = declarationsOf(openProgram(file.project, true), file)
  return declarations === '' || declarations.split(/[^\w$]+/).includes(name.text)
}

const unionOf = (node: FlagType['node'], checked: Checked, file: FileContext): Found | string => {
  const type = readFlagType(node, file)
  if (typeof type === 'string') return type
  const problem =
    compilerProblem(file) ??
    mentionsProblem(type, file) ??
    (isDeclared(node, file) ? 'what the file declares names it' : undefined)
  if (problem) return problem
  const values = valuesOf(type, checked, file)
  if (typeof values === 'string') return values
  const made = values.map((each) => readLiteral(each, checked))
  if (made.length === 0 || !made.every((each) => each !== undefined))
    return 'a literal that makes a value holds more than plain properties'
  const flags = flagsOf(type, checked).filter(({ name }) => made.every((each) => each.flags.has(name)))
  const told = flags.filter(({ name }) => new Set(made.map((each) => each.flags.get(name)!.value)).size > 1)
  if (told.length === 0) return 'no flag is written as a literal in all literals that make its values, and differs'
  const choices = choicesOf(type, told, made).map((each) => foundFor(type, each, made.length, file))
  if (choices.length === 0) return 'its flags do not tell which members are there, or a comment is about none'
  return choices.find((found) => !addsTypeErrors(file, withChanges(file, [found]))) ?? choices[0]!
}

const visit = (node: FlagType['node'], checked: Checked, file: FileContext, findings: Findings): Found[] => {
  const outcome = unionOf(node, checked, file)
  if (typeof outcome !== 'string') return [outcome]
  findings.refuse(node, outcome)
  return []
}

export const discriminatedUnions: Recipe = {
  id: 'discriminated-unions',
  title: 'flags and optional members to a union',
  family: 'types',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.language !== 'typescript' || /\.d\.[cm]?ts$/.test(file.unit.path)) return
    const nodes = flagTypesIn(file)
    const checked = nodes.length > 0 ? checkedFile(file) : undefined
    if (checked === undefined || typeof checked === 'string') return
    const flagged = nodes.filter((node) => hasFlag(node, checked))
    reportTyped(
      flagged.flatMap((node) => visit(node, checked, file, findings)),
      file,
      findings,
    )
  },
}

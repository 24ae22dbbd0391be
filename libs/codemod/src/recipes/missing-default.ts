import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Found, Recipe } from '../engine/recipe.ts'
import { indentOf, isOneLine, semicolonIn, startOf, startsLine, stepOf } from '../engine/rewrite.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { walk } from '../syntax/nodes.ts'
import { checkedFile, reportTyped, type Checked } from './typed-edits.ts'

/*
 * Proof obligation. `default: break` at the end of a switch says that the rest is meant to be passed over, and changes
 * nothing: it is taken where no case fits, and leaves the switch as not fitting did. The clause before must leave on
 * every way, so that it does not come to the new one through its end; no comment may stand there, which may say that no
 * default is wanted.
 *
 * In TypeScript the switch is over a union of literals, or an enum, and all its cases are literals that do not name all
 * members; the file has no type error that it had not before, and declares the same. In JavaScript nobody knows what the
 * rest is: there it is done only as the file does elsewhere.
 */

const isUnit = ({ flags }: ts.Type): boolean => (flags & ts.TypeFlags.Unit) !== 0

/** What a switch may be asked about; undefined where that cannot be counted. */
const membersOf = (type: ts.Type): readonly ts.Type[] | undefined =>
  type.isUnion() && type.types.every(isUnit) ? type.types : undefined

/** The members of a union that no case names; a reason where a case may name any of them. */
const unnamedIn = (node: ts.SwitchStatement, { checker, twin }: Checked): readonly ts.Type[] | string => {
  const same = twin(node)
  const members = same && membersOf(checker.getTypeAtLocation(same.expression))
  if (!members) return []
  const named = same.caseBlock.clauses.filter(ts.isCaseClause).map((each) => checker.getTypeAtLocation(each.expression))
  if (!named.every(isUnit)) return 'a case is no literal'
  return members.filter((member) => !named.some((type) => checker.isTypeAssignableTo(type, member)))
}

const hasDefault = ({ caseBlock }: ts.SwitchStatement): boolean => caseBlock.clauses.some(ts.isDefaultClause)

/** Why a clause cannot be written at the end of a switch. */
const placeProblem = ({ caseBlock }: ts.SwitchStatement, file: FileContext): string | undefined => {
  const last = caseBlock.clauses.at(-1)!
  const end = caseBlock.end - 1
  if (!last.statements.some(neverCompletes)) return 'the last case runs on into what follows it'
  if (file.hasComment(last.end, end)) return 'a comment stands where it would'
  const isOwnLine = startsLine(last, file) && !isOneLine(last.end, end, file)
  return isOwnLine && /^[ \t]*$/.test(file.text.slice(file.unit.source.lineStart(end), end))
    ? undefined
    : 'the cases do not stand on lines of their own'
}

/** A clause as the one before is written: its statement beside the word, or below it. */
const clauseText = (before: ts.CaseOrDefaultClause, file: FileContext): string => {
  const indent = indentOf(before, file)
  const isBeside = isOneLine(startOf(before, file), startOf(before.statements[0]!, file), file)
  const isPlain = isBeside && !ts.isBlock(before.statements[0]!)
  return `${indent}default:${isPlain ? ' ' : `\n${indent}${stepOf(file)}`}break${semicolonIn(file)}\n`
}

const foundFor = (node: ts.SwitchStatement, rest: string, file: FileContext): Found => {
  const { caseBlock } = node
  const at = file.unit.source.lineStart(caseBlock.end - 1)
  return {
    at: node,
    title: `a switch says that it passes over ${rest}`,
    reason: 'the new clause is taken where no case fits, and does nothing, as before',
    changes: [{ start: at, end: at, text: clauseText(caseBlock.clauses.at(-1)!, file) }],
  }
}

const MOST_NAMED = 3

const restOf = (unnamed: readonly ts.Type[], { checker }: Checked): string =>
  unnamed.length > MOST_NAMED
    ? `${unnamed.length} others`
    : unnamed.map((each) => checker.typeToString(each)).join(', ')

const inTypeScript = (switches: readonly ts.SwitchStatement[], file: FileContext, findings: Findings): void => {
  const checked = switches.length > 0 ? checkedFile(file) : undefined
  if (checked === undefined || typeof checked === 'string') return
  const found: Found[] = []
  for (const node of switches) {
    const unnamed = unnamedIn(node, checked)
    if (unnamed.length === 0) continue
    const problem = typeof unnamed === 'string' ? unnamed : placeProblem(node, file)
    if (typeof unnamed === 'string' || problem) findings.refuse(node, problem!)
    else found.push(foundFor(node, restOf(unnamed, checked), file))
  }
  reportTyped(found, file, findings)
}

const inJavaScript = (switches: readonly ts.SwitchStatement[], file: FileContext, findings: Findings): void => {
  for (const node of switches) {
    const problem = placeProblem(node, file)
    if (problem) findings.refuse(node, problem)
    else findings.edit(foundFor(node, 'what it does not name', file))
  }
}

export const missingDefault: Recipe = {
  id: 'missing-default',
  title: 'switches that say what they pass over',
  family: 'safety',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    const all: ts.SwitchStatement[] = []
    walk(file.file, (node) => {
      if (ts.isSwitchStatement(node) && node.caseBlock.clauses.length > 0) all.push(node)
    })
    const without = all.filter((node) => !hasDefault(node))
    if (file.unit.language === 'typescript') inTypeScript(without, file, findings)
    else if (without.length < all.length) inJavaScript(without, file, findings)
  },
}

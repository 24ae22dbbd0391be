import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change, Findings, Recipe } from '../engine/recipe.ts'
import { isOneLine, startOf } from '../engine/rewrite.ts'
import * as K from '../syntax/kinds.ts'
import { bare, outer, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. A chain of `+` with text in it may become a template when every operand is a primitive that prints
 * the same both ways: `+` asks an object for its default value, a template for its string, and the two may differ; a
 * symbol throws in both, but no operand may be one that is unknown. Left of the first text the chain must not add
 * numbers. Operands are evaluated in the same order. Literals keep their escapes; octal ones have no place in a
 * template. Only chains on one line without comments are taken, so the layout stays.
 */

const isPlus = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken

/** `a + b + c` as its operands; parentheses keep theirs together. */
const operandsOf = (node: ts.Expression): ts.Expression[] =>
  isPlus(node) ? [...operandsOf(node.left), node.right] : [node]

const isLiteralText = (node: ts.Expression): node is ts.StringLiteral => ts.isStringLiteral(node)

const rawText = (literal: ts.StringLiteral, file: FileContext): string | undefined => {
  const raw = file.text.slice(startOf(literal, file) + 1, literal.end - 1)
  if (/(^|[^\\])(\\\\)*\\([1-9]|0\d)/.test(raw)) return undefined
  // One pass over escapes and what a template would read differently.
  return raw.replace(/\\[\s\S]|`|\$(?=\{)/g, (found) => {
    if (!found.startsWith('\\')) return `\\${found}`
    return found === '\\"' || found === "\\'" ? found.slice(1) : found
  })
}

/** Whether adding from the left becomes text at or before the second operand, so that nothing is summed. */
const becomesTextAtOnce = (operands: readonly ts.Expression[], file: FileContext): boolean =>
  operands
    .slice(0, 2)
    .some((operand) => file.certain.isOnly(operand, K.STRING) || file.proves(operand, K.STRING) !== undefined)

const proofOf = (operands: readonly ts.Expression[], file: FileContext): string[] | undefined => {
  const assumptions = new Set<string>()
  for (const operand of operands) {
    const proof = file.proves(operand, K.PRINTABLE)
    if (proof === undefined) return undefined
    for (const each of proof) assumptions.add(each)
  }
  for (const operand of operands.slice(0, 2))
    for (const each of file.proves(operand, K.STRING) ?? []) assumptions.add(each)
  return [...assumptions]
}

const pieces = (operands: readonly ts.Expression[], file: FileContext): Change[] | undefined => {
  const changes: Change[] = []
  let text = '`'
  let at = startOf(operands[0]!, file)
  for (const operand of operands) {
    if (isLiteralText(operand)) {
      const raw = rawText(operand, file)
      if (raw === undefined) return undefined
      // Two literals side by side must not make the start of an expression.
      if (raw.startsWith('{') && /(^|[^\\])(\\\\)*\$$/.test(text)) text = `${text.slice(0, -1)}\\$`
      text += raw
      continue
    }
    const inner = ts.isParenthesizedExpression(operand) && !hasComma(operand.expression) ? operand.expression : operand
    changes.push({ start: at, end: startOf(inner, file), text: `${text}\${` })
    text = '}'
    at = inner.end
  }
  changes.push({ start: at, end: operands.at(-1)!.end, text: `${text}\`` })
  return changes
}

const hasComma = (node: ts.Expression): boolean =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken

const convert = (node: ts.BinaryExpression, file: FileContext, findings: Findings): void => {
  const operands = operandsOf(node)
  const literals = operands.filter(isLiteralText)
  if (literals.length === 0 || literals.length === operands.length) return
  const start = startOf(node, file)
  if (!isOneLine(start, node.end, file)) return findings.refuse(node, 'the text runs over several lines')
  if (operands.some((operand) => ts.isTemplateLiteral(bare(operand))))
    return findings.refuse(node, 'it contains a template already')
  const assumptions = proofOf(operands, file)
  if (assumptions === undefined)
    return findings.refuse(node, 'a part may be an object or a symbol, which a template prints differently')
  if (!becomesTextAtOnce(operands, file)) return findings.refuse(node, 'numbers may be added up before the text begins')
  const changes = pieces(operands, file)
  if (changes === undefined) return findings.refuse(node, 'an octal escape has no place in a template')
  if (changes.some((change) => file.hasComment(change.start, change.end))) {
    return findings.refuse(node, 'a comment stands in the text')
  }
  findings.edit({
    at: node,
    title: 'joined text becomes a template',
    reason: 'every part is a primitive value that prints the same in a template',
    changes,
    assumptions,
  })
}

export const templateLiterals: Recipe = {
  id: 'template-literals',
  title: 'text with + to template literals',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      // A chain in parentheses inside of another would become a template inside of a template.
      if (isPlus(node) && !isPlus(outer(node))) convert(node, file, findings)
    })
  },
}

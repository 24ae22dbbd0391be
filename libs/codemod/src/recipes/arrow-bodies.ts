import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import { indentOf, isOneLine, reindent, startOf } from '../engine/rewrite.ts'
import { ancestor, walk, within } from '../syntax/nodes.ts'

/*
 * Proof obligation. `(x) => { return e; }` may become `(x) => e`: both give e, with the same `this`. An object and a
 * sequence need parentheses. Without the brace the expression could run on into the next line, so the arrow must be
 * followed by what ends it; in the head of a `for`, `in` would be read as the loop's. Comments beside the return have
 * no place any more.
 */

const LONGEST = 120

/** Whether what follows an arrow cannot be taken for a part of its body. */
const isEnded = (node: ts.ArrowFunction, file: FileContext): boolean => {
  const rest = file.text.slice(node.end).replace(/^(\s|\/\/.*(?=\n)|\/\*[\s\S]*?\*\/)+/, '')
  return rest === '' || /^([)\]},;:'"@{#\w$]|\\u)/.test(rest) ? !/^(in|instanceof)\b/.test(rest) : false
}

const inForHead = (node: ts.Node): boolean => {
  const loop = ancestor(node, ts.isForStatement)
  return loop?.initializer !== undefined && within(node, loop.initializer)
}

const needsParentheses = (value: ts.Expression, file: FileContext): boolean =>
  file.text[startOf(value, file)] === '{' ||
  (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.CommaToken)

const convert = (node: ts.ArrowFunction, file: FileContext, findings: Findings): void => {
  if (!ts.isBlock(node.body)) return
  const [only, more] = node.body.statements
  if (!only || more || !ts.isReturnStatement(only) || !only.expression) return
  const value = only.expression
  const [start, end] = [startOf(node.body, file), node.body.end]
  if (file.hasComment(start, startOf(value, file)) || file.hasComment(value.end, end))
    return findings.refuse(node, 'a comment stands beside the return')
  if (!isEnded(node, file)) return findings.refuse(node, 'the expression would run on into what follows')
  if (inForHead(node)) return findings.refuse(node, 'in the head of a loop `in` could be its own')
  const first = file.text.slice(startOf(value, file), value.end).split('\n')[0]!
  const isLong = start - file.unit.source.lineStart(start) + first.length > LONGEST
  if (isLong && !isOneLine(start, startOf(value, file), file)) return findings.refuse(node, 'the line would be long')
  // What starts behind the arrow already is moved back by the brace that held it.
  const moved = isOneLine(start, startOf(value, file), file)
    ? []
    : reindent(value, startOf(value, file), value.end, indentOf(only, file), indentOf(node.body, file), file)
  const [open, close] = needsParentheses(value, file) ? ['(', ')'] : ['', '']
  findings.edit({
    at: node,
    title: 'an arrow gives its value without a block',
    reason: 'the block did nothing but return it',
    changes: [{ start, end: startOf(value, file), text: open }, ...moved, { start: value.end, end, text: close }],
    assumptions: [NO_SOURCE_TEXT],
  })
}

export const arrowBodies: Recipe = {
  id: 'arrow-bodies',
  title: 'arrows that only return to an expression',
  family: 'simplify',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    walk(file.file, (node) => {
      if (ts.isArrowFunction(node)) convert(node, file, findings)
    })
  },
}

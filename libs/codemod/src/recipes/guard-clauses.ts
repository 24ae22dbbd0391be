import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { readLintConfig } from '../floor/eslint-config.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import {
  childToken,
  declaresLexically,
  endsLine,
  indentOf,
  isOneLine,
  reindent,
  semicolonIn,
  startOf,
  startsLine,
  textOf,
} from '../engine/rewrite.ts'
import { negationOf } from '../syntax/control-flow.ts'
import { contains, isFunctionNode, isLoop, walk } from '../syntax/nodes.ts'

/*
 * Proof obligation. Where a long `if (c) {...}` without else is the last statement of a function or of a loop's body,
 * `if (!c) { return }` (or continue) may stand before it and its lines move out: after the block nothing else ran. A
 * constructor and a generator end the same way. The block must not declare anything lexical, which would become
 * visible to the whole body. The first statement of the body may not be a directive for want of anything else.
 */

const LEAST_LINES = 8

interface Place {
  readonly node: ts.IfStatement
  readonly block: ts.Block
  readonly word: 'return' | 'continue'
}

const placeOf = (body: ts.Block): Place | undefined => {
  const last = body.statements.at(-1)
  if (!last || !ts.isIfStatement(last) || last.elseStatement || !ts.isBlock(last.thenStatement)) return undefined
  const word = isFunctionNode(body.parent) ? 'return' : isLoop(body.parent) ? 'continue' : undefined
  return word ? { node: last, block: last.thenStatement, word } : undefined
}

const linesOf = (node: ts.Node, file: FileContext): number =>
  file.unit.source.lineOf(node.end) - file.unit.source.lineOf(startOf(node, file)) + 1

const convert = ({ node, block, word }: Place, file: FileContext, findings: Findings): void => {
  const [first] = block.statements
  if (!first || linesOf(block, file) < LEAST_LINES) return
  if (word === 'continue' && readLintConfig(file.project.tree)) {
    return findings.refuse(node, 'the project has a linter, and many forbid continue')
  }
  if (
    contains(block, (each) => ts.isReturnStatement(each) && each.expression !== undefined, { intoFunctions: false })
  ) {
    return findings.refuse(node, 'the block returns a value, and the guard would not')
  }
  if (declaresLexically(block.statements)) return findings.refuse(node, 'the block declares names of its own')
  const open = childToken(block, ts.SyntaxKind.OpenBraceToken, file)!
  const close = childToken(block, ts.SyntaxKind.CloseBraceToken, file)!
  const test = node.expression
  const isUsual =
    startsLine(node, file) && endsLine(open.end, file) && startsLine(first, file) && startsLine(close, file)
  if (!isUsual || !isOneLine(startOf(test, file), test.end, file))
    return findings.refuse(node, 'it is laid out in an unusual way')
  if (file.hasComment(startOf(node, file), open.end)) return findings.refuse(node, 'a comment stands beside the test')
  const outer = indentOf(node, file)
  const inner = indentOf(first, file)
  const beforeClose = file.text.lastIndexOf('\n', startOf(close, file))
  const end = file.text[beforeClose - 1] === '\r' ? beforeClose - 1 : beforeClose
  findings.edit({
    at: node,
    title: `a block around the rest becomes a guard with ${word}`,
    reason: 'nothing follows the block, so leaving before it is the same as passing it by',
    changes: [
      { start: startOf(test, file), end: test.end, text: negationOf(test, textOf(test, file)) },
      { start: open.end, end: open.end, text: `\n${inner}${word}${semicolonIn(file)}\n${outer}}` },
      ...reindent(block, open.end, end, inner, outer, file),
      { start: end, end: close.end, text: '' },
    ],
  })
}

export const guardClauses: Recipe = {
  id: 'guard-clauses',
  title: 'guard clauses',
  family: 'simplify',
  need: { ecmaVersion: 5 },
  find(file, findings) {
    walk(file.file, (node) => {
      const place = ts.isBlock(node) ? placeOf(node) : undefined
      if (place) convert(place, file, findings)
    })
  },
}

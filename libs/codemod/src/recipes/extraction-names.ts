import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { bare } from '../syntax/nodes.ts'
import type { Region } from '../syntax/data-flow.ts'

const fillers = new Set(['a', 'an', 'the', 'of', 'for', 'to', 'and', 'this', 'that', 'all', 'any', 'its', 'our'])
const MOST_WORDS = 4

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const camel = (words: readonly string[]): string =>
  words.map((word, index) => (index === 0 ? word.toLowerCase() : capitalised(word))).join('')

/** A short comment in plain words right above a statement, as a name. */
const fromComment = (statement: ts.Statement, file: FileContext): string | undefined => {
  const ranges = ts.getLeadingCommentRanges(file.text, statement.pos) ?? []
  if (ranges.length !== 1) return undefined
  const text = file.text.slice(ranges[0]!.pos, ranges[0]!.end)
  const plain = /^(?:\/\/|\/\*)\s*([A-Za-z][A-Za-z \-']*?)[.:]?\s*(?:\*\/)?$/.exec(text)?.[1]
  const all = plain?.split(/[\s-]+/).map((word) => word.replace(/'.*/, '')) ?? []
  const words = all.filter((word, index) => index === 0 || !fillers.has(word.toLowerCase()))
  if (all.length > 7 || words.length < 2) return undefined
  return camel(words.slice(0, MOST_WORDS))
}

/** `isArray(x)` around the statements: what they handle. */
const testedWord = (first: ts.Statement): string | undefined => {
  const block = first.parent
  const branch =
    ts.isBlock(block) && ts.isIfStatement(block.parent) && block.parent.thenStatement === block
      ? block.parent
      : undefined
  let test = branch && bare(branch.expression)
  while (test && ts.isBinaryExpression(test)) test = bare(test.left)
  if (!test || !ts.isCallExpression(test) || !ts.isIdentifier(test.expression)) return undefined
  return /^(?:is|has)([A-Z]\w*)$/.exec(test.expression.text)?.[1]
}

/** `for (const order of orders)`: the list that is gone through. */
const loopedWord = (region: Region): string | undefined => {
  const loop = region.statements.find(
    (statement) => ts.isForOfStatement(statement) || ts.isForInStatement(statement) || ts.isForStatement(statement),
  )
  if (!loop) return undefined
  if (ts.isForStatement(loop)) {
    const limit = loop.condition && ts.isBinaryExpression(loop.condition) ? loop.condition.right : undefined
    return limit && ts.isPropertyAccessExpression(limit) && limit.name.text === 'length'
      ? lastName(limit.expression)
      : undefined
  }
  return lastName((loop as ts.ForOfStatement).expression)
}

const lastName = (node: ts.Expression): string | undefined => {
  const value = bare(node)
  if (ts.isIdentifier(value)) return value.text
  return ts.isPropertyAccessExpression(value) ? value.name.text : undefined
}

const clean = (name: string): string => name.replace(/^[_$]+|[_$]+$/g, '')

/**
 * A name for what a region does, from its comment, its result, the test around it or the list that it goes through;
 * undefined when nothing in the code says it, since a made-up name would be worse than a long function.
 */
export const nameFor = (region: Region, homeName: string, file: FileContext): string | undefined => {
  const first = region.statements[0]!
  const said = fromComment(first, file)
  if (said) return said
  if (region.output) {
    const result = clean(region.output.name)
    if (result.length < 3) return undefined
    return `${region.declaresOutput ? 'compute' : 'update'}${capitalised(result)}`
  }
  const tested = testedWord(first)
  const base = /^[a-z]+/.exec(clean(homeName))?.[0]
  if (tested && base) return `${base}${tested}`
  const looped = loopedWord(region)
  return looped && /[^s]s$/.test(looped) && looped.length > 3 ? `process${capitalised(clean(looped))}` : undefined
}

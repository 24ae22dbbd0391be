import ts from 'typescript'
import { parse } from './parse.ts'
import type { Mutant, TextRange } from './types.ts'

/** What has to be known of a mutant to plant it. */
export type Fault = Pick<Mutant, 'file' | 'range' | 'replacement'>

const message = 'a planted fault'

/** The outermost node that stands just there. */
const nodeAt = (file: ts.SourceFile, { start, end }: TextRange): ts.Node | undefined => {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (node.getStart(file) === start && node.end === end) return node
    return node.pos <= start && node.end >= end ? ts.forEachChild(node, visit) : undefined
  }
  return ts.forEachChild(file, visit)
}

/**
 * The worst fault in one place of a file: instead of what it does, it throws. Whoever does not notice that does not
 * look there. Undefined where there is no statement, block or expression of just that range.
 */
export const faultAt = (file: string, source: string, range: TextRange): Fault | undefined => {
  const node = nodeAt(parse(file, source), range)
  if (node === undefined) return undefined
  if (ts.isBlock(node) || ts.isStatement(node)) return { file, range, replacement: `{ throw new Error('${message}') }` }
  if (!ts.isExpression(node)) return undefined
  return { file, range, replacement: `(() => { throw new Error('${message}') })()` }
}

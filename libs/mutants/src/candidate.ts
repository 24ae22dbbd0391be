import type ts from 'typescript'
import type { OperatorName, TextRange } from './types.ts'

/** A change that an operator proposes, before it is known to be new and worth its run. */
export interface Candidate {
  readonly operator: OperatorName
  readonly range: TextRange
  readonly replacement: string
  readonly description: string
}

/** What an operator sees of the file around a node. */
export interface Surroundings {
  readonly file: ts.SourceFile
  readonly text: string
  /** Whether a name means the global: nothing in the file declares it. */
  isGlobal(name: string): boolean
}

/** Proposes the changes of one node; nodes of types, of imports and of dead code never come here. */
export type Operator = (node: ts.Node, around: Surroundings) => Candidate[]

const longest = 60

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 3)}...` : text)

/** Both texts from shortly before the place where they part, so that the difference is seen. */
const becomes = (before: string, after: string): string => {
  const [a, b] = [oneLine(before), oneLine(after)]
  let head = 0
  while (head < a.length && a[head] === b[head]) head++
  const from = a.length > longest && head > longest / 2 ? head - longest / 4 : 0
  const part = (text: string): string => cut(from === 0 ? text : `...${text.slice(from)}`)
  return `\`${part(a)}\` becomes \`${part(b)}\`.`
}

/** A change of a whole node. */
export const change = (
  operator: OperatorName,
  node: ts.Node,
  replacement: string,
  description = becomes(node.getText(), replacement),
): Candidate => ({ operator, range: { start: node.getStart(), end: node.end }, replacement, description })

/** A change of a part, described by the whole. */
export const changePart = (
  operator: OperatorName,
  whole: ts.Node,
  range: TextRange,
  replacement: string,
  text: string,
): Candidate => {
  const start = whole.getStart()
  const after = text.slice(start, range.start) + replacement + text.slice(range.end, whole.end)
  return { operator, range, replacement, description: becomes(text.slice(start, whole.end), after) }
}

/** A change that leaves something out. */
export const removal = (operator: OperatorName, node: ts.Node, replacement: string): Candidate =>
  change(operator, node, replacement, `\`${cut(oneLine(node.getText()))}\` is left out.`)

import ts from 'typescript'
import { isFunctionNode } from './nodes.ts'
import { parse } from './parse.ts'
import { scopeOf } from './scopes.ts'
import type { TextRange } from './types.ts'

interface FunctionText {
  readonly key: string
  /** The function without those inside of it. */
  readonly own: readonly TextRange[]
}

const inner = (node: ts.Node): ts.Node[] => {
  const found: ts.Node[] = []
  const visit = (child: ts.Node): void => {
    if (isFunctionNode(child)) found.push(child)
    else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return found
}

const functionsOf = (file: string, source: string): FunctionText[] => {
  const found: FunctionText[] = []
  const visit = (node: ts.Node): void => {
    const nested = inner(node)
    const cuts = nested.map((each): TextRange => ({ start: each.getStart(), end: each.end }))
    const starts = [node.getStart(), ...cuts.map(({ end }) => end)]
    const ends = [...cuts.map(({ start }) => start), node.end]
    const own = starts.map((start, i): TextRange => ({ start, end: ends[i]! })).filter(({ start, end }) => start < end)
    const text = own.map(({ start, end }) => source.slice(start, end).replace(/\s+/g, ' ').trim()).join('\0')
    found.push({ key: `${scopeOf(node)}\0${text}`, own })
    nested.forEach(visit)
  }
  visit(parse(file, source))
  return found
}

/**
 * Where the functions of a file are that a change touched, those inside of them left out unless they changed too. The
 * top level counts as a function. Layout alone is no change; a function that was moved into another or renamed is one.
 * @param before undefined for a new file: everything has changed
 */
export const changedFunctions = (file: string, before: string | undefined, after: string): readonly TextRange[] => {
  const known = new Map<string, number>()
  for (const { key } of before === undefined ? [] : functionsOf(file, before)) known.set(key, (known.get(key) ?? 0) + 1)
  return functionsOf(file, after)
    .filter(({ key }) => {
      const left = known.get(key) ?? 0
      known.set(key, left - 1)
      return left <= 0
    })
    .flatMap(({ own }) => own)
    .sort((a, b) => a.start - b.start)
}

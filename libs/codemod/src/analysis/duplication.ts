import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'

/** A run of this many equal tokens is a copy rather than a habit of the language. */
export const CLONE_TOKENS = 50

interface Token {
  readonly id: number
  readonly line: number
}

/** A run of code that stands in two places. */
export interface Clone {
  readonly path: string
  readonly line: number
  readonly endLine: number
  readonly otherPath: string
  readonly otherLine: number
}

export interface Duplication {
  /** For each file, the lines that also stand elsewhere. */
  readonly lines: ReadonlyMap<string, ReadonlySet<number>>
  readonly clones: readonly Clone[]
}

const tokensOf = ({ file, source }: SourceUnit, ids: Map<string, number>): Token[] => {
  const tokens: Token[] = []
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file)
    if (children.length > 0) return children.forEach(visit)
    if (
      node.end === node.getStart(file) ||
      (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode)
    )
      return
    const text = node.getText(file)
    const id = ids.get(text) ?? ids.size
    ids.set(text, id)
    tokens.push({ id, line: source.lineOf(node.getStart(file)) })
  }
  visit(file)
  return tokens
}

/** Hashes of every window of tokens, rolled along so that each costs the same. */
const windowHashes = (tokens: readonly Token[]): number[] => {
  const base = 257
  const modulus = 1_000_000_007
  const multiply = (one: number, other: number): number => Number((BigInt(one) * BigInt(other)) % BigInt(modulus))
  let power = 1
  for (let count = 1; count < CLONE_TOKENS; count++) power = multiply(power, base)
  const hashes: number[] = []
  let hash = 0
  for (let index = 0; index < tokens.length; index++) {
    const leaving = tokens[index - CLONE_TOKENS]
    if (leaving) hash = (hash - (((leaving.id + 1) * power) % modulus) + modulus) % modulus
    hash = (hash * base + tokens[index]!.id + 1) % modulus
    if (index >= CLONE_TOKENS - 1) hashes.push(hash)
  }
  return hashes
}

/** Finds runs of equal tokens within and between files. Two windows in one file must not overlap. */
export const findDuplication = (units: readonly SourceUnit[]): Duplication => {
  const ids = new Map<string, number>()
  const seen = new Map<number, { path: string; start: number }>()
  const tokens = new Map(units.map((unit) => [unit.path, tokensOf(unit, ids)]))
  const lines = new Map<string, Set<number>>(units.map(({ path }) => [path, new Set()]))
  const clones: Clone[] = []
  const mark = (path: string, start: number): void => {
    for (const { line } of tokens.get(path)!.slice(start, start + CLONE_TOKENS)) lines.get(path)!.add(line)
  }
  for (const { path } of units) {
    const here = tokens.get(path)!
    let reportedUntil = -1
    windowHashes(here).forEach((hash, start) => {
      const first = seen.get(hash)
      if (first === undefined) return seen.set(hash, { path, start })
      const there = tokens.get(first.path)!
      if (first.path === path && first.start + CLONE_TOKENS > start) return undefined
      for (let offset = 0; offset < CLONE_TOKENS; offset++) {
        if (here[start + offset]!.id !== there[first.start + offset]!.id) return undefined
      }
      mark(path, start)
      mark(first.path, first.start)
      if (start <= reportedUntil) return undefined
      reportedUntil = start + CLONE_TOKENS
      const endLine = here[start + CLONE_TOKENS - 1]!.line
      clones.push({
        path,
        line: here[start]!.line,
        endLine,
        otherPath: first.path,
        otherLine: there[first.start]!.line,
      })
      return undefined
    })
  }
  return { lines, clones }
}

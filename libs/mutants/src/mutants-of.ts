import { sha256 } from '@iama/patch'
import ts from 'typescript'
import type { Candidate, Operator, Surroundings } from './candidate.ts'
import { declaredNames, isIdle } from './live-code.ts'
import { listAround } from './nodes.ts'
import { binaryOperators } from './operators/binary.ts'
import { callOperators } from './operators/calls.ts'
import { conditionOperators } from './operators/conditions.ts'
import { literalOperators } from './operators/literals.ts'
import { regexOperators } from './operators/regex.ts'
import { statementOperators } from './operators/statements.ts'
import { unaryOperators } from './operators/unary.ts'
import { parse } from './parse.ts'
import { scopeOf } from './scopes.ts'
import type { Mutant, MutantsInput } from './types.ts'

const operators: readonly Operator[] = [
  statementOperators,
  conditionOperators,
  binaryOperators,
  unaryOperators,
  literalOperators,
  regexOperators,
  callOperators,
]

const isWordPart = (character: string): boolean => /[\p{ID_Continue}$]/u.test(character)

/** Whether two characters side by side would be read as one token. */
const sticks = (a: string, b: string): boolean =>
  (isWordPart(a) && isWordPart(b)) || (a === b && /[+\-/*&|<>=?.]/.test(a)) || (a === '/' && b === '*')

const statementAt = (node: ts.Node): ts.ExpressionStatement | undefined => {
  const start = node.getStart()
  for (let at: ts.Node | undefined = node; at !== undefined && at.getStart() === start; at = at.parent)
    if (ts.isExpressionStatement(at)) return at
  return undefined
}

/** Without a semicolon before it, what starts with a bracket would go on the line above. */
const needsSemicolon = (node: ts.Node, replacement: string): boolean => {
  if (!/^[([`+\-/]/.test(replacement)) return false
  const statement = statementAt(node)
  const list = statement === undefined ? undefined : listAround(statement)
  const before = list?.[list.indexOf(statement!) - 1]
  return before !== undefined && !before.getText().endsWith(';')
}

/** Makes a replacement stand by itself where it is put. */
const settle = ({ operator, range, replacement }: Candidate, node: ts.Node, text: string): string => {
  // what was an expression must not become a declaration or a block
  const isOpening = operator !== 'block' && /^(function|class|async|let)(?![\p{ID_Continue}$])|^\{/u.test(replacement)
  let settled = isOpening ? `(${replacement})` : replacement
  if (settled === '') return settled
  const isStart = range.start === node.getStart()
  if (isStart && needsSemicolon(node, settled)) settled = `;${settled}`
  if (sticks(text[range.start - 1] ?? '', settled[0]!)) settled = ` ${settled}`
  if (sticks(settled.at(-1)!, text[range.end] ?? '')) settled = `${settled} `
  return settled
}

/** The same change of the text, however it was cut: what begins and ends alike is no part of it. */
const essence = (start: number, before: string, after: string): string => {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  return `${start + head} ${before.length - head - tail} ${after.slice(head, after.length - tail)}`
}

interface Found {
  readonly candidate: Candidate
  readonly scope: string
}

const search = (input: MutantsInput, file: ts.SourceFile): Found[] => {
  const { source, ranges } = input
  const declared = declaredNames(file)
  const around: Surroundings = { file, text: source, isGlobal: (name) => !declared.has(name) }
  const isWanted = (start: number): boolean =>
    ranges === undefined || ranges.some((range) => start >= range.start && start < range.end)
  const seen = new Set<string>()
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (isIdle(node, around.isGlobal)) return
    for (const operator of operators) {
      for (const candidate of operator(node, around)) {
        const { start, end } = candidate.range
        if (!isWanted(start)) continue
        const replacement = settle(candidate, node, source)
        const before = source.slice(start, end)
        const key = essence(start, before, replacement)
        if (before === replacement || seen.has(key)) continue
        seen.add(key)
        found.push({ candidate: { ...candidate, replacement }, scope: scopeOf(node) })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/**
 * Every small fault that can be planted in a file: one change each, none in types, imports, dead code or messages to
 * whoever debugs, none twice, and none that is known to change nothing. In the order of the text; the same input gives
 * the same list. A file that does not parse gives whatever its sound parts give.
 */
export const mutantsOf = (input: MutantsInput): readonly Mutant[] => {
  const { file, source } = input
  const parsed = parse(file, source)
  const ordered = search(input, parsed).sort(
    ({ candidate: a }, { candidate: b }) =>
      a.range.start - b.range.start || a.range.end - b.range.end || (a.replacement < b.replacement ? -1 : 1),
  )
  const ordinals = new Map<string, number>()
  return ordered.map(({ candidate: { operator, range, replacement, description }, scope }) => {
    const place = [operator, file, scope, source.slice(range.start, range.end), replacement].join('\0')
    const ordinal = ordinals.get(place) ?? 0
    ordinals.set(place, ordinal + 1)
    const { line, character } = parsed.getLineAndCharacterOfPosition(range.start)
    return {
      id: sha256(Buffer.from(`${place}\0${ordinal}`)).slice(0, 16),
      file,
      operator,
      scope,
      line: line + 1,
      column: character + 1,
      range,
      replacement,
      description,
    }
  })
}

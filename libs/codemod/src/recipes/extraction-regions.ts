import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { neverCompletes } from '../syntax/control-flow.ts'
import { regionOf, type Region } from '../syntax/data-flow.ts'
import { ancestor, isFunctionNode, isLoop, walk, within, type FunctionNode } from '../syntax/nodes.ts'
import type { Binding, Reference } from '../syntax/scopes.ts'

/** A region with the place it takes and how much it would help to take it out. */
export interface Ranked {
  readonly region: Region
  readonly start: number
  readonly end: number
  readonly lines: number
  readonly score: number
}

const MOST_INPUTS = 4
const MOST_STATEMENTS = 12
const LEAST_TOKENS = 25
const LEAST_SCORE = 2.5
const MOST_SHARE = 0.75

const blocksOf = (home: FunctionNode): ts.Block[] => {
  const blocks: ts.Block[] = []
  walk(home.body!, (node) => {
    if (isFunctionNode(node)) return false
    if (ts.isBlock(node)) blocks.push(node)
    return true
  })
  return blocks
}

/** Decisions, weighted by nesting: what a reader is spared. */
const weightOf = (statements: readonly ts.Statement[]): number => {
  let weight = 0
  const visit = (node: ts.Node, depth: number): void => {
    if (isFunctionNode(node)) return
    const nests =
      ts.isIfStatement(node) || ts.isSwitchStatement(node) || ts.isConditionalExpression(node) || isLoop(node)
    if (nests) weight += 1 + depth
    ts.forEachChild(node, (child) => visit(child, nests ? depth + 1 : depth))
  }
  for (const statement of statements) visit(statement, 0)
  return weight
}

const tokensIn = (text: string): number => text.match(/[\w$]+|[^\s\w$]/g)?.length ?? 0

const isInTry = (node: ts.Node, home: FunctionNode): boolean => {
  const around = ancestor(
    node,
    (each): each is ts.Node =>
      each === home || (ts.isTryStatement(each) && node.pos >= each.tryBlock.pos && node.end <= each.tryBlock.end),
  )
  return around !== undefined && around !== home
}

const startWithComments = (statement: ts.Statement, file: FileContext): number => {
  const [first] = ts.getLeadingCommentRanges(file.text, statement.pos) ?? []
  return first ? first.pos : statement.getStart(file.file)
}

const gives = (statement: ts.Statement, output: Binding): boolean =>
  output.declarations.some(({ identifier }) => within(identifier, statement)) ||
  output.references.some(({ identifier, write }) => write && within(identifier, statement))

/** Whether a blank line or a comment sets a statement apart from the one before it. */
const isSetApart = (statement: ts.Statement, file: FileContext): boolean =>
  /^[^\n]*\n\s*(\/\/|\/\*|\n)/.test(file.text.slice(statement.pos, statement.getStart(file.file) + 1))

/** A plain step that decides nothing and makes nothing: it belongs to what it stands in rather than to its neighbours. */
const isLoose = (statement: ts.Statement): boolean => ts.isExpressionStatement(statement) && weightOf([statement]) === 0

/** How much the statements are about one thing: a comment says so, or all of them serve the one result. */
const cohesionOf = ({ statements, output }: Region, file: FileContext): number => {
  const isSaid = ts.getLeadingCommentRanges(file.text, statements[0]!.pos) !== undefined
  const serving = output ? statements.filter((statement) => gives(statement, output)) : []
  const apart = statements.slice(1).filter((statement) => isSetApart(statement, file) && !serving.includes(statement))
  const isOneThing = output !== undefined && serving.length === statements.length
  const loose = statements.filter((statement) => isLoose(statement) && !serving.includes(statement))
  return (isSaid ? 3 : 0) + (isOneThing ? 3 : output ? -0.5 : 0) - apart.length * 2 - loose.length * 1.5
}

const rank = (
  statements: readonly ts.Statement[],
  home: FunctionNode,
  references: readonly Reference[],
  file: FileContext,
): Ranked | string | undefined => {
  const first = statements[0]!
  const last = statements.at(-1)!
  const { source } = file.unit
  const start = startWithComments(first, file)
  const text = file.text.slice(start, last.end)
  if (tokensIn(text) < LEAST_TOKENS) return undefined
  const lines = source.lineOf(last.end) - source.lineOf(start) + 1
  const homeLines = source.lineOf(home.end) - source.lineOf(home.getStart(file.file)) + 1
  const weight = weightOf(statements)
  const isSingle =
    statements.length === 1 &&
    (ts.isExpressionStatement(first) || ts.isVariableStatement(first) || ts.isReturnStatement(first))
  if (isSingle || lines > homeLines * MOST_SHARE || (weight === 0 && lines < 6)) return undefined
  const region = regionOf(statements, home, references, file.scopes, neverCompletes(last))
  if (typeof region === 'string') return region
  if (region.inputs.length > MOST_INPUTS) return undefined
  if (region.output && isInTry(first, home)) return 'it stands in a try block'
  const score = weight * 2 + lines / 3 + cohesionOf(region, file) - region.inputs.length
  return score < LEAST_SCORE ? undefined : { region, start, end: last.end, lines, score }
}

/** The regions of a function that can be taken out, the most helpful first; and a reason, if none can. */
export const rankedRegions = (
  home: FunctionNode,
  references: readonly Reference[],
  file: FileContext,
): { regions: Ranked[]; refused: string | undefined } => {
  const regions: Ranked[] = []
  let refused: string | undefined
  for (const { statements } of blocksOf(home)) {
    for (let from = 0; from < statements.length; from++) {
      for (let to = from; to < Math.min(statements.length, from + MOST_STATEMENTS); to++) {
        const outcome = rank(statements.slice(from, to + 1), home, references, file)
        if (typeof outcome === 'string') refused ??= outcome
        else if (outcome) regions.push(outcome)
      }
    }
  }
  regions.sort((one, other) => other.score - one.score || one.start - other.start || one.end - other.end)
  return { regions, refused }
}

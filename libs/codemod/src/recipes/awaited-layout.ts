import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import {
  endsLine,
  indentOf,
  isOneLine,
  reindent,
  semicolonIn,
  startOf,
  startsLine,
  stepOf,
  textOf,
} from '../engine/rewrite.ts'
import { PRIMITIVE } from '../syntax/kinds.ts'
import { boundIdentifiers, statementsOf } from '../syntax/nodes.ts'
import { returnsOf, type Chain, type Handler } from './promise-chains.ts'

/** What a handler gives to the next one: its expression, or what its last statement returns. */
export const givenBy = ({ body }: Handler): ts.Expression | undefined => {
  if (!ts.isBlock(body)) return body
  const last = body.statements.at(-1)
  return last && ts.isReturnStatement(last) ? last.expression : undefined
}

/**
 * Writes a chain as statements. What stays is kept where it is, token by token; what stood between two pieces of it is
 * replaced. A comment that would go with it makes the whole impossible.
 */
class Writer {
  readonly changes: Change[] = []
  problem: string | undefined
  private at: number
  private readonly line: string
  private readonly semicolon: string
  private readonly inTry: boolean

  private readonly chain: Chain
  private readonly file: FileContext

  constructor(chain: Chain, file: FileContext) {
    this.chain = chain
    this.file = file
    this.at = startOf(chain.statement, file)
    this.inTry = chain.caught !== undefined
    this.semicolon = semicolonIn(file)
    const indent = indentOf(chain.statement, file)
    this.line = file.unit.source.newline + indent + (this.inTry ? stepOf(file) : '')
  }

  write(): void {
    const { statement, receiver, thens, caught } = this.chain
    const { newline } = this.file.unit.source
    const outside = newline + indentOf(statement, this.file)
    if (this.inTry) this.pending = `try {${this.line}`
    let value: ts.Expression | undefined = receiver
    for (const handler of thens) {
      this.awaited(value!, handler)
      value = handler === thens.at(-1) ? undefined : givenBy(handler)
      this.body(handler, value)
    }
    if (value) this.returned(value, this.inTry)
    if (caught) {
      const name = caught.parameters[0]?.name
      this.pending += `${outside}} catch ${name ? `(${textOf(name, this.file)}) ` : ''}{${this.line}`
      this.body(caught, undefined)
      this.pending += `${outside}}`
    }
    this.gap(statement.end)
  }

  private pending = ''

  /** Replaces what stands between the last piece and an offset by what is to be written there. */
  private gap(end: number): void {
    if (this.file.hasComment(this.at, end)) this.problem ??= 'a comment stands between two parts of the chain'
    this.changes.push({ start: this.at, end, text: this.pending })
    this.pending = ''
  }

  /** Keeps a piece, with its lines where the new statement has them. */
  private keep(root: ts.Node, start: number, end: number): void {
    this.gap(start)
    const { file } = this
    const from = indentOf(firstAt(root, start, file), file)
    const to = this.line.slice(file.unit.source.newline.length)
    if (!isOneLine(start, end, file) && from !== to) {
      const moved = reindent(root, start, end, from, to, file)
      if (moved.length === 0) this.problem ??= 'it is laid out in an unusual way'
      this.changes.push(...moved)
    }
    this.at = end
  }

  private value(node: ts.Expression): void {
    const [open, close] = ts.isLeftHandSideExpression(node) ? ['', ''] : ['(', ')']
    this.pending += open
    this.keep(node, startOf(node, this.file), node.end)
    this.pending += close
  }

  /** `const v = await value;` */
  private awaited(node: ts.Expression, { parameters: [parameter] }: Handler): void {
    if (parameter) this.pending += `${wordFor(parameter, this.file)} ${textOf(parameter, this.file)} = `
    this.pending += 'await '
    this.value(node)
    this.pending += this.semicolon
  }

  private returned(node: ts.Expression, isTried: boolean): void {
    const waits = isTried && this.mayReject(node)
    this.pending += `return ${waits ? 'await ' : ''}`
    if (waits) this.value(node)
    else this.keep(node, startOf(node, this.file), node.end)
    this.pending += this.semicolon
  }

  private mayReject(node: ts.Expression): boolean {
    return !ts.isAwaitExpression(node) && !this.file.certain.isOnly(node, PRIMITIVE)
  }

  /** The statements of a handler; `value` is what its last one returns to the next handler. */
  private body(handler: Handler, value: ts.Expression | undefined): void {
    const { body } = handler
    if (handler !== this.chain.caught) {
      if (this.semicolon === '' && ts.isBlock(body) && runsOn(body.statements[0], this.file)) this.pending += ';'
      this.pending += this.line
    }
    if (!ts.isBlock(body)) {
      if (value === undefined) this.returned(body, this.inTry && handler !== this.chain.caught)
      return
    }
    const statements = value === undefined ? body.statements : body.statements.slice(0, -1)
    const start = startOf(body, this.file) + 1
    const end = value === undefined ? body.end - 1 : startOf(body.statements.at(-1)!, this.file)
    const inner = this.file.text.slice(start, end)
    if (statements.length === 0 && inner.trim() !== '')
      this.problem ??= 'a comment stands between two parts of the chain'
    if (statements.length > 0)
      this.statements(handler, statements, start + inner.search(/\S/), start + inner.trimEnd().length)
    if (statements.length > 0 && value !== undefined) this.pending += this.line
  }

  private statements(handler: Handler, statements: readonly ts.Statement[], start: number, end: number): void {
    const { file } = this
    this.keep(handler.body, start, end)
    statements.slice(1).forEach((each, n) => {
      const before = statements[n]!.end
      if (isOneLine(before, startOf(each, file), file)) {
        if (file.hasComment(before, startOf(each, file)))
          this.problem ??= 'a comment stands between two statements of a line'
        this.changes.push({ start: before, end: startOf(each, file), text: this.line })
      }
    })
    if (this.inTry && handler !== this.chain.caught) this.awaitReturns(handler)
  }

  /** A promise that is only returned from a try would be rejected outside of it. */
  private awaitReturns(handler: Handler): void {
    const passed = givenBy(handler)
    const isPassed = handler !== this.chain.thens.at(-1)
    for (const { expression } of returnsOf(handler)) {
      if (!expression || (isPassed && expression === passed) || !this.mayReject(expression)) continue
      const start = startOf(expression, this.file)
      const isTight = ts.isLeftHandSideExpression(expression)
      this.changes.push({ start, end: start, text: isTight ? 'await ' : 'await (' })
      if (!isTight) this.changes.push({ start: expression.end, end: expression.end, text: ')' })
    }
  }
}

/** Whether a statement would be taken for the rest of the one before. */
const runsOn = (node: ts.Statement | undefined, file: FileContext): boolean =>
  node !== undefined && /^[([`/+*.,-]/.test(file.text.slice(startOf(node, file)))

const wordFor = ({ name }: ts.ParameterDeclaration, { scopes }: FileContext): 'let' | 'const' =>
  boundIdentifiers(name).some((each) => scopes.declaredBy(each)?.references.some(({ write }) => write))
    ? 'let'
    : 'const'

/** The node that starts at an offset, or the root that holds it. */
const firstAt = (root: ts.Node, start: number, file: FileContext): ts.Node =>
  ts.isBlock(root) ? (root.statements.find((each) => startOf(each, file) >= start) ?? root) : root

/** The changes that write a chain as statements, or why they cannot be made. */
export const changesOf = (chain: Chain, file: FileContext): Change[] | string => {
  const { statement } = chain
  const end = ts.getTrailingCommentRanges(file.text, statement.end)?.at(-1)?.end ?? statement.end
  if (!startsLine(statement, file) || !endsLine(end, file)) return 'the statement shares its line with other code'
  const siblings = statementsOf(statement.parent) ?? []
  if (runsOn(siblings[siblings.indexOf(statement) + 1], file)) return 'the next statement would run on from it'
  const writer = new Writer(chain, file)
  writer.write()
  return writer.problem ?? writer.changes.filter(({ start, end: stop, text }) => start < stop || text !== '')
}

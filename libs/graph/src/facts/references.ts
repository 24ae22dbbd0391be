import { isFunctionNode, type Binding } from '@iama/codemod'
import ts from 'typescript'

import type { Draft } from './draft.ts'
import { loadOf } from './loads.ts'
import type { ReferenceFact, ReferenceKind, Target } from './types.ts'

/** Longest chain of dots that is followed: `namespace.object.method`. */
const MOST_MEMBERS = 3

interface Dotted {
  readonly node: ts.Node
  readonly members: readonly string[]
}

const isThrough = (parent: ts.Node, node: ts.Node): boolean =>
  ts.isParenthesizedExpression(parent) ||
  ts.isAsExpression(parent) ||
  ts.isNonNullExpression(parent) ||
  ts.isSatisfiesExpression(parent) ||
  (ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.CommaToken &&
    parent.right === node &&
    ts.isParenthesizedExpression(parent.parent))

/** The expression that a name begins, with the members that are taken of it. */
const dotted = (start: ts.Node): Dotted => {
  const members: string[] = []
  let node = start
  for (;;) {
    const { parent } = node
    if (isThrough(parent, node)) node = parent
    else if (members.length === MOST_MEMBERS) break
    else if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      members.push(parent.name.text)
      node = parent
    } else if (ts.isElementAccessExpression(parent) && parent.expression === node) {
      if (!ts.isStringLiteralLike(parent.argumentExpression)) break
      members.push(parent.argumentExpression.text)
      node = parent
    } else if (ts.isQualifiedName(parent) && parent.left === node) {
      members.push(parent.right.text)
      node = parent
    } else break
  }
  return { node, members }
}

const kindAt = (node: ts.Node, typeOnly: boolean): ReferenceKind => {
  const { parent } = node
  if (ts.isExpressionWithTypeArguments(parent) && ts.isHeritageClause(parent.parent)) return 'extends'
  if (typeOnly) return 'type'
  if (ts.isCallExpression(parent) && parent.expression === node) return 'call'
  if (ts.isNewExpression(parent) && parent.expression === node) return 'new'
  if (ts.isTaggedTemplateExpression(parent) && parent.tag === node) return 'call'
  if (ts.isJsxOpeningElement(parent) || ts.isJsxSelfClosingElement(parent)) return 'call'
  return ts.isDecorator(parent) ? 'call' : 'use'
}

/** Goes through the code of a file and enters who speaks of what. */
export class References {
  readonly free = new Set<string>()
  private readonly draft: Draft
  private readonly found = new Map<string, { from: number; kind: ReferenceKind; target: Target; lines: number[] }>()
  private readonly instances = new Map<Binding, Target | undefined>()

  constructor(draft: Draft) {
    this.draft = draft
    this.visit(draft.unit.file, 0, undefined)
  }

  get facts(): ReferenceFact[] {
    return [...this.found.values()]
  }

  private visit(node: ts.Node, owner: number, self: number | undefined): void {
    const { ownerAt, selfAt } = this.draft
    const from = ownerAt.get(node) ?? owner
    let within = self
    if (ts.isClassLike(node)) within = ownerAt.get(node)
    else if (isFunctionNode(node) && !ts.isArrowFunction(node) && !ts.isClassLike(node.parent))
      within = selfAt.get(node)
    if (ts.isIdentifier(node)) this.identifier(node, from)
    else if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword)
      this.own(node, from, within)
    else if (ts.isCallExpression(node)) this.loaded(node, from)
    else if (ts.isNewExpression(node)) this.made(node, from)
    ts.forEachChild(node, (child) => this.visit(child, from, within))
  }

  private identifier(node: ts.Identifier, from: number): void {
    const { draft } = this
    const reference = draft.scopes.referenceOf(node)
    if (reference === undefined || draft.exporting.has(node)) return
    const { binding, typeOnly } = reference
    if (binding === undefined) {
      this.free.add(node.text)
      return
    }
    const target = draft.targetOfBinding(binding)
    const { node: whole, members } = dotted(node)
    if (target !== undefined) return this.enter(from, whole, { ...target, members }, typeOnly)
    const instance = members.length > 0 ? this.instanceOf(binding) : undefined
    if (instance === undefined) return
    this.enter(from, whole, { ...instance, members: [...(instance.members ?? []), ...members] }, false)
  }

  /** `this.x`, `super.x` and `super(...)`. */
  private own(node: ts.Node, from: number, self: number | undefined): void {
    if (self === undefined) return
    const { node: whole, members } = dotted(node)
    const isBase = node.kind === ts.SyntaxKind.SuperKeyword
    if (members.length > 0) this.enter(from, whole, { symbol: self, members, ...(isBase && { base: true }) }, false)
    else if (isBase) this.enter(from, whole, { symbol: self, members: ['constructor'], base: true }, false)
  }

  /** `require('x').y(...)`, `(await import('x')).y`; what a name is given to is an import. */
  private loaded(node: ts.CallExpression, from: number): void {
    const load = loadOf(node, this.draft.scopes)
    if (load === undefined) return
    let { node: whole, members } = dotted(node)
    if (ts.isAwaitExpression(whole.parent)) ({ node: whole, members } = dotted(whole.parent))
    const isNamed = ts.isVariableDeclaration(whole.parent) || this.draft.exporting.has(node)
    const isOnlyLoaded = members.length === 0 && ts.isExpressionStatement(whole.parent)
    if (isNamed || isOnlyLoaded) return
    this.enter(from, whole, { import: this.draft.addLoad(load, node), members }, false)
  }

  /** `new Cart().total()`. */
  private made(node: ts.NewExpression, from: number): void {
    const { node: whole, members } = dotted(node)
    const target = members.length > 0 ? this.draft.targetOf(node.expression) : undefined
    if (target !== undefined)
      this.enter(from, whole, { ...target, members: [...(target.members ?? []), ...members] }, false)
  }

  private enter(from: number, node: ts.Node, target: Target, typeOnly: boolean): void {
    const kind = kindAt(node, typeOnly)
    const members = target.members ?? []
    const key = `${from} ${kind} ${target.symbol} ${target.import} ${target.base} ${members.join('.')}`
    const line = this.draft.lineOf(node)
    const known = this.found.get(key)
    if (known !== undefined) {
      known.lines.push(line)
      return
    }
    const { members: _, ...bare } = target
    this.found.set(key, { from, kind, target: members.length > 0 ? { ...bare, members } : bare, lines: [line] })
  }

  /** The class of a local that is made by `new` or annotated, and never given another value. */
  private instanceOf(binding: Binding): Target | undefined {
    if (this.instances.has(binding)) return this.instances.get(binding)
    const [declaration, another] = binding.declarations
    let found: Target | undefined
    if (declaration !== undefined && another === undefined) {
      const { node } = declaration
      const isVariable = ts.isVariableDeclaration(node) || ts.isParameter(node)
      if (isVariable && ts.isIdentifier(node.name)) {
        found = this.draft.targetOfType(node.type)
        const { initializer } = node
        const isMade = initializer !== undefined && ts.isNewExpression(initializer)
        if (found === undefined && isMade && !binding.references.some(({ write }) => write))
          found = this.draft.targetOf(initializer.expression)
      }
    }
    this.instances.set(binding, found)
    return found
  }
}

import type { Binding, ScopeTree, SourceUnit } from '@iama/codemod'
import ts from 'typescript'

import { loadOf, type Load } from './loads.ts'
import type { ImportFact, Range, SymbolFact, SymbolKind, Target } from './types.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Making extends Mutable<Omit<SymbolFact, 'ranges' | 'bases'>> {
  readonly ranges: Range[]
  bases?: Target[]
}

interface More {
  readonly isMember?: boolean
  readonly runsOnLoad?: boolean
}

/** The facts of one file while they are collected: its declarations, its imports, and what stands for which. */
export class Draft {
  readonly unit: SourceUnit
  readonly scopes: ScopeTree
  readonly symbols: Making[] = []
  readonly imports: ImportFact[] = []
  readonly symbolOf = new Map<Binding, number>()
  readonly importOf = new Map<Binding, number>()
  /** The declaration whose code a node holds. */
  readonly ownerAt = new Map<ts.Node, number>()
  /** What `this` is in a function that is no arrow function. */
  readonly selfAt = new Map<ts.Node, number>()
  /** Identifiers that only say what is exported: they use nothing. */
  readonly exporting = new Set<ts.Node>()
  private readonly names = new Set<string>()
  private readonly members = new Map<string, number>()
  private readonly importAt = new Map<string, number>()

  constructor(unit: SourceUnit) {
    this.unit = unit
    this.scopes = unit.scopes
    this.declare(unit.file, '', 'module', -1)
  }

  lineOf(node: ts.Node): number {
    return this.unit.source.lineOf(node.getStart(this.unit.file))
  }

  declare(node: ts.Node, name: string, kind: SymbolKind, parent: number, more: More = {}): number {
    const { isMember = false, runsOnLoad = false } = more
    const key = `${parent} ${name}`
    const known = isMember ? this.members.get(key) : undefined
    if (known !== undefined) {
      this.addRange(known, node)
      return known
    }
    const around = parent > 0 ? `${this.symbols[parent]!.name}.` : ''
    const index = this.symbols.length
    this.symbols.push({ name: this.unused(around + name), kind, parent, ranges: [], isMember, runsOnLoad })
    if (isMember) this.members.set(key, index)
    this.addRange(index, node)
    return index
  }

  addRange(symbol: number, node: ts.Node): void {
    const { file, source } = this.unit
    const start = ts.isSourceFile(node) ? 0 : node.getStart(file)
    this.symbols[symbol]!.ranges.push([start, node.end, source.lineOf(start), source.lineOf(node.end)])
    this.ownerAt.set(node, symbol)
  }

  addImport(specifier: string, name: string, at: ts.Node, typeOnly = false): number {
    const key = `${typeOnly} ${name} ${specifier}`
    const known = this.importAt.get(key)
    if (known !== undefined) return known
    this.importAt.set(key, this.imports.length)
    return this.imports.push({ specifier, name, typeOnly, line: this.lineOf(at) }) - 1
  }

  addLoad({ specifier, name }: Load, at: ts.Node): number {
    return this.addImport(specifier, name, at)
  }

  /** What a binding stands for outside of the function that it is declared in; nothing for locals. */
  targetOfBinding(binding: Binding): Target | undefined {
    const symbol = this.symbolOf.get(binding)
    if (symbol !== undefined) return { symbol }
    const imported = this.importOf.get(binding)
    return imported === undefined ? undefined : { import: imported }
  }

  /** What `a`, `a.b.c` or a `require(...)` with members stands for. */
  targetOf(node: ts.Node): Target | undefined {
    const members: string[] = []
    let at = node
    for (;;) {
      if (ts.isPropertyAccessExpression(at)) {
        members.unshift(at.name.text)
        at = at.expression
      } else if (ts.isQualifiedName(at)) {
        members.unshift(at.right.text)
        at = at.left
      } else break
    }
    const base = this.targetOfBase(at)
    return base === undefined || members.length === 0 ? base : { ...base, members }
  }

  /** The class or interface that a type annotation names; `| undefined` and `| null` do not matter. */
  targetOfType(type: ts.TypeNode | undefined): Target | undefined {
    if (type === undefined) return undefined
    if (ts.isTypeReferenceNode(type)) return this.targetOf(type.typeName)
    if (!ts.isUnionTypeNode(type)) return undefined
    const named = type.types.filter((each) => ts.isTypeReferenceNode(each))
    return named.length === 1 ? this.targetOfType(named[0]) : undefined
  }

  private targetOfBase(node: ts.Node): Target | undefined {
    if (ts.isIdentifier(node)) {
      const binding = this.scopes.bindingOf(node)
      return binding && this.targetOfBinding(binding)
    }
    const load = ts.isExpression(node) ? loadOf(node, this.scopes) : undefined
    return load && { import: this.addLoad(load, node) }
  }

  private unused(name: string): string {
    let free = name
    for (let count = 2; this.names.has(free); count += 1) free = `${name}~${count}`
    this.names.add(free)
    return free
  }
}

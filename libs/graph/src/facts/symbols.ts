import { bare, boundIdentifiers, isFunctionNode, sharedBinding } from '@iama/codemod'
import ts from 'typescript'

import { readAssignment, type CommonJs } from './common-js.ts'
import type { Draft } from './draft.ts'
import { exportDefault } from './exports.ts'
import { readImportType, readLoadedVariable } from './imports.ts'
import { loadOf } from './loads.ts'
import { readMembers, readProperties, readSignatures } from './members.ts'
import type { SymbolKind } from './types.ts'
import { doesSomething, kindOfValue } from './values.ts'

/** A type that is only known by a name until every declaration of the file is. */
export interface LateType {
  readonly symbol: number
  readonly instance?: ts.TypeNode | ts.Expression
  readonly bases?: readonly ts.Expression[]
}

/** Goes through a file and enters its declarations. */
export class Declarations {
  readonly draft: Draft
  readonly commonJs: CommonJs = { exports: [], stars: [] }
  readonly late: LateType[] = []

  constructor(draft: Draft) {
    this.draft = draft
  }

  readonly visit = (node: ts.Node, owner: number): void => {
    switch (node.kind) {
      case ts.SyntaxKind.FunctionDeclaration:
        return this.functionDeclaration(node as ts.FunctionDeclaration, owner)
      case ts.SyntaxKind.ClassDeclaration:
        return this.classDeclaration(node as ts.ClassDeclaration, owner)
      case ts.SyntaxKind.VariableDeclaration:
        return this.variable(node as ts.VariableDeclaration, owner)
      case ts.SyntaxKind.InterfaceDeclaration:
        return this.interfaceDeclaration(node as ts.InterfaceDeclaration, owner)
      case ts.SyntaxKind.TypeAliasDeclaration:
        return this.typed(node, (node as ts.TypeAliasDeclaration).name, 'type', owner)
      case ts.SyntaxKind.EnumDeclaration:
        return this.typed(node, (node as ts.EnumDeclaration).name, 'enum', owner)
      case ts.SyntaxKind.ModuleDeclaration:
        return this.namespace(node as ts.ModuleDeclaration, owner)
      case ts.SyntaxKind.ExportAssignment:
        return exportDefault(this, node as ts.ExportAssignment, owner)
      case ts.SyntaxKind.CallExpression:
        return this.call(node as ts.CallExpression, owner)
      case ts.SyntaxKind.BinaryExpression:
        return readAssignment(this, node as ts.BinaryExpression, owner) ? undefined : this.children(node, owner)
      case ts.SyntaxKind.ImportType:
        readImportType(this.draft, node as ts.ImportTypeNode)
        return this.children(node, owner)
      default:
        return this.children(node, owner)
    }
  }

  /** The whole file; functions first, for what stands before them may give them members. */
  file(): void {
    const { statements } = this.draft.unit.file
    for (const statement of statements) if (ts.isFunctionDeclaration(statement)) this.visit(statement, 0)
    for (const statement of statements) if (!ts.isFunctionDeclaration(statement)) this.visit(statement, 0)
  }

  children(node: ts.Node, owner: number): void {
    ts.forEachChild(node, (child) => this.visit(child, owner))
  }

  /** Enters what a symbol's value holds: the members of a class or an object, or what its code declares. */
  value(expression: ts.Expression, symbol: number): void {
    const value = bare(expression)
    if (ts.isClassExpression(value)) return this.classBody(value, symbol)
    if (ts.isObjectLiteralExpression(value)) return readProperties(this, value, symbol)
    if (isFunctionNode(value)) this.draft.selfAt.set(value, symbol)
    this.visit(value, symbol)
    if (ts.isNewExpression(value)) this.late.push({ symbol, instance: value.expression })
  }

  classBody(node: ts.ClassLikeDeclaration, symbol: number): void {
    this.draft.ownerAt.set(node, symbol)
    const bases = node.heritageClauses?.flatMap(({ types }) => types.map(({ expression }) => expression)) ?? []
    if (bases.length > 0) this.late.push({ symbol, bases })
    readMembers(this, node, symbol)
  }

  private functionDeclaration(node: ts.FunctionDeclaration, owner: number): void {
    const symbol = this.named(node, node.name, 'function', owner)
    this.draft.selfAt.set(node, symbol)
    this.children(node, symbol)
  }

  private classDeclaration(node: ts.ClassDeclaration, owner: number): void {
    this.classBody(node, this.named(node, node.name, 'class', owner))
  }

  private interfaceDeclaration(node: ts.InterfaceDeclaration, owner: number): void {
    const symbol = this.named(node, node.name, 'type', owner)
    const bases = node.heritageClauses?.flatMap(({ types }) => types.map(({ expression }) => expression)) ?? []
    if (bases.length > 0) this.late.push({ symbol, bases })
    readSignatures(this, node, symbol)
  }

  private namespace(node: ts.ModuleDeclaration, owner: number): void {
    if (ts.isIdentifier(node.name)) this.typed(node, node.name, 'namespace', owner)
    else this.children(node, owner)
  }

  private call(node: ts.CallExpression, owner: number): void {
    const load = loadOf(node, this.draft.scopes)
    if (load !== undefined) this.draft.addLoad(load, node)
    if (!readAssignment(this, node, owner)) this.children(node, owner)
  }

  private typed(node: ts.Node, name: ts.Identifier, kind: SymbolKind, owner: number): void {
    this.children(node, this.named(node, name, kind, owner))
  }

  /** A symbol for a declaration; the same one again for overloads and for what is declared twice. */
  private named(node: ts.Node, name: ts.Identifier | undefined, kind: SymbolKind, owner: number): number {
    const { draft } = this
    const binding = name && draft.scopes.declaredBy(name)
    const known = binding && draft.symbolOf.get(binding)
    if (known !== undefined) {
      draft.addRange(known, node)
      return known
    }
    const symbol = draft.declare(node, name?.text ?? 'default', kind, owner)
    if (binding === undefined || name === undefined) return symbol
    draft.symbolOf.set(binding, symbol)
    const shared = kind === 'function' ? sharedBinding(name, binding) : undefined
    if (shared !== undefined && !draft.symbolOf.has(shared)) draft.symbolOf.set(shared, symbol)
    return symbol
  }

  private variable(node: ts.VariableDeclaration, owner: number): void {
    const { draft } = this
    const names = boundIdentifiers(node.name)
    const bindings = names.flatMap((name) => draft.scopes.declaredBy(name) ?? [])
    if (readLoadedVariable(draft, node)) return
    const kind = kindOfValue(node.initializer)
    const isTop = bindings[0]?.scope === draft.scopes.root && !isOfLoop(node)
    if (!isTop && !(kind !== 'variable' && ts.isIdentifier(node.name))) return this.children(node, owner)
    const runsOnLoad = kind === 'variable' && node.initializer !== undefined && doesSomething(node.initializer)
    const place = placeOf(node)
    const symbols = names.map((name, at) => {
      const binding = bindings[at]
      const known = binding && draft.symbolOf.get(binding)
      const symbol = known ?? draft.declare(place, name.text, kind, owner, { runsOnLoad })
      if (known !== undefined) draft.addRange(known, place)
      if (binding !== undefined) draft.symbolOf.set(binding, symbol)
      return symbol
    })
    const [symbol = owner] = symbols
    draft.ownerAt.set(place, symbol)
    if (!ts.isIdentifier(node.name)) return this.children(node, symbol)
    if (node.type) {
      this.late.push({ symbol, instance: node.type })
      this.visit(node.type, symbol)
    }
    if (node.initializer) this.value(node.initializer, symbol)
  }
}

/** The whole statement where it declares one variable only. */
const placeOf = (node: ts.VariableDeclaration): ts.Node => {
  const list = node.parent
  const isAlone = ts.isVariableDeclarationList(list) && list.declarations.length === 1
  return isAlone && ts.isVariableStatement(list.parent) ? list.parent : node
}

const isOfLoop = (node: ts.VariableDeclaration): boolean => !ts.isVariableStatement(node.parent.parent)

import { isFunctionNode } from '@iama/codemod'
import ts from 'typescript'

import type { Declarations } from './symbols.ts'
import { doesSomething, kindOfValue, memberName } from './values.ts'

const readParameterProperties = (all: Declarations, node: ts.ConstructorDeclaration, symbol: number): void => {
  for (const parameter of node.parameters) {
    if (!ts.isParameterPropertyDeclaration(parameter, node) || !ts.isIdentifier(parameter.name)) continue
    const field = all.draft.declare(parameter, parameter.name.text, 'property', symbol, { isMember: true })
    if (parameter.type) all.late.push({ symbol: field, instance: parameter.type })
  }
}

const readField = (all: Declarations, node: ts.PropertyDeclaration, name: string, symbol: number): void => {
  const kind = kindOfValue(node.initializer) === 'function' ? 'method' : 'property'
  const isStatic = node.modifiers?.some((each) => each.kind === ts.SyntaxKind.StaticKeyword) ?? false
  const runsOnLoad = isStatic && node.initializer !== undefined && doesSomething(node.initializer)
  const field = all.draft.declare(node, name, kind, symbol, { isMember: true, runsOnLoad })
  if (node.type) {
    all.late.push({ symbol: field, instance: node.type })
    all.visit(node.type, field)
  }
  if (node.initializer) all.value(node.initializer, field)
}

/** Enters the members of a class; what has a computed name belongs to the class. */
export const readMembers = (all: Declarations, node: ts.ClassLikeDeclaration, symbol: number): void => {
  for (const member of node.members) {
    if (ts.isConstructorDeclaration(member)) {
      const maker = all.draft.declare(member, 'constructor', 'method', symbol, { isMember: true })
      readParameterProperties(all, member, symbol)
      all.children(member, maker)
      continue
    }
    const name = member.name && memberName(member.name)
    if (name === undefined) all.visit(member, symbol)
    else if (ts.isPropertyDeclaration(member)) readField(all, member, name, symbol)
    else all.children(member, all.draft.declare(member, name, 'method', symbol, { isMember: true }))
  }
}

/** Enters what an interface asks for: whoever calls it calls those that implement it. */
export const readSignatures = (all: Declarations, node: ts.InterfaceDeclaration, symbol: number): void => {
  for (const member of node.members) {
    const name = member.name && memberName(member.name)
    if (name === undefined || !(ts.isMethodSignature(member) || ts.isPropertySignature(member))) continue
    const kind = ts.isMethodSignature(member) ? 'method' : 'property'
    const field = all.draft.declare(member, name, kind, symbol, { isMember: true })
    if (ts.isPropertySignature(member) && member.type) all.late.push({ symbol: field, instance: member.type })
  }
}

/** Enters the functions of an object that a symbol holds; its other values belong to the symbol. */
export const readProperties = (all: Declarations, node: ts.ObjectLiteralExpression, symbol: number): void => {
  for (const property of node.properties) {
    const name = property.name && memberName(property.name)
    const value = ts.isPropertyAssignment(property) ? property.initializer : undefined
    if (name === undefined || !(isFunctionNode(property) || kindOfValue(value) !== 'variable')) {
      all.visit(property, symbol)
      continue
    }
    const kind = kindOfValue(value) === 'class' ? 'class' : 'method'
    const member = all.draft.declare(property, name, kind, symbol, { isMember: true })
    if (value !== undefined) all.value(value, member)
    else all.children(property, member)
    const code = value ?? property
    if (isFunctionNode(code)) all.draft.selfAt.set(code, symbol)
  }
}

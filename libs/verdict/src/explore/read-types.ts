import ts from 'typescript'
import { elementOf, propertyOf, type Kind, type Shape } from './shape.ts'

/** Kinds by the names that types and `typeof` have for them. */
export const kindNames: Readonly<Record<string, Kind>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  object: 'object',
  function: 'function',
}

const mostLevels = 6

const add = (shape: Shape, kind: Kind, value: string | number | boolean): void => {
  shape.kinds.add(kind)
  shape.literals.add(value)
}

/** What a literal says of the value that it stands beside or for. */
export const readLiteral = (node: ts.Expression, shape: Shape): void => {
  if (ts.isStringLiteralLike(node)) add(shape, 'string', node.text)
  else if (ts.isNumericLiteral(node)) add(shape, 'number', Number(node.text))
  else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    add(shape, 'boolean', node.kind === ts.SyntaxKind.TrueKeyword)
  else if (ts.isArrayLiteralExpression(node)) elementOf(shape)
  else if (ts.isObjectLiteralExpression(node)) shape.kinds.add('object')
}

/** Reads what types say; those that the file itself declares are followed. */
export class TypeReader {
  private readonly declared: ReadonlyMap<string, ts.TypeNode | ts.InterfaceDeclaration>

  constructor(file: ts.SourceFile) {
    const declared = new Map<string, ts.TypeNode | ts.InterfaceDeclaration>()
    for (const node of file.statements) {
      if (ts.isInterfaceDeclaration(node)) declared.set(node.name.text, node)
      if (ts.isTypeAliasDeclaration(node)) declared.set(node.name.text, node.type)
    }
    this.declared = declared
  }

  read(node: ts.TypeNode, shape: Shape, level = 0): void {
    if (level > mostLevels) return
    const inner = level + 1
    if (ts.isArrayTypeNode(node)) return this.read(node.elementType, elementOf(shape), inner)
    if (ts.isTypeOperatorNode(node) || ts.isParenthesizedTypeNode(node)) return this.read(node.type, shape, inner)
    if (ts.isUnionTypeNode(node)) return node.types.forEach((each) => this.read(each, shape, inner))
    if (ts.isLiteralTypeNode(node) && ts.isExpression(node.literal)) return readLiteral(node.literal, shape)
    if (ts.isTypeLiteralNode(node)) return this.members(node.members, shape, level)
    if (ts.isFunctionTypeNode(node)) return void shape.kinds.add('function')
    if (ts.isTypeReferenceNode(node)) return this.reference(node, shape, level)
    const kind = kindNames[node.getText()]
    if (kind) shape.kinds.add(kind)
  }

  private reference(node: ts.TypeReferenceNode, shape: Shape, level: number): void {
    const name = node.typeName.getText()
    const [argument] = node.typeArguments ?? []
    if (/^(Readonly)?Array$|^Iterable$/.test(name) && argument) return this.read(argument, elementOf(shape), level + 1)
    const found = this.declared.get(name)
    if (found && ts.isInterfaceDeclaration(found)) return this.members(found.members, shape, level)
    if (found) this.read(found, shape, level + 1)
  }

  private members(members: readonly ts.TypeElement[], shape: Shape, level: number): void {
    for (const member of members) {
      if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name)) continue
      const inner = propertyOf(shape, member.name.text)
      if (member.type) this.read(member.type, inner, level + 1)
    }
  }
}

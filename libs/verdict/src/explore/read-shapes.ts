import ts from 'typescript'
import { elementOf, propertyOf, type Kind, type Shape } from './shape.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const ofArrays = words(
  'map forEach filter reduce reduceRight some every find findIndex findLast push pop shift unshift splice sort reverse join flatMap flat fill',
)
const ofStrings = words(
  'split trim trimStart trimEnd toUpperCase toLowerCase charAt charCodeAt codePointAt substring substr replace replaceAll match matchAll padStart padEnd startsWith endsWith repeat normalize localeCompare',
)
const ofNumbers = words('toFixed toPrecision toExponential')
const ofBoth = words('slice indexOf includes concat at lastIndexOf')
const arithmetic: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
])
const comparing: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
])
const kindNames: Readonly<Record<string, Kind>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  object: 'object',
  function: 'function',
}

const mostLevels = 6

export type Callable = ts.FunctionLikeDeclaration & { readonly body?: ts.ConciseBody | undefined }

/** Reads from the uses of parameters what they have to be; functions of the same file are followed. */
export class ShapeReader {
  private readonly named: ReadonlyMap<string, Callable>
  private readonly types: ReadonlyMap<string, ts.TypeNode | ts.InterfaceDeclaration>

  /** @param named functions of the file by their names */
  constructor(file: ts.SourceFile, named: ReadonlyMap<string, Callable>) {
    this.named = named
    const types = new Map<string, ts.TypeNode | ts.InterfaceDeclaration>()
    for (const node of file.statements) {
      if (ts.isInterfaceDeclaration(node)) types.set(node.name.text, node)
      if (ts.isTypeAliasDeclaration(node)) types.set(node.name.text, node.type)
    }
    this.types = types
  }

  parameter(of: Callable, at: number, shape: Shape, level = 0): void {
    const declared = of.parameters[at]
    if (declared === undefined || level > mostLevels) return
    if (declared.type) this.type(declared.type, shape)
    if (declared.initializer) this.literal(declared.initializer, shape)
    if (of.body) this.binding(declared.name, of.body, shape, level)
  }

  private binding(name: ts.BindingName, within: ts.Node, shape: Shape, level: number): void {
    if (ts.isIdentifier(name)) return this.uses(name.text, within, shape, level)
    for (const element of name.elements) {
      if (!ts.isBindingElement(element)) continue
      const property = element.propertyName ?? element.name
      const inner = ts.isArrayBindingPattern(name)
        ? elementOf(shape)
        : ts.isIdentifier(property) && !element.dotDotDotToken
          ? propertyOf(shape, property.text)
          : undefined
      if (inner === undefined) continue
      if (element.initializer) this.literal(element.initializer, inner)
      this.binding(element.name, within, inner, level + 1)
    }
  }

  private uses(name: string, within: ts.Node, shape: Shape, level: number): void {
    if (level > mostLevels) return
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node.text === name && !isName(node)) this.use(node, shape, level)
      ts.forEachChild(node, visit)
    }
    visit(within)
  }

  /** One place where the value stands. */
  private use(node: ts.Expression, shape: Shape, level: number): void {
    const { parent } = node
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return this.member(parent, shape, level)
    if (ts.isElementAccessExpression(parent) && parent.expression === node) {
      const { argumentExpression: key } = parent
      return this.use(parent, ts.isStringLiteral(key) ? propertyOf(shape, key.text) : elementOf(shape), level + 1)
    }
    if (ts.isBinaryExpression(parent)) return this.binary(node, parent, shape)
    if (ts.isCallExpression(parent)) return this.call(node, parent, shape, level)
    if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
      if (parent.operator !== ts.SyntaxKind.ExclamationToken) shape.kinds.add('number')
    } else if (ts.isForOfStatement(parent) && parent.expression === node) {
      const declared = ts.isVariableDeclarationList(parent.initializer) ? parent.initializer.declarations[0] : undefined
      if (declared) this.binding(declared.name, parent.statement, elementOf(shape), level + 1)
    } else if (ts.isVariableDeclaration(parent) && parent.initializer === node) {
      const scope = ts.findAncestor(parent, ts.isFunctionLike) ?? parent.getSourceFile()
      this.binding(parent.name, scope, shape, level + 1)
    } else if (ts.isTypeOfExpression(parent)) this.typeOf(parent, shape)
    else if (ts.isTemplateSpan(parent)) shape.kinds.add('string')
  }

  private member(access: ts.PropertyAccessExpression, shape: Shape, level: number): void {
    const name = access.name.text
    const call = ts.isCallExpression(access.parent) && access.parent.expression === access ? access.parent : undefined
    if (name === 'length' || (call && ofBoth.has(name))) {
      const isText = call?.arguments.some((each) => ts.isStringLiteral(each)) ?? false
      if (!shape.kinds.has('array')) shape.kinds.add('string')
      if (!isText) shape.kinds.add('array')
    } else if (call && ofStrings.has(name)) shape.kinds.add('string')
    else if (call && ofNumbers.has(name)) shape.kinds.add('number')
    else if (call && ofArrays.has(name)) {
      const element = elementOf(shape)
      const [given] = call.arguments
      if (given && (ts.isArrowFunction(given) || ts.isFunctionExpression(given)))
        this.parameter(given, name.startsWith('reduce') ? 1 : 0, element, level + 1)
      else if (given && ts.isIdentifier(given) && this.named.has(given.text))
        this.parameter(this.named.get(given.text)!, 0, element, level + 1)
    } else this.use(access, propertyOf(shape, name), level + 1)
  }

  private binary(node: ts.Expression, { left, right, operatorToken }: ts.BinaryExpression, shape: Shape): void {
    const other = left === node ? right : left
    if (arithmetic.has(operatorToken.kind)) shape.kinds.add('number')
    else if (operatorToken.kind === ts.SyntaxKind.PlusToken) {
      if (ts.isStringLiteralLike(other) || ts.isTemplateExpression(other)) shape.kinds.add('string')
      else shape.kinds.add('number')
    } else if (operatorToken.kind === ts.SyntaxKind.InKeyword && right === node) shape.kinds.add('object')
    else if (comparing.has(operatorToken.kind)) this.literal(other, shape)
    else if (left === node) this.literal(right, shape)
  }

  /** `typeof x === 'string'`. */
  private typeOf({ parent }: ts.TypeOfExpression, shape: Shape): void {
    if (!ts.isBinaryExpression(parent) || !ts.isStringLiteralLike(parent.right)) return
    const kind = kindNames[parent.right.text]
    if (kind) shape.kinds.add(kind)
  }

  private call(node: ts.Expression, call: ts.CallExpression, shape: Shape, level: number): void {
    if (call.expression === node) {
      shape.kinds.add('function')
      return
    }
    const at = call.arguments.indexOf(node)
    const callee = call.expression
    if (ts.isIdentifier(callee)) {
      const local = this.named.get(callee.text)
      if (local) this.parameter(local, at, shape, level + 1)
      else if (/^(parseInt|parseFloat)$/.test(callee.text)) shape.kinds.add('string')
      else if (callee.text === 'Number') shape.kinds.add('number')
    } else if (ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression)) {
      const owner = callee.expression.text
      if (owner === 'Math') shape.kinds.add('number')
      else if (owner === 'Object') shape.kinds.add('object')
      else if (owner === 'JSON' && callee.name.text === 'parse') shape.kinds.add('string')
    }
  }

  /** A literal beside which the value stands, or that takes its place. */
  private literal(node: ts.Expression, shape: Shape): void {
    if (ts.isStringLiteralLike(node)) addLiteral(shape, 'string', node.text)
    else if (ts.isNumericLiteral(node)) addLiteral(shape, 'number', Number(node.text))
    else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
      addLiteral(shape, 'boolean', node.kind === ts.SyntaxKind.TrueKeyword)
    else if (ts.isArrayLiteralExpression(node)) elementOf(shape)
    else if (ts.isObjectLiteralExpression(node)) shape.kinds.add('object')
  }

  /** What a type says. */
  private type(node: ts.TypeNode, shape: Shape, level = 0): void {
    if (level > mostLevels) return
    if (ts.isArrayTypeNode(node)) return this.type(node.elementType, elementOf(shape), level + 1)
    if (ts.isTypeOperatorNode(node) || ts.isParenthesizedTypeNode(node)) return this.type(node.type, shape, level + 1)
    if (ts.isUnionTypeNode(node)) return node.types.forEach((each) => this.type(each, shape, level + 1))
    if (ts.isLiteralTypeNode(node) && ts.isExpression(node.literal)) return this.literal(node.literal, shape)
    if (ts.isTypeLiteralNode(node)) return this.members(node.members, shape, level)
    if (ts.isFunctionTypeNode(node)) return void shape.kinds.add('function')
    if (ts.isTypeReferenceNode(node)) {
      const name = node.typeName.getText()
      const [argument] = node.typeArguments ?? []
      if (/^(Readonly)?Array$|^Iterable$/.test(name) && argument)
        return this.type(argument, elementOf(shape), level + 1)
      const found = this.types.get(name)
      if (found && ts.isInterfaceDeclaration(found)) return this.members(found.members, shape, level)
      return found && this.type(found, shape, level + 1)
    }
    const name = kindNames[node.getText()]
    if (name) shape.kinds.add(name)
  }

  private members(members: readonly ts.TypeElement[], shape: Shape, level: number): void {
    for (const member of members) {
      if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name)) continue
      const inner = propertyOf(shape, member.name.text)
      if (member.type) this.type(member.type, inner, level + 1)
    }
  }
}

const addLiteral = (shape: Shape, kind: Kind, value: string | number | boolean): void => {
  shape.kinds.add(kind)
  shape.literals.add(value)
}

/** Whether an identifier only names a member or a declaration. */
const isName = (node: ts.Identifier): boolean => {
  const { parent } = node
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ((ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)) &&
      parent.name === node)
  )
}

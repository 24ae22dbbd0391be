import ts from 'typescript'
import { kindNames, readLiteral, TypeReader } from './read-types.ts'
import { elementOf, propertyOf, type Shape } from './shape.ts'

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
const mostLevels = 6

export type Callable = ts.FunctionLikeDeclaration & { readonly body?: ts.ConciseBody | undefined }

/** Reads from the uses of parameters what they have to be; functions of the same file are followed. */
export class ShapeReader {
  private readonly named: ReadonlyMap<string, Callable>
  private readonly types: TypeReader
  /** Where the uses of a name have been read for a shape: functions may call each other. */
  private readonly seen = new WeakMap<Shape, Set<string>>()

  /** @param named functions of the file by their names */
  constructor(file: ts.SourceFile, named: ReadonlyMap<string, Callable>) {
    this.named = named
    this.types = new TypeReader(file)
  }

  parameter(of: Callable, at: number, shape: Shape, level = 0): void {
    const declared = of.parameters[at]
    if (declared === undefined || level > mostLevels) return
    if (declared.type) this.types.read(declared.type, shape)
    if (declared.initializer) readLiteral(declared.initializer, shape)
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
      if (element.initializer) readLiteral(element.initializer, inner)
      this.binding(element.name, within, inner, level + 1)
    }
  }

  private uses(name: string, within: ts.Node, shape: Shape, level: number): void {
    const seen = this.seen.get(shape) ?? new Set()
    const place = `${name} ${within.pos} ${within.end}`
    if (level > mostLevels || seen.has(place)) return
    this.seen.set(shape, seen.add(place))
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
    else if (comparing.has(operatorToken.kind)) readLiteral(other, shape)
    else if (left === node) readLiteral(right, shape)
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

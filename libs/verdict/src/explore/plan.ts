import ts from 'typescript'
import { prototypesOf, valueOf } from './prototypes.ts'
import { ShapeReader, type Callable } from './read-shapes.ts'
import { callsOf, emptyShape, type Candidate } from './shape.ts'

type Calls = readonly (readonly Candidate[])[]

export interface ClassPlan {
  readonly construct: Calls
  readonly methods: Readonly<Record<string, Calls>>
  /** A constructor that is a function and minds whether it is called with `new`. */
  readonly callable: boolean
}

/** How the functions of a module are to be called, by their names. */
export interface ModulePlan {
  readonly functions: Readonly<Record<string, Calls>>
  readonly classes: Readonly<Record<string, ClassPlan>>
}

interface Found {
  readonly functions: Map<string, Callable>
  readonly classes: Map<string, ts.ClassLikeDeclaration>
}

const callable = (node: ts.Node | undefined): Callable | undefined =>
  node !== undefined && (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) ? node : undefined

/** `exports.f = `, `module.exports = `, `Thing.prototype.m = `: the last name counts. */
const assignedName = (target: ts.Expression): string | undefined => {
  if (ts.isIdentifier(target)) return target.text
  if (!ts.isPropertyAccessExpression(target)) return undefined
  return target.getText() === 'module.exports' ? 'default' : target.name.text
}

const isDefault = (node: ts.FunctionDeclaration | ts.ClassDeclaration): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false

/** Every function and class of a file that has a name, wherever it stands. */
const collect = (file: ts.SourceFile): Found => {
  const found: Found = { functions: new Map(), classes: new Map() }
  const add = (name: string, node: ts.Node | undefined): void => {
    const known = callable(node)
    if (known) found.functions.set(name, known)
    else if (node && ts.isClassExpression(node)) found.classes.set(name, node)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node)) {
      if (node.name) found.functions.set(node.name.text, node)
      if (isDefault(node)) found.functions.set('default', node)
    } else if (ts.isClassDeclaration(node)) {
      if (node.name) found.classes.set(node.name.text, node)
      if (isDefault(node)) found.classes.set('default', node)
    } else if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name))
      add(node.name.text, node.initializer && valueOf(node.initializer))
    else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) add(node.name.text, node.initializer)
    else if (ts.isMethodDeclaration(node) && ts.isIdentifier(node.name) && ts.isObjectLiteralExpression(node.parent))
      found.functions.set(node.name.text, node)
    else if (ts.isExportAssignment(node)) add('default', node.expression)
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const name = assignedName(node.left)
      if (name !== undefined) add(name, valueOf(node.right))
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const shapesOf = (reader: ShapeReader, of: Callable): Calls =>
  callsOf(
    of.parameters.map((_, at) => {
      const shape = emptyShape()
      reader.parameter(of, at, shape)
      return shape
    }),
  )

/** Reads from a module's text how its functions and classes want to be used. It runs nothing. */
export const planModule = (path: string, text: string): ModulePlan => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const { functions, classes } = collect(file)
  const reader = new ShapeReader(file, functions)
  const calls = (of: Callable): Calls => shapesOf(reader, of)
  const constructors = [...prototypesOf(file)].flatMap(([owner, methods]): [string, ClassPlan][] => {
    const node = functions.get(owner)
    if (!node) return []
    const members = Object.fromEntries([...methods].map(([method, of]) => [method, calls(of)]))
    const plan = { construct: calls(node), methods: members, callable: mindsNew(node) }
    return [...functions].filter(([, each]) => each === node).map(([name]) => [name, plan])
  })
  return {
    functions: Object.fromEntries([...functions].map(([name, node]) => [name, calls(node)])),
    classes: Object.fromEntries([
      ...constructors,
      ...[...classes].map(([name, node]): [string, ClassPlan] => {
        const constructor = node.members.find(ts.isConstructorDeclaration)
        const methods = node.members
          .filter(ts.isMethodDeclaration)
          .flatMap((method) => (ts.isIdentifier(method.name) ? [[method.name.text, calls(method)] as const] : []))
        const construct: Calls = constructor ? calls(constructor) : [[]]
        return [name, { construct, methods: Object.fromEntries(methods), callable: false }]
      }),
    ]),
  }
}

/** Whether a constructor asks for `new`: without that a call of it writes to whatever `this` is. */
const mindsNew = (node: Callable): boolean => /\bnew\.target\b|\binstanceof\b/.test(node.body?.getText() ?? '')

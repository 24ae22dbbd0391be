import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Findings, Recipe } from '../engine/recipe.ts'
import { mayRunBefore } from '../syntax/activation.ts'
import {
  bare,
  contains,
  enclosingFunction,
  isAssignment,
  isFunctionNode,
  outer,
  statementsOf,
  walk,
} from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { strictProblem } from '../syntax/strict-changes.ts'
import { onlookersOf } from './class-onlookers.ts'
import { changesOf, layoutProblem, piecesAt, type Method, type Pieces } from './class-pieces.ts'
import { isNamedFunction, type NamedFunction } from './function-shapes.ts'

/*
 * Rests on sessions. A function that is constructed, and the methods that its prototype gets right after it, may become
 * a class. Shown from the text:
 *  - the name is declared once, never written, not exported and handed to nobody: it is constructed, asked for by
 *    `instanceof`, or one of its own properties is meant; nobody can call it without `new`, or take over its prototype;
 *    no instance is exported as it is, whose prototype would be part of what the module exports;
 *  - no use can run before the declaration, where a class throws and a function does not;
 *  - the constructor returns no value; the methods are plain functions of different names, constructed by nobody, and
 *    keep nothing under a name of their own;
 *  - what is sloppy code today means the same as strict code, which a class always is, as far as the text tells;
 *  - nothing in the package loops over what is inherited, looks at prototypes or takes a constructor from an object.
 * Left to the sessions: that methods are hidden from loops of users, have a name and no prototype; that strict code
 * throws where a write fails silently; that a method which is called without an object has no global `this`.
 */

type Problem = string | undefined

/** What a class has as a function has it, and what nobody should have to ask of it. */
const ofFunctions = /^(name|length|arguments|caller|toString|constructor|__proto__)$/

const isFunctionValue = (node: ts.Node): boolean => isAssignment(node) && isFunctionNode(bare(node.right))

/** `Foo.prototype`: a member of it is meant, or it is given a property. */
const prototypeProblem = (node: ts.PropertyAccessExpression): Problem => {
  const member = outer(node)
  if (ts.isCallExpression(member) && bare(member.arguments[0]!) === node) {
    const isDefined = /^Object\.definePropert(y|ies)$/.test(member.expression.getText())
    return isDefined ? undefined : 'its prototype is handed to other code'
  }
  if (!ts.isPropertyAccessExpression(member) || bare(member.expression) !== node)
    return 'its prototype is used as a whole'
  if (/^(constructor|__proto__)$/.test(member.name.text)) return 'its prototype is set up by hand'
  return isFunctionValue(outer(member)) ? 'its prototype gets a method in another place' : undefined
}

/** Whether a use of the name means a class as well as it means a function. */
const useProblem = (use: ts.Identifier): Problem => {
  const parent = outer(use)
  if (ts.isNewExpression(parent) && bare(parent.expression) === use) return undefined
  if (ts.isCallExpression(parent) && bare(parent.expression) === use) return 'it is called without new'
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)
    return bare(parent.right) === use ? undefined : 'it is a value'
  if (!ts.isPropertyAccessExpression(parent) || bare(parent.expression) !== use)
    return ts.isExportSpecifier(parent) ? 'it is exported' : 'it is handed to other code, which may call it without new'
  const name = parent.name.text
  if (name === 'prototype') return prototypeProblem(parent)
  if (/^(call|apply|bind)$/.test(name)) return 'it is called without new'
  if (ofFunctions.test(name)) return `its ${name} is that of a function`
  const call = outer(parent)
  return ts.isCallExpression(call) && bare(call.expression) === parent
    ? `${name} gets it as this, and may call it without new`
    : undefined
}

/** Whether code is run when its module is: at the top, or in a function that is called on the spot. */
const runsAtLoad = (node: ts.Node): boolean => {
  const home = enclosingFunction(node)
  const call = home && outer(home)
  return (
    !home || (call !== undefined && ts.isCallExpression(call) && bare(call.expression) === home && runsAtLoad(call))
  )
}

/** An instance of the module itself that others may get hold of: what it inherits is part of what is exported. */
const mayBeExported = (use: ts.Identifier, file: FileContext): boolean => {
  const made = outer(use)
  if (!ts.isNewExpression(made) || !runsAtLoad(made)) return false
  const holder = outer(made)
  if (!ts.isVariableDeclaration(holder) || !ts.isIdentifier(holder.name)) return true
  const { parent: statement } = holder.parent
  if (ts.isVariableStatement(statement) && statement.modifiers?.length) return true
  const uses = file.scopes.declaredBy(holder.name)?.references ?? []
  return uses.some(({ identifier }) => runsAtLoad(identifier))
}

const nameProblem = ({ owner, methods }: Pieces, binding: Binding, file: FileContext): Problem => {
  if (binding.scope.dynamic) return 'eval, with or other scripts can see it'
  if (/^(exports|require|module|__filename|__dirname|arguments)$/.test(binding.name))
    return 'the function around it has a parameter of its name'
  if (binding.declarations.length > 1) return 'its name is declared in another way as well'
  if (binding.references.some(({ write }) => write)) return 'its name gets another value'
  const isTarget = (use: ts.Identifier): boolean => methods.some(({ target }) => target.getStart() === use.getStart())
  for (const { identifier } of binding.references) {
    const problem = isTarget(identifier) ? undefined : useProblem(identifier)
    if (problem) return problem
    if (mayBeExported(identifier, file)) return 'an instance may be exported'
    if (mayRunBefore(identifier, binding, owner.end, file.around))
      return `it may be used before its declaration, in line ${file.unit.source.lineOf(identifier.getStart())}`
  }
  return undefined
}

const constructorProblem = ({ body }: NamedFunction): Problem => {
  const givesValue = (node: ts.Node): boolean => ts.isReturnStatement(node) && node.expression !== undefined
  return contains(body, givesValue, { intoFunctions: false }) ? 'the constructor returns a value' : undefined
}

const methodProblem = ({ name, value }: Method, file: FileContext): Problem => {
  if (name === 'constructor' || name === '__proto__') return `${name} is no method`
  if (value.name) return `${name} is a function with a name of its own`
  if (value.typeParameters || value.type) return `${name} has types`
  return onlookersOf(file.project).constructed.has(name) ? `${name} is constructed` : undefined
}

/** In sloppy code a method that is called by itself has the global object as `this`. */
const isTakenOff = ({ name, value }: Method, file: FileContext): boolean =>
  contains(value, ({ kind }) => kind === ts.SyntaxKind.ThisKeyword) &&
  contains(file.file, (node) => ts.isPropertyAccessExpression(node) && node.name.text === name && !keepsObject(node))

/** `x.name()`, `x.name.call(y)`, `X.prototype.other = X.prototype.name`, and what sets it. */
const keepsObject = (node: ts.PropertyAccessExpression): boolean => {
  const parent = outer(node)
  if (ts.isCallExpression(parent)) return bare(parent.expression) === node
  if (ts.isPropertyAccessExpression(parent)) return /^(call|apply|bind)$/.test(parent.name.text)
  return isAssignment(parent) && (parent.left === node || /\.prototype\.\w+$/.test(parent.left.getText()))
}

const strictnessProblem = ({ owner, methods }: Pieces, file: FileContext): Problem => {
  if (file.unit.isStrict(owner)) return undefined
  const taken = methods.find((each) => isTakenOff(each, file))
  if (taken) return `a class is strict code: ${taken.name} may be called without its object`
  const functions = [owner, ...methods.map(({ value }) => value)]
  const problem = functions.map((each) => strictProblem(each, file.scopes)).find((each) => each !== undefined)
  return problem && `a class is strict code: ${problem}`
}

const problemOf = (pieces: Pieces, binding: Binding, file: FileContext): Problem => {
  const { owner, methods } = pieces
  const names = methods.map(({ name }) => name)
  if (new Set(names).size < names.length) return 'a method is set twice'
  return (
    nameProblem(pieces, binding, file) ??
    constructorProblem(owner) ??
    methods.map((each) => methodProblem(each, file)).find((each) => each !== undefined) ??
    strictnessProblem(pieces, file) ??
    layoutProblem(pieces, file) ??
    onlookersOf(file.project).problem
  )
}

const convert = (siblings: readonly ts.Statement[], owner: NamedFunction, file: FileContext, findings: Findings) => {
  if (owner.modifiers?.length || owner.asteriskToken) return
  const pieces = piecesAt(siblings, owner)
  const binding = file.scopes.declaredBy(owner.name)
  if (pieces.methods.length === 0 || !binding) return
  const problem = problemOf(pieces, binding, file)
  if (problem) return findings.refuse(owner, problem)
  findings.edit({
    at: owner,
    title: `${owner.name.text} becomes a class`,
    reason: 'it is only constructed, and nothing in the package tells its methods from those of a class',
    changes: changesOf(pieces, file),
    places: [owner.body, ...pieces.methods.map(({ value }) => value.body)],
  })
}

export const classDeclarations: Recipe = {
  id: 'class-declarations',
  title: 'constructor functions to classes',
  family: 'modernize',
  need: { ecmaVersion: 2015 },
  rests: 'sessions',
  find(file, findings) {
    if (file.unit.language !== 'javascript') return
    walk(file.file, (node) => {
      // In another block a class would be seen less far than the function.
      const siblings = ts.isSourceFile(node) || isFunctionNode(node.parent) ? statementsOf(node) : undefined
      siblings?.filter(isNamedFunction).forEach((each) => convert(siblings, each, file, findings))
    })
  },
}

import ts from 'typescript'

import { FixedPoint } from './fixed-point.ts'
import { callsOf, functionOf, mayBeEarly, usesArguments } from './functions.ts'
import { globalCalls, iterationMethods, matchingMethods, staticCalls } from './intrinsic-kinds.ts'
import * as K from './kinds.ts'
import { narrowed } from './narrowing.ts'
import { bare, isAssignment, isFunctionNode, outer, walk, type FunctionNode } from './nodes.ts'
import { kindsOfBinary, kindsOfMember } from './operation-kinds.ts'
import type { Binding, Declaration, Reference, ScopeTree } from './scopes.ts'
import { isTextList } from './text-lists.ts'

/** What is known of a file before its expressions are looked at. */
export interface InferenceInput {
  readonly scopes: ScopeTree
  /** `Object.keys` and its like may be taken at their word. */
  readonly trustIntrinsics: boolean
}

/**
 * Infers what kinds of value an expression can have, from the file alone. Bindings are solved together as a least
 * fixed point, which covers every run.
 */
export class Inference {
  private readonly values = new FixedPoint<Binding | FunctionNode>()
  readonly input: InferenceInput

  constructor(input: InferenceInput) {
    this.input = input
  }

  /** The kinds that an expression can have; `ANY` where nothing is known. */
  kindsOf(expression: ts.Expression): K.Kinds {
    const node = bare(expression)
    const literal = K.literalKinds(node)
    if (literal !== undefined) return literal
    if (ts.isIdentifier(node)) return this.ofIdentifier(node)
    if (ts.isBinaryExpression(node)) return kindsOfBinary(node, (each) => this.kindsOf(each))
    if (ts.isPrefixUnaryExpression(node)) return this.ofPrefix(node)
    if (ts.isPostfixUnaryExpression(node)) return K.negated(this.kindsOf(node.operand))
    if (ts.isConditionalExpression(node)) return this.kindsOf(node.whenTrue) | this.kindsOf(node.whenFalse)
    if (ts.isCallExpression(node)) return this.ofCall(node)
    if (ts.isNewExpression(node)) return this.ofNew(node)
    if (ts.isPropertyAccessExpression(node)) return this.ofProperty(node)
    if (ts.isElementAccessExpression(node)) return this.ofElement(node)
    return K.ANY
  }

  isOnly(expression: ts.Expression, wanted: K.Kinds): boolean {
    return K.onlyOf(this.kindsOf(expression), wanted)
  }

  isGlobal(node: ts.Expression): node is ts.Identifier {
    return ts.isIdentifier(node) && this.input.scopes.bindingOf(node) === undefined
  }

  private ofIdentifier(node: ts.Identifier): K.Kinds {
    const binding = this.input.scopes.bindingOf(node)
    if (binding === undefined) {
      if (node.text === 'undefined') return K.UNDEFINED
      return node.text === 'NaN' || node.text === 'Infinity' ? K.NUMBER : K.ANY
    }
    const early = mayBeEarly(node, binding) ? K.UNDEFINED : 0
    return (this.ofBinding(binding) | early) & narrowed(node, binding, this.input.trustIntrinsics)
  }

  private ofBinding(binding: Binding): K.Kinds {
    if (binding.scope.dynamic) return K.ANY
    return this.values.solve(binding, () => {
      let kinds = 0
      for (const declaration of binding.declarations) kinds |= this.ofDeclaration(declaration)
      for (const reference of binding.references) if (reference.write) kinds |= this.ofWrite(reference)
      return kinds
    })
  }

  private ofDeclaration({ kind, node, identifier }: Declaration): K.Kinds {
    if (kind === 'function' || kind === 'class' || kind === 'function-name') return K.FUNCTION
    if (ts.isParameter(node)) return this.ofParameter(node)
    if (!ts.isVariableDeclaration(node) || node.name !== identifier || kind === 'catch') return K.ANY
    const holder = node.parent.parent
    if (ts.isForInStatement(holder)) return K.STRING
    if (ts.isForOfStatement(holder)) return this.ofElementOf(holder.expression)
    return node.initializer ? this.kindsOf(node.initializer) : K.UNDEFINED
  }

  private ofElementOf(iterable: ts.Expression): K.Kinds {
    if (this.isOnly(iterable, K.STRING)) return K.STRING
    return isTextList(iterable, this) ? K.STRING : K.ANY
  }

  private ofWrite({ identifier }: Reference): K.Kinds {
    const parent = outer(identifier)
    if (isAssignment(parent) && bare(parent.left) === identifier) return this.kindsOf(parent)
    if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
      return K.negated(this.kindsOf(identifier))
    }
    if (ts.isForInStatement(parent) && parent.initializer === identifier) return K.STRING
    return K.ANY
  }

  private ofParameter(node: ts.ParameterDeclaration): K.Kinds {
    if (node.dotDotDotToken) return K.ARRAY
    const owner = node.parent
    if (!ts.isIdentifier(node.name) || !isFunctionNode(owner)) return K.ANY
    const passed = this.argumentsFor(owner, owner.parameters.indexOf(node))
    if (passed === undefined) return K.ANY
    if (node.initializer === undefined) return passed
    return (passed & ~K.UNDEFINED) | this.kindsOf(node.initializer)
  }

  /** What the calls of a function pass at a position, when every call is in sight. */
  private argumentsFor(owner: FunctionNode, index: number): K.Kinds | undefined {
    if (ts.isMethodDeclaration(owner) || ts.isConstructorDeclaration(owner) || ts.isAccessor(owner)) return undefined
    if (usesArguments(owner)) return undefined
    const parent = outer(owner)
    if (ts.isCallExpression(parent) && bare(parent.expression) === owner) return this.argumentAt(parent, index)
    if (ts.isCallExpression(parent)) return this.callbackArgument(parent, owner, index)
    const calls = callsOf(owner, this.input.scopes)
    return calls?.reduce((kinds, call) => kinds | this.argumentAt(call, index), 0)
  }

  private argumentAt(call: ts.CallExpression, index: number): K.Kinds {
    const passed = call.arguments.slice(0, index + 1)
    if (passed.some(ts.isSpreadElement)) return K.ANY
    const argument = call.arguments[index]
    return argument ? this.kindsOf(argument) : K.UNDEFINED
  }

  private callbackArgument(call: ts.CallExpression, owner: FunctionNode, index: number): K.Kinds | undefined {
    const callee = bare(call.expression)
    if (!ts.isPropertyAccessExpression(callee) || call.arguments[0] !== owner) return undefined
    const method = callee.name.text
    if (!iterationMethods.has(method) || /reduce|sort|toSorted/i.test(method)) return undefined
    if (index === 0 && isTextList(callee.expression, this)) return K.STRING
    return index === 1 && this.input.trustIntrinsics && this.isOnly(callee.expression, K.ARRAY) ? K.NUMBER : undefined
  }

  private ofPrefix(node: ts.PrefixUnaryExpression): K.Kinds {
    if (node.operator === ts.SyntaxKind.ExclamationToken) return K.BOOLEAN
    return node.operator === ts.SyntaxKind.PlusToken ? K.NUMBER : K.negated(this.kindsOf(node.operand))
  }

  private ofNew(node: ts.NewExpression): K.Kinds {
    if (!this.input.trustIntrinsics || !this.isGlobal(node.expression))
      return K.ARRAY | K.REGEXP | K.OBJECT | K.FUNCTION
    if (node.expression.text === 'Array') return K.ARRAY
    if (node.expression.text === 'RegExp') return K.REGEXP
    return /^(Map|Set|WeakMap|WeakSet|Date|Error|TypeError|RangeError|Promise)$/.test(node.expression.text)
      ? K.OBJECT
      : K.ARRAY | K.REGEXP | K.OBJECT | K.FUNCTION
  }

  private ofCall(node: ts.CallExpression): K.Kinds {
    const callee = bare(node.expression)
    if (ts.isIdentifier(callee)) {
      const binding = this.input.scopes.bindingOf(callee)
      if (binding !== undefined) return this.ofLocalCall(binding)
      return (this.input.trustIntrinsics && globalCalls.get(callee.text)) || K.ANY
    }
    if (isFunctionNode(callee)) return this.ofReturns(callee)
    if (!this.input.trustIntrinsics || !ts.isPropertyAccessExpression(callee)) return K.ANY
    const optional = node.questionDotToken || callee.questionDotToken ? K.UNDEFINED : 0
    if (this.isGlobal(callee.expression)) {
      return (staticCalls.get(`${callee.expression.text}.${callee.name.text}`) ?? K.ANY) | optional
    }
    const receiver = this.kindsOf(callee.expression)
    if (matchingMethods.has(callee.name.text) && !this.hasPlainPattern(node)) return K.ANY
    return kindsOfMember(receiver, callee.name.text, true) | optional
  }

  /** Any other object can say itself what `replace` and its like give. */
  private hasPlainPattern({ arguments: [pattern] }: ts.CallExpression): boolean {
    return pattern === undefined || this.isOnly(pattern, K.PRIMITIVE | K.REGEXP)
  }

  private ofLocalCall(binding: Binding): K.Kinds {
    const called = functionOf(binding)
    return called ? this.ofReturns(called) : K.ANY
  }

  private ofReturns(node: FunctionNode): K.Kinds {
    if (node.asteriskToken || ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)) {
      return K.OBJECT
    }
    const { body } = node
    if (body === undefined) return K.ANY
    if (!ts.isBlock(body)) return this.values.solve(node, () => this.kindsOf(body))
    return this.values.solve(node, () => {
      // Every function may end without `return` as far as this goes: undefined is always added.
      let kinds: K.Kinds = endsWithReturn(body) ? 0 : K.UNDEFINED
      walk(body, (each) => {
        if (isFunctionNode(each) || ts.isClassLike(each)) return false
        if (ts.isReturnStatement(each)) kinds |= each.expression ? this.kindsOf(each.expression) : K.UNDEFINED
        return true
      })
      return kinds
    })
  }

  private ofProperty(node: ts.PropertyAccessExpression): K.Kinds {
    if (node.name.text !== 'length') return K.ANY
    return kindsOfMember(this.kindsOf(node.expression), 'length', false) | (node.questionDotToken ? K.UNDEFINED : 0)
  }

  private ofElement(node: ts.ElementAccessExpression): K.Kinds {
    const isText = this.isOnly(node.expression, K.STRING) || isTextList(node.expression, this)
    return isText && this.isOnly(node.argumentExpression, K.NUMBER) ? K.STRING | K.UNDEFINED : K.ANY
  }
}

const endsWithReturn = (body: ts.Block): boolean => {
  const last = body.statements.at(-1)
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last))
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { startOf } from '../engine/rewrite.ts'
import type { Checked } from './typed-edits.ts'

/** A type of a file whose optional members may each belong to a value of its flags. */
export interface FlagType {
  readonly node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration
  readonly members: readonly Member[]
}

/** A member with a name, and a type that stands on one line. */
export interface Member {
  readonly name: string
  readonly isOptional: boolean
  readonly node: ts.PropertySignature & { readonly type: ts.TypeNode }
}

const membersOf = (node: ts.Statement): readonly ts.TypeElement[] | undefined => {
  if (ts.isInterfaceDeclaration(node)) return node.members
  return ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type) ? node.type.members : undefined
}

const isNamed = (node: ts.TypeElement): node is Member['node'] & { readonly name: ts.Identifier } =>
  ts.isPropertySignature(node) && ts.isIdentifier(node.name) && node.type !== undefined

/** `boolean`, a union, or a name that may mean one. */
const looksLikeFlag = (node: ts.TypeElement): boolean =>
  ts.isPropertySignature(node) &&
  node.questionToken === undefined &&
  node.type !== undefined &&
  (node.type.kind === ts.SyntaxKind.BooleanKeyword ||
    ts.isUnionTypeNode(node.type) ||
    ts.isTypeReferenceNode(node.type))

/** The declarations that look as if they wanted to be a union: what could be a flag, and what may be absent. */
export const flagTypesIn = (file: FileContext): FlagType['node'][] =>
  file.file.statements.filter((node): node is FlagType['node'] => {
    const members = membersOf(node) ?? []
    return members.some(looksLikeFlag) && members.some(({ questionToken }) => questionToken !== undefined)
  })

/** What a declaration says, or why it cannot be written as a union. */
export const readFlagType = (node: FlagType['node'], file: FileContext): FlagType | string => {
  if (node.modifiers?.length) return 'it is exported, or declared for others'
  if (node.typeParameters?.length) return 'it has parameters of its own'
  if (ts.isInterfaceDeclaration(node) && node.heritageClauses?.length) return 'it extends another type'
  if (file.scopes.declaredBy(node.name)?.declarations.length !== 1) return 'it is declared in several places'
  if (file.hasComment(startOf(node, file), node.end)) return 'a comment stands inside'
  const members = membersOf(node)!
  if (!members.every(isNamed)) return 'it has members other than plain properties'
  if (members.some(({ type }) => /\n/.test(type.getText(file.file)))) return 'a member stretches over several lines'
  const read = members.map((each) => ({ name: each.name.text, isOptional: !!each.questionToken, node: each }))
  return { node, members: read }
}

const LITERAL = ts.TypeFlags.BooleanLiteral | ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral

/** Whether the type of a member is a choice of literals, so that one of them can tell what else is there. */
const isFlag = (node: ts.TypeElement, { checker, twin }: Checked): boolean => {
  const same = looksLikeFlag(node) ? twin((node as ts.PropertySignature).type!) : undefined
  const type = same && checker.getTypeFromTypeNode(same)
  return !!type?.isUnion() && type.types.every(({ flags }) => flags & LITERAL && !(flags & ts.TypeFlags.EnumLike))
}

export const hasFlag = (node: FlagType['node'], checked: Checked): boolean =>
  membersOf(node)!.some((each) => isFlag(each, checked))

export const flagsOf = ({ members }: FlagType, checked: Checked): Member[] =>
  members.filter(({ node }) => isFlag(node, checked))

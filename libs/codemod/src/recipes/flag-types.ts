import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { isOneLine, startOf } from '../engine/rewrite.ts'
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
  /** The lines of the comments above it, without their indentation. */
  readonly comment: readonly string[]
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
  const members = membersOf(node)!
  if (!members.every(isNamed)) return 'it has members other than plain properties'
  if (members.some(({ type }) => /\n/.test(type.getText(file.file)))) return 'a member stretches over several lines'
  const comments = members.map((each) => commentAbove(each, file))
  const isKept = comments.every((each) => each !== undefined) && !hasOtherComment(node, members, file)
  if (!isKept) return 'a comment stands beside what it is about'
  const read = members.map((each, index) => ({
    name: each.name.text,
    isOptional: !!each.questionToken,
    comment: comments[index]!,
    node: each,
  }))
  return { node, members: read }
}

/** The comments on the lines above a member; undefined where one stands elsewhere, or is laid out in its own way. */
const commentAbove = (node: ts.TypeElement, file: FileContext): string[] | undefined => {
  if (ts.getTrailingCommentRanges(file.text, node.pos) || file.hasComment(startOf(node, file), node.end))
    return undefined
  const ranges = ts.getLeadingCommentRanges(file.text, node.pos) ?? []
  const end = ranges.at(-1)?.end
  if (end !== undefined && isOneLine(end, startOf(node, file), file)) return undefined
  const texts = ranges.map((range) => file.text.slice(range.pos, range.end).split(/\r?\n[ \t]*/))
  const isPlain = texts.every(([, ...others]) => others.every((line) => line.startsWith('*')))
  return isPlain ? texts.flatMap(([first, ...others]) => [first!, ...others.map((line) => ` ${line}`)]) : undefined
}

const hasOtherComment = (node: ts.Node, members: readonly ts.TypeElement[], file: FileContext): boolean =>
  file.hasComment(startOf(node, file), members[0]!.pos) || file.hasComment(members.at(-1)!.end, node.end)

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

import ts from 'typescript'

import { mayBeUndefined } from './flag-shapes.ts'
import type { FlagType, Member } from './flag-types.ts'
import type { Checked } from './typed-edits.ts'

/** What the literals of one combination of flags say about a member. */
export type Presence = 'required' | 'optional' | 'absent'

/** The value of a flag, and how it is written where it comes first. */
interface Flag {
  readonly value: string
  readonly text: string
}

/** What one literal gives its value. */
export interface Made {
  readonly flags: ReadonlyMap<string, Flag>
  /** Whether a member that is there may be undefined all the same. */
  readonly members: ReadonlyMap<string, 'value' | 'perhaps'>
}

/** What comes with some values of the flags. */
export interface Combination {
  readonly flags: ReadonlyMap<string, Flag>
  readonly presence: ReadonlyMap<string, Presence>
  readonly count: number
}

const flagIn = (node: ts.Expression): Flag | undefined => {
  const text = node.getText()
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { value: text, text }
  if (ts.isNumericLiteral(node)) return { value: node.text, text }
  return ts.isStringLiteral(node) ? { value: JSON.stringify(node.text), text } : undefined
}

/** What a literal gives its value; undefined where that cannot be read. */
export const readLiteral = (node: ts.ObjectLiteralExpression, { checker, twin }: Checked): Made | undefined => {
  const flags = new Map<string, Flag>()
  const members = new Map<string, 'value' | 'perhaps'>()
  for (const each of node.properties) {
    const isPlain = ts.isPropertyAssignment(each) || ts.isShorthandPropertyAssignment(each)
    if (!isPlain || !(ts.isIdentifier(each.name) || ts.isStringLiteral(each.name))) return undefined
    const value = ts.isPropertyAssignment(each) ? each.initializer : each.name
    const same = twin(value)
    if (!same || members.has(each.name.text)) return undefined
    const flag = flagIn(value)
    if (flag) flags.set(each.name.text, flag)
    members.set(each.name.text, mayBeUndefined(checker.getTypeAtLocation(same)) ? 'perhaps' : 'value')
  }
  return { flags, members }
}

const presenceIn = (made: readonly Made[], name: string): Presence => {
  const states = made.map(({ members }) => members.get(name))
  if (states.every((state) => state === 'value')) return 'required'
  return states.some((state) => state !== undefined) ? 'optional' : 'absent'
}

/** The combinations of some flags that are made, in the order of the file. */
const combinationsOf = (made: readonly Made[], flags: readonly Member[], type: FlagType): Combination[] => {
  const groups = Map.groupBy(made, (each) => flags.map(({ name }) => each.flags.get(name)!.value).join())
  const optional = type.members.filter(({ isOptional }) => isOptional)
  return [...groups.values()].map((group) => ({
    flags: new Map(flags.map(({ name }) => [name, group[0]!.flags.get(name)!])),
    presence: new Map(optional.map(({ name }) => [name, presenceIn(group, name)])),
    count: group.length,
  }))
}

/** How many members of how many values are known to be there, or not. */
const certainty = (combinations: readonly Combination[]): number =>
  combinations
    .map(({ presence, count }) => count * [...presence.values()].filter((each) => each !== 'optional').length)
    .reduce((one, other) => one + other, 0)

/** Whether some member is required for one combination and not for another. */
const tellsMore = (combinations: readonly Combination[]): boolean =>
  [...combinations[0]!.presence.keys()].some((name) => {
    const states = combinations.map(({ presence }) => presence.get(name))
    return states.includes('required') && states.some((state) => state !== 'required')
  })

/** Whether what a comment is about is there for some combination. */
const keepsComments = ({ members }: FlagType, combinations: readonly Combination[]): boolean =>
  members.every(
    ({ name, isOptional, comment }) =>
      comment.length === 0 || !isOptional || combinations.some(({ presence }) => presence.get(name) !== 'absent'),
  )

/** One flag where it tells as much as all of them, all of them otherwise, or where the code asks for the others. */
export const choicesOf = (type: FlagType, flags: readonly Member[], made: readonly Made[]): Combination[][] => {
  const all = combinationsOf(made, flags, type)
  const alone = flags.map((flag) => combinationsOf(made, [flag], type))
  const enough = alone.find((each) => certainty(each) === certainty(all))
  return (enough ? [enough, all] : [all]).filter((each) => tellsMore(each) && keepsComments(type, each))
}

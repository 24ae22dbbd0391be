import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { startsLine } from '../engine/rewrite.ts'
import { directivesOf } from '../syntax/strict.ts'
import { isSameLoading, loadingOf, stepsOf, type Step } from './loading-steps.ts'
import type { TakenNames } from './taken-names.ts'
import type { Group } from './split-groups.ts'
import { placeBefore } from './split-imports.ts'
import { endOfLines } from './split-parts.ts'
import { reachOf, usesOf } from './split-reach.ts'

/** What happens to names that are taken from elsewhere when a group leaves. */
export interface Fate {
  readonly takes: TakenNames
  /** Names that the group uses. */
  readonly used: readonly ts.Identifier[]
  /** Names that are left in the old file. */
  readonly left: readonly ts.Identifier[]
  /** Whether the old file loads the module where it did, though it takes nothing from it any more. */
  readonly isLoaded: boolean
}

/** A place for the line that asks for the new file: behind so many statements, at an offset. */
export interface Place {
  readonly index: number
  readonly at: number
}

/** Places behind each request and behind the directives, the last one first. */
const placesIn = (file: FileContext): Place[] => {
  const { statements } = file.file
  const first = directivesOf(statements).length
  const behind = statements.flatMap((each, at): Place[] => {
    const end = endOfLines(each, file)
    const isRequest = stepsOf(each, file).some((step) => step.kind === 'takes' && step.specifier !== undefined)
    return isRequest && end !== undefined && file.text[end - 1] === '\n' ? [{ index: at + 1, at: end }] : []
  })
  // on the line of a directive there is no place behind it
  const isFree = first === 0 || startsLine(statements[first]!, file)
  return [...behind.reverse(), ...(isFree ? [{ index: first, at: placeBefore(statements[first]!, file) }] : [])]
}

/** How many statements run before one could use what the new file gives. */
const untouchedUntil = ({ parts, wanted }: Group, file: FileContext): number => {
  const uses = usesOf(file)
  const { statements } = file.file
  const touching = statements.findIndex((each) => {
    if (ts.isFunctionDeclaration(each) || parts.some(({ statement }) => statement === each)) return false
    const reached = reachOf(each, uses, file)
    return wanted.some(({ binding }) => reached.has(binding))
  })
  return touching === -1 ? statements.length : touching
}

const fateAt = (step: Step, fates: readonly Fate[]): Fate | undefined =>
  step.kind === 'runs' ? undefined : fates.find(({ takes }) => takes.declaration === step.takes?.declaration)

/** A step of the old file, when nothing asks for a module there that only the group used. */
const afterwards = (step: Step, fates: readonly Fate[]): Step[] => {
  const fate = fateAt(step, fates)
  if (!fate || fate.left.length > 0) return [step]
  return fate.isLoaded ? [{ kind: 'takes', specifier: fate.takes.specifier }] : []
}

/** The last place at which the new file can be asked for, so that everything happens as it does today. */
export const requirePlace = (group: Group, fates: readonly Fate[], file: FileContext): Place | undefined => {
  const steps = file.file.statements.map((each) => stepsOf(each, file))
  const today = loadingOf(steps.flat(), file)
  const left = steps.map((all) => all.flatMap((step) => afterwards(step, fates)))
  const made = steps.flat().filter((step) => (fateAt(step, fates)?.used.length ?? 0) > 0)
  const until = untouchedUntil(group, file)
  return placesIn(file).find((place) => {
    if (place.index > until) return false
    const then = [...left.slice(0, place.index).flat(), ...made, ...left.slice(place.index).flat()]
    return isSameLoading(today, loadingOf(then, file))
  })
}

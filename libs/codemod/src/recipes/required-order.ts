import type ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { stepsOf, type Step } from './loading-steps.ts'
import { isQuietStatement } from './quiet-code.ts'
import { isSilentSpecifier, setsExport } from './silent-modules.ts'
import { isBuiltin, type TakenNames } from './taken-names.ts'
import { requiredFile } from './es-module-target.ts'

/** Something that happens when one file is loaded and asks for another, which is loaded then. */
export interface LoadingEvent {
  /** The statement of either file. */
  readonly statement: ts.Statement
  readonly takes: TakenNames | undefined
  /** Whether nothing runs that could change what a module holds. */
  readonly isCalm: boolean
}

const eventSteps = (statement: ts.Statement, file: FileContext): Step[] =>
  isQuietStatement(statement, file.scopes) || setsExport(statement, file.scopes) ? [] : stepsOf(statement, file)

/** The module that a request means, under one name whoever asks. */
export const moduleOf = (specifier: string, { unit, project }: FileContext): string | undefined => {
  if (specifier.startsWith('.')) return requiredFile(project.tree, unit.path, specifier)
  const { name } = project.package
  if (specifier.startsWith('#') || specifier === name || specifier.startsWith(`${name}/`)) return undefined
  return isBuiltin(specifier) ? `node:${specifier.replace(/^node:/, '')}` : specifier
}

/** What happens, in its order, when `to` is loaded, and `from` for the first time because it asks for it. */
export const loadingEvents = (from: FileContext, to: FileContext): readonly LoadingEvent[] => {
  const loaded = new Set<string>()
  const eventsOf = (file: FileContext): LoadingEvent[] =>
    file.file.statements.flatMap((statement) =>
      eventSteps(statement, file).flatMap((step): LoadingEvent[] => {
        if (step.kind === 'runs') return [{ statement, takes: undefined, isCalm: false }]
        const { specifier, takes } = step
        if (specifier === undefined) return [{ statement, takes, isCalm: true }]
        const module = moduleOf(specifier, file)
        const isOther = file === to && module === from.unit.path
        const inner = isOther && !loaded.has(module) ? eventsOf(from) : []
        const isKnown = isOther || (module !== undefined && loaded.has(module))
        const isCalm = isKnown || isSilentSpecifier(specifier, file.unit.path, file.project)
        if (module !== undefined) loaded.add(module)
        return [...inner, { statement, takes, isCalm }]
      }),
    )
  return eventsOf(to)
}

/** Whether only calm things happen between two places. */
export const isCalmBetween = (events: readonly LoadingEvent[], one: number, other: number): boolean =>
  events.slice(Math.min(one, other) + 1, Math.max(one, other)).every(({ isCalm }) => isCalm)

import type ts from 'typescript'

import { readTsOptions } from '../floor/package-sources.ts'
import { normalEdition } from '../floor/versions.ts'
import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import type { Surroundings } from '../syntax/effects.ts'
import { Inference } from '../syntax/infer.ts'
import type { Kinds } from '../syntax/kinds.ts'
import { onlyOf, PRIMITIVE } from '../syntax/kinds.ts'
import { hasComment } from '../syntax/nodes.ts'
import type { ScopeTree } from '../syntax/scopes.ts'
import { INTRINSICS } from './recipe.ts'

/** One file as recipes see it. */
export interface FileContext {
  readonly project: Project
  readonly unit: SourceUnit
  readonly file: ts.SourceFile
  readonly text: string
  readonly scopes: ScopeTree
  readonly around: Surroundings
  /** Where the code takes intrinsics into variables: no edit may look up another one instead. */
  readonly capturedAt: string | undefined
  /** Kinds that hold whatever happens to intrinsics. */
  readonly certain: Inference
  /**
   * The assumptions under which an expression is only of some kinds: none where it is so in any case, undefined
   * where it cannot be shown.
   */
  proves(expression: ts.Expression, wanted: Kinds): readonly string[] | undefined
  /** Kinds under the assumption that intrinsics are intact, where the file allows it. */
  kindsOf(expression: ts.Expression): Kinds
  /** Whether a comment stands between two offsets. */
  hasComment(start: number, end: number): boolean
  /** Whether the type checker of this file's project knows the library of an edition. */
  hasLibrary(edition: number): boolean
}

const libraryEdition = (project: Project): number | undefined => {
  const options = readTsOptions(project.tree)
  if (options === undefined) return undefined
  const named = options.lib?.map((each) => normalEdition(each.split('.')[0])).filter((each) => each !== undefined)
  if (named?.length) return Math.max(...named)
  return options.target === undefined ? undefined : normalEdition(options.target)
}

/** Opens a file for recipes. */
export const fileContext = (project: Project, unit: SourceUnit): FileContext => {
  const { scopes, file, path } = unit
  const capturedAt = project.captures.get(path)
  const certain = new Inference({ scopes, trustIntrinsics: false })
  // What the code calls where it stands, it trusts itself, unless it shows that it does not.
  const trusting = project.protections.has(path) ? certain : new Inference({ scopes, trustIntrinsics: true })
  return {
    project,
    unit,
    file,
    text: unit.source.text,
    scopes,
    capturedAt,
    certain,
    around: {
      scopes,
      isPrimitive: (expression) => certain.isOnly(expression, PRIMITIVE),
      inCycle: unit.moduleKind === 'esm' && project.imports.inCycle(path),
      canReenter: (specifier) => {
        const target = project.imports.resolve(path, specifier)
        return target !== undefined && project.imports.inSameCycle(path, target)
      },
    },
    proves: (expression, wanted) => {
      if (certain.isOnly(expression, wanted)) return []
      return trusting.isOnly(expression, wanted) && trusting !== certain ? [INTRINSICS] : undefined
    },
    kindsOf: (expression) => trusting.kindsOf(expression),
    hasComment: (start, end) => hasComment(unit.source.text, start, end),
    hasLibrary: (edition) => unit.language === 'javascript' || (libraryEdition(project) ?? 0) >= edition,
  }
}

/** All the kinds of an expression are among the wanted ones. */
export const isOnly = (file: FileContext, expression: ts.Expression, wanted: Kinds): boolean =>
  onlyOf(file.kindsOf(expression), wanted)

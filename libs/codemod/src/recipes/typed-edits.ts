import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { FileChange, Findings, Found } from '../engine/recipe.ts'
import { changed } from '../engine/to-patch.ts'
import { openProgram, type TreeProgram } from '../program.ts'
import { addsTypeErrors, programWith, writtenType } from './extraction-types.ts'

/** What the compiler knows of a file. */
export interface Checked {
  readonly checker: ts.TypeChecker
  readonly source: ts.SourceFile
  /** The compiler's node of the same kind in the same place. */
  twin<T extends ts.Node>(node: T): T | undefined
  /** A type as it can be written at the top of the file; undefined where it cannot, or where it holds an `any`. */
  written(type: ts.Type): string | undefined
}

const LONGEST_TYPE = 60

/** Opens a TypeScript file with its types; undefined for other files, and where an import leads out of the tree. */
export const checkedFile = (file: FileContext): Checked | string | undefined => {
  if (file.unit.language !== 'typescript') return undefined
  const { service, fileName } = openProgram(file.project, true)
  const program = service.getProgram()
  const source = program?.getSourceFile(fileName(file.unit.path))
  if (!program || !source) return undefined
  const checker = program.getTypeChecker()
  const twin = <T extends ts.Node>(node: T): T | undefined => {
    let found: T | undefined
    const visit = (each: ts.Node): void => {
      if (found || each.pos > node.pos || each.end < node.end) return
      if (each.kind === node.kind && each.pos === node.pos && each.end === node.end) found = each as T
      else ts.forEachChild(each, visit)
    }
    visit(source)
    return found
  }
  const written = (type: ts.Type): string | undefined => {
    const text = writtenType(checker, type, source, file)
    return text === undefined || text.length > LONGEST_TYPE || /\b(any|unknown|never)\b|\.\.\./.test(text)
      ? undefined
      : text
  }
  return { checker, source, twin, written }
}

/** The text of a file with what was found in it. */
export const withChanges = (file: FileContext, found: readonly Found[]): string => {
  const { path } = file.unit
  const changes = found.flatMap(({ changes: each }): FileChange[] => each.map((change) => ({ ...change, path })))
  return changed(file.text, changes)
}

/** What a file declares to others; empty where the compiler cannot say it. */
export const declarationsOf = ({ service, fileName }: TreeProgram, file: FileContext): string =>
  service
    .getEmitOutput(fileName(file.unit.path), true, true)
    .outputFiles.map(({ text }) => text)
    .join('')

/** Whether a file with another text has no type error that it had not, and declares what it did. */
const isSound = (file: FileContext, text: string): boolean => {
  const after = programWith(file, text)
  const isSame = (): boolean => declarationsOf(openProgram(file.project, true), file) === declarationsOf(after, file)
  return !addsTypeErrors(file, text, after) && isSame()
}

/** At most so many are tried one by one where all together do not compile. */
const TRIED_ALONE = 20

/**
 * Reports the edits that add no type error to the file and leave its declarations as they are: all of them when they do
 * so together, else those that do so one after the other.
 */
export const reportTyped = (found: readonly Found[], file: FileContext, findings: Findings): void => {
  if (found.length === 0) return
  if (isSound(file, withChanges(file, found))) return found.forEach((each) => findings.edit(each))
  const kept: Found[] = []
  for (const [index, each] of found.entries()) {
    if (index < TRIED_ALONE && isSound(file, withChanges(file, [...kept, each]))) kept.push(each)
    else findings.refuse(each.at, 'the file would not compile as it does today, or declare something else')
  }
  for (const each of kept) findings.edit(each)
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { walk } from '../syntax/nodes.ts'
import { resolve, type Binding, type Scope } from '../syntax/scopes.ts'
import { renamingProblem } from './renamable.ts'
import { captureProblem, containsScope, isReserved, renameLocations } from './renaming.ts'

/*
 * What is shown before a variable of one file gets another name: it may have one (renamable.ts), the name is free
 * (renaming.ts), and besides
 *  - the scopes and the compiler find the same uses, each by its own rules, and all get the new name, JSDoc included;
 *  - the new name means nothing yet in the scope of the variable, so that no new shadow comes of it;
 *  - no other variable that becomes the same can be seen there, so that each renaming may go with or without the others.
 */

/** Whether a name means nothing yet where a variable can be seen: neither from outside nor from a scope inside. */
const isUnknownIn = (name: string, binding: Binding, file: FileContext): boolean =>
  resolve(name, binding.scope, binding.declarations[0]!.identifier) === undefined &&
  !file.scopes.bindings.some((other) => other.name === name && containsScope(binding.scope, other.scope))

/** In a pattern `{ size: size }` is written `{ size }`. */
const inPattern = (change: Change, binding: Binding, name: string, file: FileContext): Change => {
  const declared = binding.declarations.find(({ identifier }) => identifier.getStart(file.file) === change.start)
  const element = declared?.identifier.parent
  if (!element || !ts.isBindingElement(element) || element.propertyName?.getText(file.file) !== name) return change
  const start = element.propertyName.getStart(file.file)
  return file.hasComment(start, change.start) ? change : { ...change, start }
}

const startsOf = (file: ts.SourceFile): Set<number> => {
  const starts = new Set<number>()
  walk(file, (node) => {
    if (ts.isIdentifier(node)) starts.add(node.getStart(file))
  })
  return starts
}

const sameNumbers = (one: readonly number[], other: readonly number[]): boolean => {
  const all = new Set(one)
  return all.size === new Set(other).size && other.every((each) => all.has(each))
}

/** Gives the variables of one file other names, each of which any other renaming may go with or without. */
export class LocalRenames {
  private readonly given: { readonly scope: Scope; readonly name: string }[] = []
  private readonly problems = new Map<Binding, string | undefined>()
  private readonly file: FileContext
  private starts: Set<number> | undefined

  constructor(file: FileContext) {
    this.file = file
  }

  /** Why a variable keeps its name, whatever the other one would be. */
  problemOf(binding: Binding): string | undefined {
    if (!this.problems.has(binding)) this.problems.set(binding, renamingProblem(binding, this.file))
    return this.problems.get(binding)
  }

  /** The changes that give a variable another name, or why it keeps its own. */
  rename(binding: Binding, name: string): readonly Change[] | string {
    const { project, unit } = this.file
    const target = { unit, binding }
    const problem = this.problemOf(binding)
    if (problem) return problem
    if (isReserved(name)) return `${name} is not a name that a variable can have`
    const captured = captureProblem(target, name)
    if (captured) return captured
    if (!isUnknownIn(name, binding, this.file)) return `another ${name} can be seen there`
    const meets = this.given.some(
      (each) =>
        each.name === name && (containsScope(each.scope, binding.scope) || containsScope(binding.scope, each.scope)),
    )
    if (meets) return `another variable becomes ${name}`
    const found = renameLocations(project, target, name)
    if (found.some(({ path }) => path !== unit.path)) return 'another file mentions it'
    const uses = [...binding.declarations, ...binding.references].map(({ identifier }) => identifier.getStart())
    this.starts ??= startsOf(this.file.file)
    // What is no token of the code stands in JSDoc, where it speaks of the same variable.
    const named = found.map(({ start }) => start).filter((start) => this.starts!.has(start))
    if (!sameNumbers(named, uses)) return 'the compiler takes other uses for it than the scopes do'
    this.given.push({ scope: binding.scope, name })
    return found.map((change) => inPattern(change, binding, name, this.file))
  }
}

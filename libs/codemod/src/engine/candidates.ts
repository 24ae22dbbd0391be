import type { Project } from '../project.ts'
import { allRecipes } from '../recipes/all.ts'
import { fileContext, type FileContext } from './file-context.ts'
import { runRecipe, type FoundInFile, type Recipe } from './recipe.ts'

const contexts = new WeakMap<Project, Map<string, FileContext>>()
const found = new WeakMap<FileContext, Map<string, FoundInFile>>()

/** The context of a file; made once, so that what one recipe infers serves the next. */
export const contextOf = (project: Project, path: string): FileContext => {
  const known = contexts.get(project) ?? new Map<string, FileContext>()
  contexts.set(project, known)
  const context =
    known.get(path) ??
    fileContext(
      project,
      project.units.find((unit) => unit.path === path)!,
    )
  known.set(path, context)
  return context
}

/** What a recipe finds in a file; found once per tree. */
export const findIn = (recipe: Recipe, file: FileContext): FoundInFile => {
  const known = found.get(file) ?? new Map<string, FoundInFile>()
  found.set(file, known)
  const result = known.get(recipe.id) ?? runRecipe(recipe, file)
  known.set(recipe.id, result)
  return result
}

/** What some recipes find in some files, recipe by recipe in the order of precedence. */
export const collect = (project: Project, recipeIds: ReadonlySet<string>, paths: readonly string[]): FoundInFile => {
  const results = allRecipes
    .filter(({ id }) => recipeIds.has(id))
    .flatMap((recipe) => paths.map((path) => findIn(recipe, contextOf(project, path))))
  return {
    candidates: results.flatMap(({ candidates }) => candidates),
    refused: results.flatMap(({ refused }) => refused),
  }
}

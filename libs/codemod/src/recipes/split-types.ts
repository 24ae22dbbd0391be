import type { FileContext } from '../engine/file-context.ts'
import type { NewFile } from '../engine/recipe.ts'
import { openProgram } from '../program.ts'
import { errorsOf } from './extraction-types.ts'

/** Whether a file, and one that is made of a part of it, have together type errors that the file has not today. */
export const addsErrorsTogether = (file: FileContext, text: string, made: NewFile): boolean => {
  const before = openProgram(file.project, true)
  const tree = new Map(file.project.tree)
  tree.set(file.unit.path, { content: Buffer.from(text), executable: false })
  tree.set(made.path, { content: Buffer.from(made.text), executable: false })
  const after = openProgram({ ...file.project, tree }, true)
  return [file.unit.path, made.path].some((path) => {
    // what a tree cannot resolve, as packages that are not installed in it, is an error of both that import it
    const known = errorsOf(before.service, before.fileName(file.unit.path))
    return errorsOf(after.service, after.fileName(path)).some((error) => {
      const index = known.indexOf(error)
      if (index === -1) return true
      known.splice(index, 1)
      return false
    })
  })
}

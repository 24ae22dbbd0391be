import type { FileChange } from '../engine/recipe.ts'
import { sourceOf } from '../engine/to-patch.ts'
import type { Project } from '../project.ts'
import { insertMember, memberOf, rootObject } from './manifest-members.ts'

/** The change by which the package.json of a private package says that `.js` files are ES modules. */
export const moduleTypeChange = (project: Project): FileChange => {
  const path = 'package.json'
  const { text } = sourceOf(project, path)
  const object = rootObject(path, text)!
  const value = memberOf(object, 'type')?.initializer
  if (value) return { path, start: value.getStart(), end: value.end, text: '"module"' }
  return insertMember(path, text, object, '"type": "module"', memberOf(object, 'private')!)
}

import { sameBytes, textOf, type GateContext } from './context.ts'
import { isFloorChange } from './floor-changes.ts'
import { isModulesChange } from './module-changes.ts'
import { isOfItsFolder, nearestManifest } from './module-kinds.ts'

/** A new package.json of a folder speaks of files there that the patch leaves as they are, and of them first. */
const speaksOfUnchanged = ({ baseTree, patchedTree }: GateContext, path: string): boolean =>
  [...patchedTree].some(([file, { content }]) => {
    const before = baseTree.get(file)
    const isUnchanged = before !== undefined && sameBytes(before.content, content)
    return isUnchanged && isOfItsFolder(patchedTree, file) && nearestManifest(patchedTree, file) === path
  })

/** Whether a protected file says no more than what the spec lets it say: a raised floor, or that modules are ES modules. */
export const isApproved = (context: GateContext, path: string): boolean => {
  const { input, baseTree, patchedTree } = context
  const [before, after] = [textOf(baseTree, path), textOf(patchedTree, path)]
  if (isFloorChange(path, before, after, input.allow)) return true
  if (!isModulesChange(path, before, after, input.allow)) return false
  if (path === 'package.json') return true
  // without the package's own change, or without a file that needs it, it says nothing that has to be said
  const isAsked = isModulesChange(
    'package.json',
    textOf(baseTree, 'package.json'),
    textOf(patchedTree, 'package.json'),
    input.allow,
  )
  return isAsked && !baseTree.has(path) && speaksOfUnchanged(context, path)
}

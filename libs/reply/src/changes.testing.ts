import type { Tree } from '@iama/patch'

/** The files that differ between two trees, by their new text. */
export const changesBetween = (before: Tree, after: Tree): Record<string, string | undefined> => {
  const changed: Record<string, string | undefined> = {}
  for (const [path, file] of after) {
    const old = before.get(path)
    if (old === undefined || !Buffer.from(old.content).equals(file.content))
      changed[path] = Buffer.from(file.content).toString()
  }
  for (const path of before.keys()) if (!after.has(path)) changed[path] = undefined
  return changed
}

import path from 'node:path'
import type { Tree } from '@iama/patch'
import { placeOf } from '../checks/in-folder.ts'
import type { GateContext } from './context.ts'
import { textOf } from './context.ts'

const words = (command: string): string[] => command.split(/[\s'"=;&|()]+/).map((word) => word.replace(/^\.\//, ''))

/** What users of the package get: a test command may name it and it is still no test. */
const entryPoints = (tree: Tree): ReadonlySet<string> => {
  const targets = (value: unknown): string[] => {
    if (typeof value === 'string') return [path.posix.normalize(value)]
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targets) : []
  }
  try {
    const { main = 'index.js', bin, exports, module } = JSON.parse(textOf(tree, 'package.json'))
    const named = targets([main, bin, exports, module])
    return new Set(named.flatMap((each) => [each, `${each}.js`, `${each}/index.js`]))
  } catch {
    return new Set(['index.js'])
  }
}

/**
 * Files of the base that are tests whatever they are called: the project's test commands name them, or the runner told
 * of tests in them. (A glob that takes in the package's own entry points says nothing about which files are tests.)
 */
export const testFiles = ({ input, baseTree }: GateContext): ReadonlySet<string> => {
  const entries = entryPoints(baseTree)
  const files = [...baseTree.keys()]
  const found = new Set<string>()
  const add = (paths: readonly string[]): void => {
    if (!paths.some((each) => entries.has(each))) paths.forEach((each) => found.add(each))
  }
  for (const leaf of input.checks.leaves.filter(({ kind }) => kind === 'test')) {
    for (const named of words(leaf.command)) {
      const word = placeOf(leaf, named)
      if (baseTree.has(word)) add([word])
      else if (baseTree.has(`${word}.js`)) add([`${word}.js`])
      else if (/[*?[{]/.test(word)) add(files.filter((file) => path.posix.matchesGlob(file, word)))
    }
  }
  for (const { kind, tests } of input.baseline.leaves) {
    if (kind !== 'test') continue
    for (const { id } of tests) {
      const file = id.split(' > ', 1)[0]!
      if (baseTree.has(file)) add([file])
    }
  }
  return found
}

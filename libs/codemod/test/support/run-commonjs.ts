import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'

import type { Tree } from '@iama/patch'

import { textIn } from './project.ts'

/** What a tree of CommonJS files does when one of them is loaded, and what that one exports. */
export interface Ran {
  readonly exports: unknown
  /** What the files told by `said('...')`, and the error of the loading. */
  readonly said: readonly string[]
}

const builtin = createRequire(import.meta.url)

/** Loads a file of a tree as Node does: each file once, half-made exports in cycles, those forgotten that throw. */
export const runCommonJs = (tree: Tree, entry: string, use: (exports: never) => unknown = () => undefined): Ran => {
  const said: string[] = []
  const loaded = new Map<string, { exports: unknown }>()
  const context = vm.createContext({ said: (text: string) => said.push(text) })
  const load = (file: string): unknown => {
    const known = loaded.get(file)
    if (known) return known.exports
    const module = { exports: {} }
    loaded.set(file, module)
    const require = (specifier: string): unknown => {
      if (!specifier.startsWith('.')) return builtin(specifier)
      const joined = path.posix.join(path.posix.dirname(file), specifier)
      const found = [joined, `${joined}.js`].find((each) => tree.has(each))
      if (found === undefined) throw new Error(`no ${joined}`)
      return load(found)
    }
    const wrapper = `(function (exports, require, module, __filename, __dirname) {${textIn(tree, file)}\n})`
    const run = vm.runInContext(wrapper, context, { filename: file }) as (...given: unknown[]) => void
    try {
      Reflect.apply(run, module.exports, [module.exports, require, module, file, path.posix.dirname(file)])
    } catch (error) {
      loaded.delete(file)
      throw error
    }
    return module.exports
  }
  try {
    const exports = load(entry)
    said.push(String(use(exports as never)))
    return { exports, said }
  } catch (error) {
    return { exports: undefined, said: [...said, String(error)] }
  }
}

import path from 'node:path'
import type { Tree } from '@iama/patch'
import type { Allowance } from '../types.ts'
import { sameBytes, textOf } from './context.ts'
import { isEsModule, manifestAt, type Manifest } from './module-kinds.ts'
import { candidatesOf, namedModules } from './named-modules.ts'

const isCode = (file: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/.test(file) && !/\.d\.[cm]?ts$/.test(file)

/** Modules that the patch made ES modules of CommonJS. */
const convertedModules = (before: Tree, after: Tree): ReadonlySet<string> => {
  const isConverted = (file: string): boolean => {
    const [was, is] = [before.get(file), after.get(file)]
    if (was === undefined || is === undefined || sameBytes(was.content, is.content)) return false
    return !isEsModule(before, file) && isEsModule(after, file)
  }
  return new Set([...after.keys()].filter((file) => isCode(file) && isConverted(file)))
}

/** Which of some modules are asked for, by names in files that stand in folders. */
class Asked {
  readonly #modules: ReadonlySet<string>
  readonly found = new Set<string>()

  constructor(modules: ReadonlySet<string>) {
    this.#modules = modules
  }

  below(folder: string): void {
    for (const file of this.#modules) if (file.startsWith(folder)) this.found.add(file)
  }

  name(folder: string, name: string): void {
    for (const file of candidatesOf(folder, name)) if (this.#modules.has(file)) this.found.add(file)
  }

  /** `./lib/*.js`: what begins and ends like it. */
  pattern(text: string): void {
    const [head = '', ...rest] = path.posix.normalize(text).split('*')
    const tail = rest.at(-1) ?? ''
    for (const file of this.#modules) if (file.startsWith(head) && file.endsWith(tail)) this.found.add(file)
  }
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : [])

const askByEntries = (tree: Tree, manifest: Manifest, asked: Asked): void => {
  const { main, exports, bin, module, browser, imports } = manifest
  for (const name of [...textsIn([main, exports, bin, module, browser, imports]), ...keysOf(browser)])
    if (name.includes('*')) asked.pattern(name)
    else asked.name('.', name)
  const isFound = typeof main === 'string' && candidatesOf('.', main).some((file) => tree.has(file))
  if (exports === undefined && !isFound) asked.name('.', 'index')
}

/** By these, the command of a script asks for a module and does not only run it. */
const asksInCommand = /(^|\s)(-r|--require|--import|--loader|--experimental-loader|-e|-p|--eval|--print)\b/

/** A name in a list of settings, of tools that load modules: `"setupFiles": ["./lib/setup.js"]`. */
const askBySetting = (folder: string, text: string, asked: Asked): void => {
  if (/^(\.{1,2}|<rootDir>)\//.test(text)) asked.name(folder, text.replace('<rootDir>', '.'))
}

const askByManifest = (tree: Tree, file: string, asked: Asked): void => {
  const manifest = manifestAt(tree, file)
  const folder = path.posix.dirname(file)
  if (folder !== '.') {
    // a package of its own within this one: who may use what of it is not looked into
    if (manifest === undefined || Object.keys(manifest).some((key) => key !== 'type')) asked.below(`${folder}/`)
    return
  }
  askByEntries(tree, manifest ?? {}, asked)
  const { scripts, ...settings } = manifest ?? {}
  for (const text of textsIn(settings)) askBySetting('.', text, asked)
  for (const command of textsIn(scripts).filter((text) => asksInCommand.test(text)))
    for (const word of command.split(/[\s'"`()=,;&|]+/)) if (word !== '') asked.name('.', word)
}

const isSettings = (file: string): boolean => /(^|\/)(\.[^/]*rc|[^/]*\.(json|jsonc|ya?ml|toml))$/.test(file)

const askByCode = (tree: Tree, file: string, packageName: unknown, asked: Asked): void => {
  const { texts, isComputed } = namedModules(file, textOf(tree, file))
  if (isComputed) asked.below('')
  for (const text of texts)
    if (text.startsWith('.')) asked.name(path.posix.dirname(file), text)
    else if (typeof packageName === 'string' && text.startsWith(`${packageName}/`))
      asked.name('.', text.slice(packageName.length + 1))
}

const askByFile = (tree: Tree, file: string, packageName: unknown, asked: Asked): void => {
  if (/(^|\/)package\.json$/.test(file)) askByManifest(tree, file, asked)
  else if (isCode(file)) askByCode(tree, file, packageName, asked)
  else if (isSettings(file))
    for (const word of textOf(tree, file).split(/[\s'"`()[\]{}=,;]+/))
      for (const folder of ['.', path.posix.dirname(file)]) askBySetting(folder, word, asked)
}

/**
 * Modules of a private package that the patch made ES modules, and that nobody asks for but others that it made ES
 * modules: no entry point, test, script or setting leads to them, so that what `require` gave for them is between those
 * that were changed together. Where a name is put together at run time, it may be that of any module.
 */
export const innerModules = (before: Tree, after: Tree, allow: Allowance): ReadonlySet<string> => {
  const manifest = manifestAt(before, 'package.json')
  const isPrivate = manifest?.['private'] === true && manifestAt(after, 'package.json')?.['private'] === true
  if (allow.esModules !== true || !isPrivate) return new Set()
  const converted = convertedModules(before, after)
  if (converted.size === 0) return converted
  const asked = new Asked(converted)
  for (const file of after.keys()) if (!converted.has(file)) askByFile(after, file, manifest['name'], asked)
  return new Set([...converted].filter((file) => !asked.found.has(file)))
}

import path from 'node:path'
import type { Tree } from '@iama/patch'
import type { Allowance } from '../types.ts'
import { moduleShape } from '../sessions/export-names.ts'
import { sameBytes, textOf } from './context.ts'
import { isEsModule, isProgram, manifestAt, type Manifest } from './module-kinds.ts'
import { candidatesOf, namedModules } from './named-modules.ts'

const isCode = (file: string): boolean => /\.([cm]?[jt]s|[jt]sx)$/.test(file) && !/\.d\.[cm]?ts$/.test(file)

/** Modules that the patch made ES modules of CommonJS. */
const becameEsModules = (before: Tree, after: Tree): ReadonlySet<string> => {
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

  name(folder: string, name: string): string[] {
    const named = candidatesOf(folder, name).filter((file) => this.#modules.has(file))
    for (const file of named) this.found.add(file)
    return named
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
  // what a build makes of the others is what users get: which of them that is cannot be told
  const ways = textsIn([main, exports]).filter((name) => !name.includes('*'))
  if (ways.some((name) => !candidatesOf('.', name).some((file) => tree.has(file)))) asked.below('')
}

/** By these, the command of a script asks for a module and does not only run it. */
const asksInCommand = /(^|\s)(-r|--require|--import|--loader|--experimental-loader|-e|-p|--eval|--print)\b/

/** A name in a list of settings, of tools that load modules: `"setupFiles": ["./lib/setup.js"]`, `require: lib/setup.js`. */
const askBySetting = (folder: string, text: string, asked: Asked): void => {
  if (text.includes('/')) asked.name(folder, text.replace('<rootDir>', '.'))
}

/** By these, files have other names than their paths. */
const renamesModules = (manifest: Manifest): boolean =>
  '_moduleAliases' in manifest ||
  textsIn(manifest['scripts']).some((command) => command.includes('NODE_PATH')) ||
  [manifest['dependencies'], manifest['devDependencies']].some((each) => keysOf(each).includes('module-alias'))

const askByManifest = (tree: Tree, file: string, asked: Asked): void => {
  const manifest = manifestAt(tree, file)
  const folder = path.posix.dirname(file)
  if (folder !== '.') {
    // a package of its own within this one: who may use what of it is not looked into
    if (manifest === undefined || Object.keys(manifest).some((key) => key !== 'type')) asked.below(`${folder}/`)
    return
  }
  askByEntries(tree, manifest ?? {}, asked)
  if (renamesModules(manifest ?? {})) asked.below('')
  const { scripts, ...settings } = manifest ?? {}
  for (const text of textsIn(settings)) askBySetting('.', text, asked)
  for (const command of textsIn(scripts).filter((text) => asksInCommand.test(text)))
    for (const word of command.split(/[\s'"`()=,;&|]+/)) if (word !== '') asked.name('.', word)
}

const isSettings = (file: string): boolean =>
  /(^|\/)(\.[^/]*rc|Makefile|[^/]*\.(json|jsonc|ya?ml|toml|mk|sh|opts))$/.test(file)

/** An import that finds nothing any more, in a file that nobody has changed. */
interface LostImport {
  readonly module: string
  readonly name: string
  readonly by: string
}

const askByCode = (tree: Tree, file: string, packageName: unknown, asked: Asked): LostImport[] => {
  const { texts, isComputed, imports } = namedModules(file, textOf(tree, file))
  if (isComputed) asked.below('')
  const folder = path.posix.dirname(file)
  for (const text of texts)
    if (text.startsWith('.')) asked.name(folder, text)
    else if (typeof packageName === 'string' && text.startsWith(`${packageName}/`))
      asked.name('.', text.slice(packageName.length + 1))
  // compilers turn the imports of what is not plain JavaScript into what they like
  if (!/\.m?js$/.test(file) || !isEsModule(tree, file)) return []
  return imports.flatMap(({ from, name }) => {
    const [module] = from.startsWith('.') ? asked.name(folder, from) : []
    if (module === undefined) return []
    const { names, stars } = moduleShape(module, textOf(tree, module))
    return names.includes(name) || stars.length > 0 ? [] : [{ module, name, by: file }]
  })
}

const askByFile = (tree: Tree, file: string, packageName: unknown, asked: Asked): LostImport[] => {
  if (isCode(file) || isProgram(tree, file)) return askByCode(tree, file, packageName, asked)
  if (/(^|\/)package\.json$/.test(file)) askByManifest(tree, file, asked)
  else if (isSettings(file))
    for (const word of textOf(tree, file).split(/[\s'"`()[\]{}=,;]+/))
      for (const folder of ['.', path.posix.dirname(file)]) askBySetting(folder, word, asked)
  return []
}

/** What became of the modules of a private package that the patch made ES modules. */
export interface ConvertedModules {
  /** Somebody may ask for them who was not changed with them. */
  readonly asked: ReadonlySet<string>
  /** Nobody asks for them but others that the patch made ES modules. */
  readonly inside: ReadonlySet<string>
  readonly lost: readonly LostImport[]
}

const none: ConvertedModules = { asked: new Set(), inside: new Set(), lost: [] }

/**
 * Tells modules for which an entry point, a test, a script or a setting asks from those that are between modules that
 * were changed together: what `require` gave for these is nobody else's. Where a name is put together at run time, it
 * may be that of any module. Nothing is inside of a package that others install.
 */
export const convertedModules = (before: Tree, after: Tree, allow: Allowance): ConvertedModules => {
  const manifest = manifestAt(before, 'package.json')
  const isPrivate = manifest?.['private'] === true && manifestAt(after, 'package.json')?.['private'] === true
  if (allow.esModules !== true || !isPrivate) return none
  const converted = becameEsModules(before, after)
  if (converted.size === 0) return none
  const asked = new Asked(converted)
  const askIn = (tree: Tree): LostImport[] =>
    [...tree.keys()].flatMap((file) => (converted.has(file) ? [] : askByFile(tree, file, manifest['name'], asked)))
  // who asked before the patch counts, too: a module does not get inside by the loss of who asked for it
  askIn(before)
  const lost = askIn(after)
  return { asked: asked.found, inside: new Set([...converted].filter((file) => !asked.found.has(file))), lost }
}

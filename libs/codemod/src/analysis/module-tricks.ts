import { asBuffer } from '@iama/patch'

import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { specifiersOf } from './import-graph.ts'

/** Packages that load one file in their own way: with other modules in it, again, or to look at what it hides. */
const loaders =
  /^(proxyquire|proxyquireify|rewire|rewiremock|sandboxed-module|mock-require|mockery|testdouble|quibble|esmock|import-fresh|import-lazy|require-uncached|require-reload|decache|clear-module|clear-require|clear-cut|fresh-require|stealthy-require|rewiremock\/.*)$/
/** Code that looks at loaded modules, or decides how they are loaded. */
const tricks =
  /\brequire\s*\.\s*(cache|extensions)\b|\bmodule\s*\.\s*(children|constructor|_compile|parent\s*[.[])|\bModule\s*\.\s*_\w+|\b(unmock|dontMock|enableAutomock)\s*\(|\bautomock\b/

/** What compiles or replaces the files that are loaded after it. */
const hooks =
  /(^|[/-])(register|require-hook)(\.js)?$|^(esm|pirates|require-in-the-middle|append-transform|module-alias)(\/|$)/

const folderLoaders = /^(require-dir|require-all|require-directory|requireindex|include-all|@fastify\/autoload)$/
const listing = /\b(readdir|readdirSync|opendir|opendirSync|scandir|glob|globSync|globby|fast-glob|walk|walkSync)\b/
const computed = /\b(require|import)\s*\(\s*(?!['"][^'"]*['"]\s*[,)]|\))/
const folderCalls = /\brequire\s*\.\s*context\s*\(|\bcommandDir\s*\(|\bimport\s*\.\s*meta\s*\.\s*glob\b/

const trickIn = ({ path, file, source, role }: SourceUnit): string | undefined => {
  const specifiers = specifiersOf(file)
  const loader = specifiers.find((each) => loaders.test(each))
  if (loader) return `${path} loads files by ${loader}, which can tell in which file a function stands`
  const hook = role === 'source' && specifiers.find((each) => !each.startsWith('.') && hooks.test(each))
  if (hook) return `${path} changes by ${hook} how files are loaded after it`
  const trick = tricks.exec(source.text)
  if (trick) return `${path} looks into the loading of modules (${trick[0]})`
  const isFolder = folderCalls.test(source.text) || (computed.test(source.text) && listing.test(source.text))
  return isFolder || specifiers.some((each) => folderLoaders.test(each))
    ? `${path} loads whatever stands in a folder`
    : undefined
}

const known = new WeakMap<Project, { readonly trick: string | undefined }>()

const read = ({ tree, units }: Project): string | undefined => {
  const manifest = tree.get('package.json')
  if (manifest && /"(automock|oclif)"\s*:/.test(asBuffer(manifest.content).toString()))
    return 'package.json has files loaded by their folder, or replaced'
  for (const unit of units) {
    const trick = trickIn(unit)
    if (trick !== undefined) return trick
  }
  return undefined
}

/**
 * Why it can matter in which CommonJS file a function stands: something of the project replaces what single files load,
 * loads them again, looks at what is loaded, or loads all files of a folder. Undefined where nothing does. Read once for
 * a tree.
 */
export const moduleTrick = (project: Project): string | undefined => {
  const found = known.get(project) ?? { trick: read(project) }
  known.set(project, found)
  return found.trick
}

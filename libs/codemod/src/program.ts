import ts from 'typescript'

import type { Tree } from '@iama/patch'

import { readTsOptions } from './floor/package-sources.ts'
import type { Project } from './project.ts'
import { decodeSource } from './text.ts'

const ROOT = '/tree/'

/** The compiler's own view of a tree: nothing outside of it exists, except its library files when asked for. */
export interface TreeProgram {
  readonly service: ts.LanguageService
  /** The name by which the compiler knows a file of the tree. */
  fileName(path: string): string
  /** The path in the tree of one of the compiler's names. */
  pathOf(fileName: string): string
}

const textOf = (tree: Tree, path: string): string | undefined => {
  const file = tree.get(path)
  return file && decodeSource(file.content)?.text
}

const compilerOptions = (project: Project, withLibrary: boolean): ts.CompilerOptions => {
  const config = textOf(project.tree, 'tsconfig.json')
  const parsed: unknown = config === undefined ? {} : ts.parseConfigFileTextToJson('tsconfig.json', config).config
  const raw = (parsed as { compilerOptions?: Record<string, unknown> } | undefined)?.compilerOptions ?? {}
  const lib = readTsOptions(project.tree)?.lib?.map((name) => `lib.${name.toLowerCase()}.d.ts`)
  return {
    allowJs: true,
    checkJs: false,
    noLib: !withLibrary,
    noEmit: true,
    // whether the project allows it is for its own compiler to say
    allowImportingTsExtensions: true,
    strict: raw.strict === true,
    strictNullChecks: raw.strict === true || raw.strictNullChecks === true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    jsx: ts.JsxEmit.Preserve,
    types: [],
    ...(withLibrary && lib?.length ? { lib } : {}),
  }
}

const isLibraryName = (name: string): boolean => /\/lib\.[\w.]*d\.ts$/.test(name) && !name.startsWith(ROOT)

/** Library files are the same for every tree: parsed once in a process. Files of a tree go with their program. */
const libraries = ts.createDocumentRegistry()
const librarySnapshots = new Map<string, ts.IScriptSnapshot>()

const libraryText = (name: string): ts.IScriptSnapshot | undefined => {
  const text = librarySnapshots.has(name) ? undefined : ts.sys.readFile(name)
  if (text !== undefined) librarySnapshots.set(name, ts.ScriptSnapshot.fromString(text))
  return librarySnapshots.get(name)
}

/** A registry of documents that keeps only the library's beyond the life of its program. */
const documentRegistry = (): ts.DocumentRegistry => {
  const own = ts.createDocumentRegistry()
  const of = (name: string): ts.DocumentRegistry => (isLibraryName(name) ? libraries : own)
  return {
    ...own,
    acquireDocument: (name, ...rest) => of(name).acquireDocument(name, ...rest),
    acquireDocumentWithKey: (name, ...rest) => of(name).acquireDocumentWithKey(name, ...rest),
    updateDocument: (name, ...rest) => of(name).updateDocument(name, ...rest),
    updateDocumentWithKey: (name, ...rest) => of(name).updateDocumentWithKey(name, ...rest),
  }
}

const services = new WeakMap<Project, Map<boolean, TreeProgram>>()

/**
 * The language service over a tree. `withLibrary` loads the library files of the TypeScript package, which costs a
 * few hundred milliseconds and is needed only where the type of an expression is wanted.
 */
export const openProgram = (project: Project, withLibrary = false): TreeProgram => {
  const known = services.get(project) ?? new Map<boolean, TreeProgram>()
  services.set(project, known)
  const program = known.get(withLibrary) ?? createProgram(project, withLibrary)
  known.set(withLibrary, program)
  return program
}

const createProgram = (project: Project, withLibrary: boolean): TreeProgram => {
  const { tree } = project
  const fileName = (path: string): string => ROOT + path
  const pathOf = (name: string): string => (name.startsWith(ROOT) ? name.slice(ROOT.length) : name)
  const options = compilerOptions(project, withLibrary)
  const folders = new Set<string>()
  for (const path of tree.keys()) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.add(path.slice(0, at))
  }
  const isLibrary = (name: string): boolean => withLibrary && isLibraryName(name)
  const readFile = (name: string): string | undefined =>
    isLibrary(name) ? ts.sys.readFile(name) : textOf(tree, pathOf(name))
  const fileExists = (name: string): boolean => (isLibrary(name) ? ts.sys.fileExists(name) : tree.has(pathOf(name)))
  const sound = project.units.filter(({ problems, role }) => problems.length === 0 && role !== 'minified')
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => sound.map(({ path }) => fileName(path)),
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      if (isLibrary(name)) return libraryText(name)
      const text = readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists,
    readFile,
    directoryExists: (name) => folders.has(pathOf(name.endsWith('/') ? name.slice(0, -1) : name)) || name === '/tree',
    getDirectories: () => [],
  }
  return { service: ts.createLanguageService(host, documentRegistry()), fileName, pathOf }
}

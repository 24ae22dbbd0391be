import ts from 'typescript'

import { asBuffer } from '@iama/patch'

import { moduleTrick } from '../analysis/module-tricks.ts'
import { isObject, readJsonObject, type Json, type JsonObject } from '../analysis/package-facts.ts'
import { asCompared } from '../analysis/file-names.ts'
import { folderOf } from '../analysis/import-graph.ts'
import { readLintConfig } from '../floor/eslint-config.ts'
import type { Project } from '../project.ts'
import { extensionOf, type SourceUnit } from '../source-unit.ts'
import { contains, walk } from '../syntax/nodes.ts'
import { requiredFile } from './es-module-target.ts'

/*
 * Proof obligation. A package can become one of ES modules as a whole when
 *  - it is private: nobody outside of it asks for its files. It is one package, not the top of several, and has no
 *    names of its own for imports;
 *  - no code of it replaces, reloads or compiles what it loads, and its tests are not run by a tool that cannot load ES
 *    modules by `require`;
 *  - all of its sources may be edited; what is not edited (tests, examples, settings) stays CommonJS in a folder of its
 *    own, whose new package.json says so, or consists of ES modules already;
 *  - the settings of its linter do not say that the code is CommonJS.
 */

/** What becomes of the files of a package. */
export interface PackagePlan {
  /** Files that become ES modules. */
  readonly modules: readonly SourceUnit[]
  /** Folders whose files stay CommonJS. */
  readonly kept: readonly string[]
  /** Files whose value `require` must still give: the ways in, and those that other files may ask for. */
  readonly asked: ReadonlySet<string>
}

/** Why the package as it is cannot be converted, and the file in which that shows. */
export interface PackageProblem {
  readonly path: string
  readonly reason: string
}

const dependenciesOf = (json: JsonObject): string[] =>
  [json.dependencies, json.devDependencies, json.optionalDependencies].flatMap((each) =>
    isObject(each) ? Object.keys(each) : [],
  )

const manifestProblem = (json: JsonObject): string | undefined => {
  if (json.private !== true) return 'only a private package is converted: package.json does not say "private": true'
  if (json.type === 'module') return 'the package consists of ES modules already'
  if (json.workspaces !== undefined) return 'it is the top of several packages: convert them one by one'
  if (json.imports !== undefined) return 'package.json has names of its own for imports'
  if (json._moduleAliases !== undefined || dependenciesOf(json).includes('module-alias'))
    return 'package.json gives files other names'
  if (JSON.stringify(json.scripts ?? {}).includes('NODE_PATH')) return 'its scripts look for modules by NODE_PATH'
  const tool = dependenciesOf(json).find((each) =>
    /^(jest|ts-jest|babel-jest|react-scripts|@babel\/register)$/.test(each),
  )
  return tool && `${tool} loads files in its own way, in which require gives no ES modules`
}

const lintProblem = ({ tree }: Project, json: JsonObject): PackageProblem | undefined => {
  const config = readLintConfig(tree)
  const legacy = json.eslintConfig === undefined ? undefined : JSON.stringify(json.eslintConfig)
  const text = config?.source.text ?? legacy
  if (text === undefined) return undefined
  const [, type] = /sourceType["']?\s*:\s*["'](\w+)/.exec(text) ?? []
  const isModule = type === 'module' || (type === undefined && config?.isFlat)
  const reason = 'the linter takes the code for CommonJS: set its sourceType to module first'
  return isModule ? undefined : { path: config?.path ?? 'package.json', reason }
}

/** Programs without an ending, which Node takes for what package.json says. */
const programProblem = (project: Project, isOwn: (path: string) => boolean): PackageProblem | undefined => {
  const path = [...project.tree.keys()].find(
    (each) =>
      !/\.[^/]*$/.test(each) &&
      isOwn(each) &&
      /^#!.*\bnode\b/.test(asBuffer(project.tree.get(each)!.content).toString('utf8', 0, 200)),
  )
  return path === undefined
    ? undefined
    : { path, reason: 'a program without an ending would become an ES module unread' }
}

const isInside = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** The widest folder around a file in which nothing is to become, or is, an ES module. */
const folderFor = (path: string, others: readonly string[], taken: ReadonlySet<string>): string | undefined => {
  const parts = folderOf(path).split('/')
  const folders = parts[0] === '' ? [] : parts.map((_, at) => parts.slice(0, at + 1).join('/'))
  return folders.find(
    (folder) => !others.some((each) => isInside(each, folder)) && !taken.has(asCompared(`${folder}/package.json`)),
  )
}

/** Whether a file may load files, or name them, in a way that is not seen. */
const isOpen = ({ file }: SourceUnit): boolean => {
  let found = false
  walk(file, (node) => {
    const isPlace = ts.isIdentifier(node) && /^(__dirname|__filename|createRequire)$/.test(node.text)
    const isLoader =
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require') &&
      !(node.arguments[0] && ts.isStringLiteral(node.arguments[0]))
    const isMember = ts.isPropertyAccessExpression(node) && node.expression.getText() === 'require'
    const isBeginning =
      ts.isTemplateHead(node) || (ts.isStringLiteralLike(node) && ts.isBinaryExpression(node.parent))
        ? /^\.{1,2}\//.test(node.text)
        : false
    if (isPlace || isLoader || isMember || isBeginning || ts.isMetaProperty(node)) found = true
    return !found
  })
  return found
}

/** The files that a text of a file names, by a path or by the name of the package. */
const namedIn = (unit: SourceUnit, { tree, imports, package: { name } }: Project): string[] => {
  const found: string[] = []
  const add = (from: string, specifier: string): void => {
    for (const path of [imports.resolve(from, specifier), requiredFile(tree, from, specifier)])
      if (path !== undefined) found.push(path)
  }
  walk(unit.file, (node) => {
    if (!ts.isStringLiteralLike(node)) return
    if (node.text.startsWith('.')) add(unit.path, node.text)
    if (name !== undefined && node.text.startsWith(`${name}/`)) add('package.json', `.${node.text.slice(name.length)}`)
  })
  return found
}

const namesPackage = ({ file }: SourceUnit, name: Json | undefined): boolean =>
  typeof name === 'string' &&
  contains(file, (node) => ts.isStringLiteralLike(node) && (node.text === name || node.text.startsWith(`${name}/`)))

const textsIn = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}

const isSettings = (path: string): boolean =>
  /(^|\/)(\.[^/]*rc|Makefile|[^/]*\.(json|jsonc|ya?ml|toml|mk|sh|opts))$/.test(path)

/** By these, the command of a script asks for a module and does not only run it. */
const asksInCommand = /(^|\s)(-r|--require|--import|--loader|--experimental-loader|-e|-p|--eval|--print)\b/

/** The files that settings may name: of tools that load modules, and of package.json. */
export const namedBySettings = ({ tree, imports }: Project): string[] => {
  const resolve = (folder: string, word: string): string[] => {
    const from = folder === '' ? 'package.json' : `${folder}/package.json`
    const specifier = word.startsWith('.') ? word : `./${word}`
    const both = [imports.resolve(from, specifier), requiredFile(tree, from, specifier)]
    return both.filter((each) => each !== undefined)
  }
  const found: string[] = []
  for (const [path, { content }] of tree) {
    if (!isSettings(path) || /(^|\/)(package|package-lock|npm-shrinkwrap)\.json$/.test(path)) continue
    for (const word of asBuffer(content)
      .toString()
      .split(/[\s'"`()[\]{}=,;]+/))
      if (word.includes('/'))
        found.push(...['', folderOf(path)].flatMap((folder) => resolve(folder, word.replace('<rootDir>', '.'))))
  }
  const { scripts, files: _, ...settings } = readJsonObject(tree, 'package.json')!
  const commands = textsIn(scripts).filter((each) => asksInCommand.test(each))
  const words = commands.flatMap((each) => each.split(/[\s'"`()=,;&|]+/)).filter((each) => each !== '')
  const paths = [...textsIn(settings), ...Object.keys(isObject(settings.browser) ? settings.browser : {})]
  return [...found, ...[...words, ...paths].flatMap((each) => resolve('', each.replace('<rootDir>', '.')))]
}

const askedOf = (project: Project, modules: readonly SourceUnit[]): Set<string> => {
  const paths = new Set(modules.map(({ path }) => path))
  const others = project.units.filter((unit) => !paths.has(unit.path) && unit.role !== 'declaration')
  if (others.some(isOpen)) return paths
  const named = [
    ...project.package.entryPoints,
    ...namedBySettings(project),
    ...others.flatMap((unit) => namedIn(unit, project)),
  ]
  return new Set(named.filter((each) => paths.has(each)))
}

/** Which files become ES modules and which stay; a problem where the package has to stay as it is. */
export const packagePlan = (
  project: Project,
  editable: readonly string[],
  taken: readonly string[] = [],
): PackagePlan | PackageProblem => {
  const json = readJsonObject(project.tree, 'package.json')
  if (!json) return { path: 'package.json', reason: 'there is no package.json that could say what the files are' }
  const problem = manifestProblem(json)
  if (problem) return { path: 'package.json', reason: problem }
  const trick = moduleTrick(project)
  if (trick !== undefined) return { path: 'package.json', reason: trick }
  const nested = [...project.tree.keys()].filter((path) => path.endsWith('/package.json')).map(folderOf)
  const isOwn = (path: string): boolean => !nested.some((folder) => isInside(path, folder))
  const units = project.units.filter(({ path }) => isOwn(path))
  const modules = units.filter(
    (each) => each.role === 'source' && extensionOf(each.path) === 'js' && each.moduleKind !== 'esm',
  )
  const typed = units.find(({ language, role }) => language === 'typescript' && role === 'source')
  if (typed) return { path: typed.path, reason: 'it is TypeScript: its settings say what it is compiled to' }
  if (modules.length === 0) return { path: 'package.json', reason: 'no file of it is a CommonJS module' }
  const fixed = modules.find(({ path }) => !editable.includes(path))
  if (fixed) return { path: fixed.path, reason: 'it is not in scope, and the files of a package change together' }
  const program = programProblem(project, isOwn)
  if (program) return program
  // of these, and of no others, the folder says what they are
  const byFolder = units.filter(({ path }) => /\.[jt]sx?$/.test(path) && !path.endsWith('.d.ts'))
  const left = byFolder.filter((each) => each.moduleKind !== 'esm' && !modules.includes(each))
  const others = byFolder.filter((each) => modules.includes(each) || each.moduleKind === 'esm').map(({ path }) => path)
  const self = left.find((unit) => namesPackage(unit, json.name))
  if (self) return { path: self.path, reason: 'it asks for the package by its name, which a folder of its own has not' }
  const names = new Set([...project.tree.keys(), ...taken].map(asCompared))
  const kept = new Set<string>()
  for (const { path } of left) {
    const folder = folderFor(path, others, names)
    if (folder === undefined)
      return { path, reason: 'it stays CommonJS beside files that become ES modules: give it the ending .cjs first' }
    kept.add(folder)
  }
  return lintProblem(project, json) ?? { modules, kept: [...kept].sort(), asked: askedOf(project, modules) }
}

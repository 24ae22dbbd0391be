import browserslist from 'browserslist'
import semver from 'semver'
import ts from 'typescript'

import type { Tree } from '@iama/patch'

import { folderOf, joinPath } from '../analysis/import-graph.ts'
import { isObject, readJsonObject } from '../analysis/package-facts.ts'
import { decodeSource } from '../text.ts'
import type { FloorEvidence } from '../types.ts'
import { manifestsOf, queriesOf } from './manifests.ts'
import { editionName, editionOfNode, LATEST_EDITION, normalEdition } from './versions.ts'

/** `engines.node`, of workspaces as well: the lowest version that the range admits. */
export const enginesEvidence = (tree: Tree): FloorEvidence[] =>
  manifestsOf(tree).flatMap((path) => enginesEvidenceOf(tree, path))

const enginesEvidenceOf = (tree: Tree, path: string): FloorEvidence[] => {
  const engines = readJsonObject(tree, path)?.engines
  const range = isObject(engines) ? engines.node : undefined
  if (typeof range !== 'string' || semver.validRange(range) === null || semver.validRange(range) === '*') return []
  const node = semver.minVersion(range)!.version
  const ecmaVersion = editionOfNode(node)
  const detail = `Node ${node} runs ${editionName(ecmaVersion)}`
  return [{ source: `${path} engines.node`, value: range, detail, ecmaVersion, node }]
}

/** The first version of each browser that runs an edition in full, newest edition first (compat tables of MDN). */
const browserEditions: Readonly<Record<string, readonly (readonly [version: number, edition: number])[]>> = {
  chrome: [
    [117, 2023],
    [94, 2022],
    [85, 2021],
    [80, 2020],
    [73, 2019],
    [64, 2018],
    [58, 2017],
    [52, 2016],
    [51, 2015],
  ],
  edge: [
    [117, 2023],
    [94, 2022],
    [85, 2021],
    [80, 2020],
    [79, 2019],
    [15, 2017],
    [14, 2016],
    [13, 5],
  ],
  firefox: [
    [115, 2023],
    [93, 2022],
    [79, 2021],
    [74, 2020],
    [62, 2019],
    [60, 2017],
    [54, 2016],
  ],
  safari: [
    [16.4, 2023],
    [16.4, 2022],
    [14.1, 2021],
    [13.1, 2020],
    [12, 2019],
    [11.1, 2017],
    [10.1, 2016],
  ],
  opera: [
    [103, 2023],
    [80, 2022],
    [71, 2021],
    [67, 2020],
    [60, 2019],
    [51, 2018],
    [45, 2017],
    [39, 2016],
    [38, 2015],
  ],
  samsung: [
    [24, 2023],
    [17, 2022],
    [14, 2021],
    [13, 2020],
    [11, 2019],
    [9, 2018],
    [7, 2017],
    [6, 2016],
    [5, 2015],
  ],
}
const families: Readonly<Record<string, string>> = {
  and_chr: 'chrome',
  android: 'chrome',
  and_ff: 'firefox',
  ios_saf: 'safari',
  op_mob: 'opera',
}

const editionOfBrowser = (entry: string): number => {
  const [name = '', version = ''] = entry.split(' ')
  if (name === 'node') return editionOfNode(semver.coerce(version)?.version ?? '0.0.0')
  const table = browserEditions[families[name] ?? name]
  const number = Number.parseFloat(version)
  if (table === undefined || Number.isNaN(number)) return version === 'TP' ? 2023 : 5
  return table.find(([first]) => number >= first)?.[1] ?? 5
}

const resolveQueries = (queries: readonly string[]): string[] | undefined => {
  try {
    return browserslist([...queries], { ignoreUnknownVersions: true })
  } catch {
    return undefined
  }
}

/** The oldest browser of the project's browserslist; a query that cannot be resolved here counts as the oldest. */
export const browserslistEvidence = (tree: Tree): FloorEvidence[] => {
  const file = tree.get('.browserslistrc')
  const lines =
    file &&
    decodeSource(file.content)
      ?.text.replace(/#.*$/gm, '')
      .replace(/^\s*\[.*\]\s*$/gm, '')
  const fromFile =
    lines
      ?.split('\n')
      .map((line) => line.trim())
      .filter(Boolean) ?? []
  const fromPackage = queriesOf(readJsonObject(tree, 'package.json')?.browserslist)
  const queries = fromFile.length > 0 ? fromFile : fromPackage
  if (queries.length === 0) return []
  const source = fromFile.length > 0 ? '.browserslistrc' : 'package.json browserslist'
  const value = queries.join(', ')
  const browsers = resolveQueries(queries)
  if (!browsers?.length)
    return [{ source, value, detail: 'the query cannot be resolved, so the oldest is assumed', ecmaVersion: 5 }]
  const oldest = browsers.reduce((one, other) => (editionOfBrowser(other) < editionOfBrowser(one) ? other : one))
  const ecmaVersion = editionOfBrowser(oldest)
  return [{ source, value, detail: `${oldest} runs ${editionName(ecmaVersion)}`, ecmaVersion }]
}

/** Compiler options that matter here, `extends` within the tree followed. */
export interface TsOptions {
  readonly target: string | undefined
  readonly lib: readonly string[] | undefined
}

/** Reads tsconfig.json; packages that it extends are not part of a tree and say nothing. */
export const readTsOptions = (tree: Tree, path = 'tsconfig.json', depth = 0): TsOptions | undefined => {
  const file = tree.get(path)
  const text = file && decodeSource(file.content)?.text
  if (text === undefined || depth > 5) return undefined
  const config: unknown = ts.parseConfigFileTextToJson(path, text).config
  if (!isObject(config)) return undefined
  const bases = queriesOf(config.extends).flatMap((each) => {
    const joined = each.startsWith('.') ? joinPath(folderOf(path), each) : undefined
    const found = [joined, `${joined}.json`].find((candidate) => candidate !== undefined && tree.has(candidate))
    return found ? (readTsOptions(tree, found, depth + 1) ?? []) : []
  })
  const options = isObject(config.compilerOptions) ? config.compilerOptions : {}
  const inherited = bases.at(-1)
  const lib = Array.isArray(options.lib) ? queriesOf(options.lib) : inherited?.lib
  return { target: typeof options.target === 'string' ? options.target : inherited?.target, lib }
}

/** What a tsconfig says of a compiler option, `extends` within the tree followed; undefined where it says nothing. */
export const compilerOption = (tree: Tree, name: string, path = 'tsconfig.json', depth = 0): unknown => {
  const file = tree.get(path)
  const text = file && decodeSource(file.content)?.text
  if (text === undefined || depth > 5) return undefined
  const config: unknown = ts.parseConfigFileTextToJson(path, text).config
  if (!isObject(config)) return undefined
  if (isObject(config.compilerOptions) && config.compilerOptions[name] !== undefined)
    return config.compilerOptions[name]
  for (const each of queriesOf(config.extends).reverse()) {
    const joined = each.startsWith('.') ? joinPath(folderOf(path), each) : undefined
    const found = [joined, `${joined}.json`].find((candidate) => candidate !== undefined && tree.has(candidate))
    const value = found === undefined ? undefined : compilerOption(tree, name, found, depth + 1)
    if (value !== undefined) return value
  }
  return undefined
}

/** Whether a tsconfig, or one that it extends, takes options from what is not part of the tree. */
export const isExtendedFromOutside = (tree: Tree, path = 'tsconfig.json', depth = 0): boolean => {
  const file = tree.get(path)
  const text = file && decodeSource(file.content)?.text
  const config: unknown = text === undefined ? undefined : ts.parseConfigFileTextToJson(path, text).config
  if (!isObject(config) || depth > 5) return depth > 0
  return queriesOf(config.extends).some((each) => {
    const joined = each.startsWith('.') ? joinPath(folderOf(path), each) : undefined
    const found = [joined, `${joined}.json`].find((candidate) => candidate !== undefined && tree.has(candidate))
    return found === undefined || isExtendedFromOutside(tree, found, depth + 1)
  })
}

/** The tsconfig files that one refers to, itself included. */
const withReferences = (tree: Tree, path = 'tsconfig.json', known = new Set<string>()): Set<string> => {
  const file = tree.get(path)
  const text = file && decodeSource(file.content)?.text
  if (text === undefined || known.has(path)) return known
  known.add(path)
  const config: unknown = ts.parseConfigFileTextToJson(path, text).config
  const references = isObject(config) && Array.isArray(config.references) ? config.references : []
  for (const each of references) {
    const named = isObject(each) && typeof each.path === 'string' ? joinPath(folderOf(path), each.path) : undefined
    if (named !== undefined) withReferences(tree, named.endsWith('.json') ? named : `${named}/tsconfig.json`, known)
  }
  return known
}

/** `target` of tsconfig, and of those that it refers to; nothing when none is named. */
export const tsconfigEvidence = (tree: Tree): FloorEvidence[] =>
  [...withReferences(tree)].flatMap((path) => tsconfigEvidenceOf(tree, path))

const tsconfigEvidenceOf = (tree: Tree, path: string): FloorEvidence[] => {
  const target = readTsOptions(tree, path)?.target
  const ecmaVersion = normalEdition(target)
  if (target === undefined || ecmaVersion === undefined || ecmaVersion >= LATEST_EDITION) return []
  const detail = `the compiler is asked for ${editionName(ecmaVersion)}`
  return [{ source: `${path} target`, value: target, detail, ecmaVersion }]
}

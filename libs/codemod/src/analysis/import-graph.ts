import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { walk } from '../syntax/nodes.ts'

/** Which module of the tree loads which. */
export interface ImportGraph {
  /** The module of the tree that a specifier means in a file; undefined for packages and what is not there. */
  resolve(from: string, specifier: string): string | undefined
  /** Groups of modules that load each other, each sorted. */
  readonly cycles: readonly (readonly string[])[]
  inCycle(path: string): boolean
  inSameCycle(one: string, other: string): boolean
}

/** `import type` and `export type` are gone when the code runs: they load nothing, and close no cycle. */
const isTypeOnly = (node: ts.Node): boolean =>
  (ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true) ||
  (ts.isExportDeclaration(node) && node.isTypeOnly)

/** The literal specifiers that a file loads, by import, export-from, `require` or `import()`. */
export const specifiersOf = (file: ts.SourceFile): string[] => {
  const found: string[] = []
  walk(file, (node) => {
    const specifier =
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && !isTypeOnly(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && isLoader(node.expression)
          ? node.arguments[0]
          : undefined
    if (specifier && ts.isStringLiteralLike(specifier)) found.push(specifier.text)
  })
  return found
}

const isLoader = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')

/** `a/./b/../c` as `a/c`; undefined when it leaves the tree. */
export const joinPath = (folder: string, relative: string): string | undefined => {
  const parts = folder === '' ? [] : folder.split('/')
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const endings = ['', '.js', '.ts', '.mjs', '.cjs', '.tsx', '.jsx', '.mts', '.cts']

/** The file of the tree that a path without its ending means, as Node and TypeScript look for it. */
export const findModule = (has: (path: string) => boolean, path: string): string | undefined => {
  const asTyped = path.replace(/\.([cm]?)js$/, '.$1ts')
  const folder = path === '' ? '' : `${path}/`
  const candidates = [
    ...endings.map((ending) => path + ending),
    asTyped,
    ...endings.slice(1).map((ending) => `${folder}index${ending}`),
  ]
  return candidates.find((candidate) => candidate !== '' && has(candidate))
}

/** Tarjan's strongly connected components that have more than one member, or a member that loads itself. */
const cyclesOf = (edges: ReadonlyMap<string, readonly string[]>): string[][] => {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const cycles: string[][] = []
  const visit = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    for (const next of edges.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== index.get(node)) return
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1 || edges.get(node)?.includes(node)) cycles.push(group.sort())
  }
  for (const node of [...edges.keys()].sort()) if (!index.has(node)) visit(node)
  return cycles
}

/** Builds the graph of the modules of a tree. */
export const buildImportGraph = (units: readonly SourceUnit[], packageName: string | undefined): ImportGraph => {
  const paths = new Set(units.map(({ path }) => path))
  const has = (path: string): boolean => paths.has(path)
  const resolve = (from: string, specifier: string): string | undefined => {
    if (specifier.startsWith('.')) {
      const joined = joinPath(folderOf(from), specifier)
      return joined === undefined ? undefined : findModule(has, joined)
    }
    return specifier === packageName ? findModule(has, 'index') : undefined
  }
  const edges = new Map(
    units.map(({ path, file }) => [
      path,
      [...new Set(specifiersOf(file).map((specifier) => resolve(path, specifier)))].filter(
        (each) => each !== undefined,
      ),
    ]),
  )
  const cycles = cyclesOf(edges)
  const groups = new Map(cycles.flatMap((group, index) => group.map((path) => [path, index] as const)))
  return {
    resolve,
    cycles,
    inCycle: (path) => groups.has(path),
    inSameCycle: (one, other) => groups.has(one) && groups.get(one) === groups.get(other),
  }
}

import path from 'node:path'
import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import type { Change } from '../engine/recipe.ts'
import { semicolonIn, startOf, startsLine, textOf } from '../engine/rewrite.ts'
import { isReserved } from './renaming.ts'
import { endOfWords, unclosed } from './es-module-layout.ts'
import type { Project } from '../project.ts'
import type { FilePlan, PackagePlans } from './es-module-plan.ts'
import type { ModuleRequest } from './es-module-requests.ts'
import { placeBefore } from './split-imports.ts'
import { braced } from './split-texts.ts'

/** Names that a file has not used yet, made of words. */
export class FreshNames {
  readonly #taken: Set<string>

  constructor({ scopes }: FileContext) {
    this.#taken = new Set(scopes.names)
  }

  take(words: string): string {
    const [first = '', ...rest] = words.split(/[^A-Za-z0-9_$]+/).filter((each) => each !== '')
    const joined = first + rest.map((each) => each[0]!.toUpperCase() + each.slice(1)).join('')
    const stem = /^[A-Za-z_$]/.test(joined) && !isReserved(joined) ? joined : `${joined.replace(/^\d+/, '')}Module`
    let name = stem
    for (let count = 2; this.#taken.has(name); count++) name = `${stem}${count}`
    this.#taken.add(name)
    return name
  }
}

/** `./parse.js`: ES modules are asked for by their whole names. */
const specifierFor = ({ specifier, target, from }: ModuleRequest): string => {
  if (target === undefined) return specifier
  const relative = path.posix.relative(path.posix.dirname(from.unit.path), target)
  return relative.startsWith('.') ? relative : `./${relative}`
}

/** What a module of the tree can be called: as its file, its folder or its package. */
const wordsOfPath = (target: string, project: Project): string => {
  const stem = path.posix.basename(target).replace(/\.[^.]*$/, '')
  const folder = path.posix.basename(path.posix.dirname(target))
  if (stem !== 'index') return stem
  return /^(\.|lib|src)$/.test(folder) ? (project.package.name ?? 'main').replace(/^@[^/]*\//, '') : folder
}

export const wordsFor = ({ unit, project }: FileContext): string => wordsOfPath(unit.path, project)

const wordsOf = ({ specifier, target, from }: ModuleRequest): string =>
  target === undefined ? specifier.replace(/^node:/, '').replace(/^@[^/]*\//, '') : wordsOfPath(target, from.project)

const importLine = (clause: string, request: ModuleRequest): string => {
  const { from, call } = request
  const quote = textOf(call.arguments[0]!, from)[0]!
  const isJson = request.target?.endsWith('.json')
  const attributes = isJson ? ` with { type: ${quote}json${quote} }` : ''
  const source = `${quote}${specifierFor(request)}${quote}${attributes}${semicolonIn(from)}`
  return clause === '' ? `import ${source}` : `${clause} from ${source}`
}

const namesLine = (request: ModuleRequest): string => {
  const names = request.names.map(({ exported, local }) => (exported === local ? local : `${exported} as ${local}`))
  return importLine(braced('import', names, '', request.from), request)
}

/** How the imports of a file are written, and what the values that stand inside other code are called. */
export interface Imports {
  readonly changes: readonly Change[]
  /** By request. */
  readonly inside: ReadonlyMap<ModuleRequest, string>
}

const lineOf = (request: ModuleRequest, plans: PackagePlans, inside: ReadonlyMap<ModuleRequest, string>): string => {
  const local = request.names[0]?.local
  const way = plans.wayOf(request)
  if (way === 'load') return importLine('', request)
  if (way === 'names') return namesLine(request)
  if (way === 'namespace') return importLine(`import * as ${local}`, request)
  return importLine(`import ${way === 'default' ? local : inside.get(request)}`, request)
}

/** A statement that only asks for modules gives way to the imports, and to the declarations that take more of them. */
const replaced = (
  statement: ts.VariableStatement,
  requests: readonly ModuleRequest[],
  plans: PackagePlans,
  inside: ReadonlyMap<ModuleRequest, string>,
): string[] => {
  const { declarationList } = statement
  const [{ from }] = requests as [ModuleRequest]
  const word = from.text.slice(startOf(declarationList, from), startOf(declarationList.declarations[0]!, from))
  return requests.flatMap((request) => {
    const line = lineOf(request, plans, inside)
    const name = inside.get(request)
    if (name === undefined) return [line]
    let node: ts.Node = request.call
    while (!ts.isVariableDeclaration(node)) node = node.parent
    const text = from.text
    const rest =
      text.slice(startOf(node, from), startOf(request.call, from)) + name + text.slice(request.call.end, node.end)
    return [line, word + rest + semicolonIn(from)]
  })
}

/** Imports in the place of a file's requests. */
export const importsFor = ({ file, requests }: FilePlan, plans: PackagePlans, names: FreshNames): Imports => {
  const inside = new Map<ModuleRequest, string>()
  for (const each of requests) if (plans.wayOf(each) === 'inside') inside.set(each, names.take(wordsOf(each)))
  const changes: Change[] = []
  for (const statement of new Set(requests.map((each) => each.statement))) {
    const here = requests.filter((each) => each.statement === statement)
    const isPlain = here.every(({ takes }) => takes !== 'inside')
    if (isPlain) {
      const lines = ts.isVariableStatement(statement)
        ? replaced(statement, here, plans, inside)
        : here.map((each) => lineOf(each, plans, inside))
      changes.push({ start: startOf(statement, file), end: endOfWords(statement), text: unclosed(lines) })
      continue
    }
    const at = startsLine(statement, file) ? placeBefore(statement, file) : startOf(statement, file)
    changes.push({ start: at, end: at, text: here.map((each) => `${lineOf(each, plans, inside)}\n`).join('') })
    for (const each of here)
      changes.push({ start: startOf(each.call, file), end: each.call.end, text: inside.get(each)! })
  }
  return { changes, inside }
}

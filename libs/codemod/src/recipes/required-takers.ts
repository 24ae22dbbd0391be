import ts from 'typescript'

import { asBuffer } from '@iama/patch'

import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isConstant } from '../syntax/names.ts'
import { bare, contains, walk, within } from '../syntax/nodes.ts'
import { isTarget } from './es-module-plan.ts'
import { namedBySettings } from './es-module-package.ts'
import { requiredFile } from './es-module-target.ts'
import { requiredBy, takenAtTop, type TakenNames } from './taken-names.ts'

/*
 * Proof obligation. Of a CommonJS module it is known who takes what when
 *  - each text that could mean its file, in whatever file of the tree, is the literal of a request at the top of a
 *    CommonJS file of JavaScript;
 *  - each request takes nothing, plain names, or the module under a name that is never written and stands only before a
 *    dot, nowhere as what is written to;
 *  - `require` is nowhere handed on, or come by in another way;
 *  - no settings name the file, no declaration of types or comment describes it, and no program without an ending, or
 *    file of another language, holds a text that could mean it.
 */

/** One place at which something that a module exports is taken. */
export interface Read {
  readonly exported: string
  /** The name that it gets in a declaration. */
  readonly local?: ts.Identifier
  /** `text.f`, where the module has a name. */
  readonly place?: ts.PropertyAccessExpression
}

/** A request for a module, and all that it takes of it. */
export interface Taker {
  readonly unit: SourceUnit
  /** Undefined where the module is only loaded. */
  readonly takes: TakenNames | undefined
  readonly reads: readonly Read[]
}

interface Mention {
  readonly unit: SourceUnit
  readonly literal: ts.StringLiteralLike
  /** Files that the text may mean. */
  readonly targets: readonly string[]
}

const known = new WeakMap<Project, readonly Mention[]>()

/** All texts of the tree that could mean files. */
const mentionsIn = (project: Project): readonly Mention[] => {
  const found: Mention[] = []
  for (const unit of project.units)
    walk(unit.file, (literal) => {
      if (!ts.isStringLiteralLike(literal)) return
      const targets = [
        project.imports.resolve(unit.path, literal.text),
        literal.text.startsWith('.') ? requiredFile(project.tree, unit.path, literal.text) : undefined,
      ]
      found.push({ unit, literal, targets: targets.filter((each) => each !== undefined) })
    })
  return found
}

/** `lib/text` of `lib/text.js`, and `lib` of `lib/index.js`. */
const stemOf = (path: string): string => path.replace(/\.[^./]+$/, '').replace(/(.)\/index$/, '$1')

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether a text that means no file of the tree ends like a path to one. */
const looksLike = (path: string): ((text: string) => boolean) => {
  const name = stemOf(path).split('/').at(-1)!
  const file = path.split('/').at(-1)!
  const ending = new RegExp(`/${escaped(name)}(\\.[cm]?js|/index(\\.[cm]?js)?|/)?$`)
  return (text) => text === file || ending.test(text)
}

/** Files that ask for nothing; what settings name is found in another way. */
const others =
  /(^|\/)node_modules\/|\.(json|md|markdown|txt|rst|adoc|png|jpe?g|gif|svg|ico|map|lock|css|scss|less|snap)$/i

/** A file that is no source to us, and could ask for a module. */
const hiddenTaker = (path: string, { tree, units }: Project): string | undefined => {
  const name = escaped(stemOf(path).split('/').at(-1)!)
  const request = new RegExp(`/${name}(\\.[cm]?js)?/?['"\`]`)
  const read = new Set(units.map((each) => each.path))
  for (const [other, { content }] of tree) {
    if (read.has(other) || others.test(other)) continue
    if (request.test(asBuffer(content).toString())) return other
  }
  return undefined
}

const describedIn = (path: string, project: Project): string | undefined =>
  project.units.find(({ path: from, source }) =>
    [...source.text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)].some(
      ([, specifier]) => project.imports.resolve(from, specifier!) === path,
    ),
  )?.path

/** Whether a file uses `require` for more than to ask for modules by literals. */
const handsRequireOn = ({ file }: SourceUnit): boolean =>
  contains(file, (node) => {
    if (!ts.isIdentifier(node)) return false
    if (node.text === 'createRequire') return true
    if (node.text !== 'require') return false
    const { parent } = node
    if (ts.isCallExpression(parent) && parent.expression === node) return false
    if (ts.isTypeOfExpression(parent)) return false
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return true
    const isNamed =
      ts.isCallExpression(parent.parent) &&
      parent.parent.arguments[0] !== undefined &&
      ts.isStringLiteralLike(parent.parent.arguments[0])
    return parent.name.text !== 'main' && !(parent.name.text === 'resolve' && isNamed)
  })

const handing = new WeakMap<Project, { readonly path: string | undefined }>()

/** The file of the tree that may ask for modules in a way that is not seen. */
const openFile = (project: Project): string | undefined => {
  const found = handing.get(project) ?? { path: project.units.find(handsRequireOn)?.path }
  handing.set(project, found)
  return found.path
}

const settings = new WeakMap<Project, ReadonlySet<string>>()

const isInSettings = (path: string, project: Project): boolean => {
  const named = settings.get(project) ?? new Set(project.tree.has('package.json') ? namedBySettings(project) : [])
  settings.set(project, named)
  return named.has(path)
}

/** What a declaration takes of the module, member by member; undefined where it takes more than that. */
const readsOf = ({ declaration, names, isWhole }: TakenNames, { scopes }: SourceUnit): Read[] | undefined => {
  const value = bare(declaration.initializer!)
  if (ts.isObjectBindingPattern(declaration.name)) {
    if (!ts.isCallExpression(value)) return undefined
    return declaration.name.elements.map(({ name, propertyName }) => ({
      exported: ((propertyName ?? name) as ts.Identifier).text,
      local: name as ts.Identifier,
    }))
  }
  const [local] = names as [ts.Identifier]
  if (!isWhole) {
    const isMember = ts.isPropertyAccessExpression(value) && ts.isCallExpression(bare(value.expression))
    return isMember ? [{ exported: value.name.text, local }] : undefined
  }
  const binding = scopes.declaredBy(local)
  if (!binding || !isConstant(binding)) return undefined
  const reads = binding.references.flatMap(({ identifier: { parent }, identifier }) => {
    const isRead = ts.isPropertyAccessExpression(parent) && parent.expression === identifier
    return isRead && !parent.questionDotToken && ts.isIdentifier(parent.name) && !isTarget(parent)
      ? [{ exported: parent.name.text, place: parent }]
      : []
  })
  return reads.length === binding.references.length ? reads : undefined
}

const takerAt = (path: string, { unit, literal, targets }: Mention): Taker | string => {
  const isKnown = unit.moduleKind === 'commonjs' && unit.language === 'javascript' && unit.problems.length === 0
  if (!isKnown) return `${unit.path} names the file, and is no CommonJS module of JavaScript`
  if (unit.path === path) return 'it asks for itself'
  if (targets.length < 2 || targets.some((each) => each !== path))
    return `${unit.path} may mean another file by its name`
  const { parent } = literal
  if (!ts.isCallExpression(parent) || requiredBy(parent, unit.scopes) === undefined)
    return `${unit.path} names the file in another way than to ask for it`
  if (ts.isExpressionStatement(parent.parent) && ts.isSourceFile(parent.parent.parent))
    return { unit, takes: undefined, reads: [] }
  const takes = takenAtTop(unit.file, unit.scopes).find(({ declaration }) => within(parent, declaration))
  const reads = takes && readsOf(takes, unit)
  return reads ? { unit, takes, reads } : `${unit.path} takes the module as a whole, or not at its top`
}

/** Who asks for a CommonJS module of the tree, and for what; a text says why it cannot be told. */
export const takersOf = (path: string, project: Project): readonly Taker[] | string => {
  const mentions = known.get(project) ?? mentionsIn(project)
  known.set(project, mentions)
  const handed = openFile(project)
  if (handed !== undefined) return `${handed} hands require on`
  const isLike = looksLike(path)
  const open = mentions.find(({ literal, targets }) => targets.length === 0 && isLike(literal.text))
  if (open) return `${open.unit.path} may mean the file by ${open.literal.getText()}`
  if (isInSettings(path, project)) return 'settings name the file'
  if (project.tree.has(path.replace(/\.([cm]?)js$/, '.d.$1ts'))) return 'a declaration describes its types'
  const other = describedIn(path, project) ?? hiddenTaker(path, project)
  if (other !== undefined) return `${other} may ask for it, or describe it`
  const takers: Taker[] = []
  for (const mention of mentions) {
    if (!mention.targets.includes(path)) continue
    const taker = takerAt(path, mention)
    if (typeof taker === 'string') return taker
    takers.push(taker)
  }
  return takers
}

import ts from 'typescript'

import { asBuffer } from '@iama/patch'

import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { contains, walk } from '../syntax/nodes.ts'
import { namedBySettings } from './es-module-package.ts'
import { requiredFile } from './es-module-target.ts'

/** A text of a source file that could mean a file of the tree. */
export interface Mention {
  readonly unit: SourceUnit
  readonly literal: ts.StringLiteralLike
  /** Files that it may mean: as the import graph resolves it, and as `require` does. */
  readonly targets: readonly string[]
}

/** All that could name files in a tree; read once. */
interface Mentions {
  readonly texts: readonly Mention[]
  /** Files that settings name. */
  readonly settings: ReadonlySet<string>
  /** By each file that a type in a comment names: where it does so. */
  readonly described: ReadonlyMap<string, string>
  /** Files that are no source to us, and ask for modules. */
  readonly hidden: readonly { readonly path: string; readonly text: string }[]
  /** A file that may ask for modules in a way that is not seen. */
  readonly open: string | undefined
}

const textsIn = (project: Project): readonly Mention[] => {
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

const describedIn = ({ units, imports }: Project): Map<string, string> => {
  const found = new Map<string, string>()
  for (const { path, source } of units)
    for (const [, specifier] of source.text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      const target = imports.resolve(path, specifier!)
      if (target !== undefined) found.set(target, path)
    }
  return found
}

/** Files that ask for nothing; what settings name is found in another way. */
const others =
  /(^|\/)node_modules\/|\.(json|md|markdown|txt|rst|adoc|png|jpe?g|gif|svg|ico|map|lock|css|scss|less|snap)$/i

const hiddenIn = ({ tree, units }: Project): { path: string; text: string }[] => {
  const read = new Set(units.map(({ path }) => path))
  return [...tree].flatMap(([path, { content }]) => {
    if (read.has(path) || others.test(path)) return []
    const text = asBuffer(content).toString()
    return /\b(require|import|from)\b/.test(text) ? [{ path, text }] : []
  })
}

/** Whether a file uses `require` for more than to ask for modules. */
const handsRequireOn = ({ file }: SourceUnit): boolean =>
  contains(file, (node) => {
    if (!ts.isIdentifier(node)) return false
    if (node.text === 'createRequire') return true
    if (node.text !== 'require') return false
    const { parent } = node
    if (ts.isTypeOfExpression(parent) || (ts.isCallExpression(parent) && parent.expression === node)) return false
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return true
    const call = parent.parent
    const [given] = ts.isCallExpression(call) ? call.arguments : []
    const isNamed = given !== undefined && ts.isStringLiteralLike(given)
    return parent.name.text !== 'main' && !(parent.name.text === 'resolve' && isNamed)
  })

/** Whether a program asks for modules, or other text may do so, in a way that is no literal. */
const isOpen = (text: string): boolean =>
  /\brequire\s*\(\s*(?!['"][^'"]*['"]\s*\))/.test(text) ||
  (/^#!.*\bnode\b/.test(text) && /\brequire\b\s*(?![\s(])/.test(text))

const read = (project: Project): Mentions => {
  const hidden = hiddenIn(project)
  return {
    texts: textsIn(project),
    settings: new Set(project.tree.has('package.json') ? namedBySettings(project) : []),
    described: describedIn(project),
    hidden,
    open: project.units.find(handsRequireOn)?.path ?? hidden.find(({ text }) => isOpen(text))?.path,
  }
}

const known = new WeakMap<Project, Mentions>()

const mentionsIn = (project: Project): Mentions => {
  const mentions = known.get(project) ?? read(project)
  known.set(project, mentions)
  return mentions
}

/** `lib/text` of `lib/text.js`, and `lib` of `lib/index.js`. */
const stemOf = (path: string): string => path.replace(/\.[^./]+$/, '').replace(/(.)\/index$/, '$1')

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What else describes the types of a JavaScript file, and would then be wrong: its declaration, or a type in a comment. */
export const descriptionOf = (path: string, project: Project): string | undefined => {
  if (/\.[cm]?js$/.test(path) && project.tree.has(path.replace(/\.([cm]?)js$/, '.d.$1ts')))
    return 'a declaration describes its types'
  const other = mentionsIn(project).described.get(path)
  return other === undefined ? undefined : `${other} may ask for it, or describe it`
}

/** The texts of source files that mean a file of the tree; a text says what else could mean it. */
export const mentionsOf = (path: string, project: Project): readonly Mention[] | string => {
  const { texts, settings, hidden, open } = mentionsIn(project)
  if (open !== undefined) return `${open} hands require on, or asks for what is computed`
  const name = escaped(stemOf(path).split('/').at(-1)!)
  const file = path.split('/').at(-1)!
  const ending = new RegExp(`/${name}(\\.[cm]?js|/index(\\.[cm]?js)?|/)?$`)
  const isLike = (text: string): boolean => text === file || ending.test(text)
  const unclear = texts.find(({ literal, targets }) => targets.length === 0 && isLike(literal.text))
  if (unclear) return `${unclear.unit.path} may mean the file by ${unclear.literal.getText()}`
  if (settings.has(path)) return 'settings name the file'
  const description = descriptionOf(path, project)
  if (description !== undefined) return description
  const request = new RegExp(`/${name}(\\.[cm]?js)?/?['"\`]`)
  const other = hidden.find(({ text }) => request.test(text))?.path
  if (other !== undefined) return `${other} may ask for it, or describe it`
  return texts.filter(({ targets }) => targets.includes(path))
}

import ts from 'typescript'

import type { Tree } from '@iama/patch'

import { walk } from '../syntax/nodes.ts'
import { decodeSource, type SourceText } from '../text.ts'
import type { FloorEvidence } from '../types.ts'
import { editionName, LATEST_EDITION, normalEdition } from './versions.ts'

const configNames = [
  'eslint.config.js',
  'eslint.config.mjs',
  'eslint.config.cjs',
  'eslint.config.ts',
  '.eslintrc',
  '.eslintrc.json',
  '.eslintrc.js',
  '.eslintrc.cjs',
  '.eslintrc.yaml',
  '.eslintrc.yml',
]

/** One place in a lint configuration that says which edition the code is. */
export interface EditionSetting {
  /** Where the value stands. */
  readonly start: number
  readonly end: number
  readonly text: string
  readonly edition: number
}

/** The project's lint configuration, as far as it says something about the language. */
export interface LintConfig {
  readonly path: string
  readonly source: SourceText
  readonly isFlat: boolean
  readonly isYaml: boolean
  readonly settings: readonly EditionSetting[]
  /** The outermost object, into which options can be written; undefined where there is none. */
  readonly root: ts.ObjectLiteralExpression | undefined
  /** Shared configurations that are not part of the tree. */
  readonly extends: readonly string[]
}

/** A property's name, quoted or not. */
export const propertyName = (node: ts.PropertyAssignment): string =>
  ts.isIdentifier(node.name) || ts.isStringLiteral(node.name) ? node.name.text : ''

const settingOf = (node: ts.PropertyAssignment): EditionSetting | undefined => {
  const name = propertyName(node)
  const value = node.initializer
  const at = { start: value.getStart(), end: value.end, text: value.getText() }
  if (name === 'ecmaVersion') {
    const literal = ts.isNumericLiteral(value) ? Number(value.text) : ts.isStringLiteral(value) ? value.text : undefined
    const edition = normalEdition(literal)
    return edition === undefined ? undefined : { ...at, edition }
  }
  const isEnvironment = /^es(6|20\d\d)$/.test(name) && value.kind === ts.SyntaxKind.TrueKeyword
  return isEnvironment
    ? { start: node.name.getStart(), end: node.name.end, text: node.name.getText(), edition: normalEdition(name)! }
    : undefined
}

const extendsOf = (root: ts.ObjectLiteralExpression | undefined): string[] => {
  const property = root?.properties.find((each) => ts.isPropertyAssignment(each) && propertyName(each) === 'extends')
  if (!property || !ts.isPropertyAssignment(property)) return []
  const values = ts.isArrayLiteralExpression(property.initializer)
    ? property.initializer.elements
    : [property.initializer]
  return [...values].flatMap((value) => (ts.isStringLiteral(value) ? [value.text] : []))
}

const outermostObject = (file: ts.SourceFile): ts.ObjectLiteralExpression | undefined => {
  let found: ts.ObjectLiteralExpression | undefined
  walk(file, (node) => {
    if (found === undefined && ts.isObjectLiteralExpression(node)) found = node
    return found === undefined
  })
  return found
}

const yamlSettings = (text: string): EditionSetting[] =>
  [...text.matchAll(/^\s*ecmaVersion:\s*(\S+)/gm)].flatMap((match) => {
    const start = match.index + match[0].length - match[1]!.length
    const edition = normalEdition(/^\d+$/.test(match[1]!) ? Number(match[1]) : match[1])
    return edition === undefined ? [] : [{ start, end: start + match[1]!.length, text: match[1]!, edition }]
  })

/** Reads the lint configuration at the top of the tree, as text: no configuration is ever run. */
export const readLintConfig = (tree: Tree): LintConfig | undefined => {
  const path = configNames.find((name) => tree.has(name))
  const source = path === undefined ? undefined : decodeSource(tree.get(path)!.content)
  if (path === undefined || source === undefined) return undefined
  const isFlat = path.startsWith('eslint.config')
  const isYaml = /\.ya?ml$/.test(path) || (path === '.eslintrc' && !/^\s*(\/[/*]|\{)/.test(source.text))
  if (isYaml) return { path, source, isFlat, isYaml, settings: yamlSettings(source.text), root: undefined, extends: [] }
  const isCode = /\.[cm]?[jt]s$/.test(path)
  const file = isCode
    ? ts.createSourceFile(path, source.text, ts.ScriptTarget.Latest, true)
    : parseJson(path, source.text)
  const settings: EditionSetting[] = []
  walk(file, (node) => {
    if (ts.isPropertyAssignment(node) && propertyName(node) === 'overrides') return false
    const setting = ts.isPropertyAssignment(node) ? settingOf(node) : undefined
    if (setting) settings.push(setting)
    return true
  })
  const root = outermostObject(file)
  return { path, source, isFlat, isYaml, settings, root, extends: extendsOf(root) }
}

/** JSON with comments, as an expression that the compiler's own parser reads. */
export const parseJson = (path: string, text: string): ts.SourceFile => {
  const file = ts.parseJsonText(path, text)
  const adopt = (node: ts.Node): void =>
    ts.forEachChild(node, (child) => {
      ;(child as { parent: ts.Node }).parent = node
      adopt(child)
    })
  adopt(file)
  return file
}

/** The edition that the linter is told to expect. Without a word the legacy format means ES5. */
export const eslintEvidence = (tree: Tree): FloorEvidence[] => {
  const config = readLintConfig(tree)
  if (config === undefined) return []
  const [lowest] = [...config.settings].sort((a, b) => a.edition - b.edition)
  if (lowest !== undefined) {
    if (lowest.edition >= LATEST_EDITION) return []
    const detail = `the linter is told to expect ${editionName(lowest.edition)}`
    return [{ source: `${config.path} ecmaVersion`, value: lowest.text, detail, ecmaVersion: lowest.edition }]
  }
  const shared = config.extends.find((name) => /\bnode\/0\.\d+|\bes5\b/.test(name))
  if (shared !== undefined) {
    const detail = 'the shared configuration is one for ES5 engines'
    return [{ source: `${config.path} extends`, value: shared, detail, ecmaVersion: 5 }]
  }
  if (config.isFlat || config.isYaml || config.extends.length > 0) return []
  return [{ source: config.path, value: 'no ecmaVersion', detail: 'the linter then expects ES5', ecmaVersion: 5 }]
}

import ts from 'typescript'

import type { Accepted } from '../engine/overlap.ts'
import type { FileChange } from '../engine/recipe.ts'
import type { Project } from '../project.ts'
import { decodeSource } from '../text.ts'
import type { Floor, Proposal } from '../types.ts'
import { isObject, readJsonObject } from '../analysis/package-facts.ts'
import { readLintConfig, type LintConfig } from './eslint-config.ts'
import { insertMember, memberOf, rootObject } from './manifest-members.ts'
import { manifestsOf } from './manifests.ts'
import { editionOfNode } from './versions.ts'

/** The newest edition that each major of ESLint is sure to know. */
const lintEditions: readonly (readonly [major: number, edition: number])[] = [
  [9, 2025],
  [8, 2022],
  [7, 2021],
  [6, 2020],
  [5, 2019],
]

const lintMajor = (project: Project): number => {
  const json = readJsonObject(project.tree, 'package.json')
  const groups = [json?.devDependencies, json?.dependencies]
  const range = groups
    .flatMap((group) => (isObject(group) ? group.eslint : undefined))
    .find((each) => typeof each === 'string')
  return Number(/\d+/.exec(String(range ?? '9'))?.[0] ?? 9)
}

const edit = (recipe: string, path: string, title: string, changes: readonly FileChange[]): Accepted => ({
  id: `${recipe}:${path}`,
  candidate: {
    recipe,
    path,
    line: 1,
    title,
    reason: 'the approved strategy raises the language floor: a semver-major change',
    changes,
    assumptions: ['the raised floor is agreed'],
    need: { ecmaVersion: 5 },
  },
})

/** A workspace that says nothing is meant by what the top says. */
const enginesOf = (project: Project, path: string, node: string): Accepted[] => {
  if (path !== 'package.json' && !isObject(readJsonObject(project.tree, path)?.engines)) return []
  const content = project.tree.get(path)?.content
  const source = content && decodeSource(content)
  const object = source && rootObject(path, source.text)
  if (!source || !object) return []
  const range = `>=${node.replace(/(\.0)+$/, '')}`
  const title = `engines.node becomes ${range}`
  const member = memberOf(object, 'engines')
  if (member === undefined) {
    const text = `"engines": { "node": "${range}" }`
    return [edit('raise-floor', path, title, [insertMember(path, source.text, object, text, 'last')])]
  }
  if (!ts.isObjectLiteralExpression(member.initializer)) return []
  const value = memberOf(member.initializer, 'node')?.initializer
  if (value === undefined) {
    return [
      edit('raise-floor', path, title, [
        insertMember(path, source.text, member.initializer, `"node": "${range}"`, 'last'),
      ]),
    ]
  }
  if (value.getText() === `"${range}"`) return []
  return [edit('raise-floor', path, title, [{ path, start: value.getStart(), end: value.end, text: `"${range}"` }])]
}

const raisedSetting = (text: string, edition: number): string => {
  if (/^es/.test(text) || /^["']es/.test(text)) return text.replace(/es\d+/, `es${Math.min(edition, 2021)}`)
  return /^\d{1,2}$/.test(text) && edition <= 2025 && Number(text) > 5 ? String(edition - 2009) : String(edition)
}

const lintOptions = (project: Project, edition: number): Accepted[] => {
  const config = readLintConfig(project.tree)
  if (config === undefined) return []
  const title = `the linter expects ES${edition}`
  const low = config.settings.filter((setting) => setting.edition < edition)
  if (config.settings.length > 0) {
    const changes = low.flatMap((setting) => {
      const text = raisedSetting(setting.text, edition)
      return text === setting.text ? [] : [{ path: config.path, start: setting.start, end: setting.end, text }]
    })
    return changes.length === 0 ? [] : [edit('raise-floor', config.path, title, changes)]
  }
  if (config.isFlat || config.root === undefined) return []
  return [edit('raise-floor', config.path, title, [insertOptions(config, config.root, edition)])]
}

const insertOptions = (config: LintConfig, root: ts.ObjectLiteralExpression, edition: number): FileChange => {
  const quote = /\.[cm]?js$/.test(config.path) ? '' : '"'
  const options = memberOf(root, 'parserOptions')?.initializer
  const version = `${quote}ecmaVersion${quote}: ${edition}`
  if (options && ts.isObjectLiteralExpression(options)) {
    return insertMember(config.path, config.source.text, options, version, 'last')
  }
  // Shared configurations for old engines set allowReserved, which the parser takes for ES3 alone.
  const reserved = config.extends.length > 0 ? `, ${quote}allowReserved${quote}: false` : ''
  const member = `${quote}parserOptions${quote}: { ${version}${reserved} }`
  return insertMember(config.path, config.source.text, root, member, 'last')
}

/** Whether a strategy gives older versions of Node up. */
export const raisesFloor = ({ kind, floorBefore, floorAfter }: Proposal): boolean =>
  kind === 'raise-floor' || floorAfter.node !== floorBefore.node

/** The edits that tell npm and the linter about a raised floor; every edit above the old floor depends on them. */
export const raiseFloor = (project: Project, floor: Floor): Accepted[] => {
  const node = floor.node
  if (node === undefined) return []
  const engines = manifestsOf(project.tree).flatMap((path) => enginesOf(project, path, node))
  const major = lintMajor(project)
  const known = lintEditions.find(([least]) => major >= least)?.[1] ?? 2018
  return [...engines, ...lintOptions(project, Math.min(editionOfNode(node), known))]
}

import ts from 'typescript'

import type { Project } from '../project.ts'
import { parseUnit, type SourceUnit } from '../source-unit.ts'
import type { Scope } from '../syntax/scopes.ts'
import type { Accepted } from './overlap.ts'
import { changed } from './to-patch.ts'

const lexical = new Set(['let', 'const', 'using', 'class'])

/** Names that a scope declares twice although one of them is lexical: an error before anything runs. */
const hasRedeclaration = (scope: Scope): boolean => {
  for (const { declarations } of scope.bindings.values()) {
    if (declarations.length < 2) continue
    const isValue = declarations.filter(({ kind, node }) => kind !== 'type' && !ts.isModuleDeclaration(node))
    if (isValue.length > 1 && isValue.some(({ kind }) => lexical.has(kind)) && !isValue.every(isMerged)) return true
  }
  return false
}

/** TypeScript merges enums, namespaces and overloads of one name. */
const isMerged = ({ node }: { readonly node: ts.Node }): boolean =>
  ts.isEnumDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)

const isSound = (unit: SourceUnit): boolean =>
  unit.problems.length === 0 && ![...new Set(unit.scopes.bindings.map(({ scope }) => scope))].some(hasRedeclaration)

const reparse = (project: Project, unit: SourceUnit, accepted: readonly Accepted[]): SourceUnit => {
  const changes = accepted.flatMap(({ candidate }) => candidate.changes.filter(({ path }) => path === unit.path))
  const text = changed(unit.source.text, changes)
  return parseUnit(unit.path, { content: Buffer.from(text), executable: false }, project.package.type)!
}

/**
 * The last guard: what the accepted edits make of each file must parse and declare no name twice. Should edits that
 * are each right not fit together, the later ones are left out.
 */
export const settle = (project: Project, accepted: readonly Accepted[]): { kept: Accepted[]; broken: Accepted[] } => {
  const broken = new Set<Accepted>()
  for (const unit of project.units) {
    const touching = accepted.filter((each) => each.candidate.changes.some(({ path }) => path === unit.path))
    if (touching.length === 0 || !isSound(unit) || isSound(reparse(project, unit, touching))) continue
    const kept: Accepted[] = []
    for (const each of touching) {
      if (isSound(reparse(project, unit, [...kept, each]))) kept.push(each)
      else broken.add(each)
    }
  }
  return { kept: accepted.filter((each) => !broken.has(each)), broken: [...broken] }
}

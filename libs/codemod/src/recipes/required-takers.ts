import ts from 'typescript'

import type { Project } from '../project.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isConstant } from '../syntax/names.ts'
import { bare, within } from '../syntax/nodes.ts'
import { isTarget } from './es-module-plan.ts'
import { mentionsOf, type Mention } from './required-mentions.ts'
import { requiredBy, takenAtTop, type TakenNames } from './taken-names.ts'

/*
 * Proof obligation. Of a CommonJS module it is known who takes what when
 *  - each text of a source file that could mean its file is the literal of a request at the top of a CommonJS file of
 *    JavaScript;
 *  - each request takes nothing, plain names, or the module under a name that is never written and stands only before a
 *    dot, nowhere as what is written to;
 *  - `require` is nowhere handed on, or come by in another way;
 *  - no settings name the file, no declaration of types or comment describes it, and no program without an ending, or
 *    file of another language, holds a text that could mean it or asks for what is computed.
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
  const mentions = mentionsOf(path, project)
  if (typeof mentions === 'string') return mentions
  const takers: Taker[] = []
  for (const mention of mentions) {
    const taker = takerAt(path, mention)
    if (typeof taker === 'string') return taker
    takers.push(taker)
  }
  return takers
}

import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_PROXIES, type Change } from '../engine/recipe.ts'
import { endOfStatement, semicolonIn } from '../engine/rewrite.ts'
import { freeNames, isConstant } from '../syntax/names.ts'
import { bare, within } from '../syntax/nodes.ts'
import type { Binding } from '../syntax/scopes.ts'
import { requiredFile } from './es-module-target.ts'
import { specifierFrom } from './moved-names.ts'
import { isCalmBetween, loadingEvents, moduleOf, type LoadingEvent } from './required-order.ts'
import { LOADED_ONCE } from './split-commonjs.ts'
import { mayArrive } from './required-places.ts'
import { withNames, withoutNames, wordOf } from './split-requires.ts'
import { isSilentSpecifier } from './silent-modules.ts'
import { isBuiltin, takenAtTop, type TakenNames } from './taken-names.ts'

/*
 * Proof obligation. A name that a moved function takes from outside means the same in both files when
 *  - it is a global in both;
 *  - or both ask the same module for the same, once, into a name that is never written: a module of Node, a package, or
 *    JSON as a whole, which stays one; or a member of a module, with nothing in between that could have put another one
 *    there, where nobody else can have loaded the old file before;
 *  - or the new file can ask for it, too, after its request for the old one, which has loaded that module by then. Of
 *    modules of the tree, which may lose functions themselves, only members are taken, and only where both files did so.
 * What only the function needed goes from the old file: what is loaded by it stays loaded, and it keeps all where
 * functions may come to it.
 */

/** What has to change around a function so that the names in it mean the same elsewhere. */
export interface Needs {
  /** Names that the new file asks for besides. */
  readonly added: readonly string[]
  /** How it does so, as lines. */
  readonly requests: string
  /** Changes of the old file. */
  readonly dropped: readonly Change[]
  /** Statements of the new file that give a name which the function needs. */
  readonly shared: readonly ts.Statement[]
  readonly assumptions: readonly string[]
}

/** A name that is taken from a module, and what it is there: `''` for the module itself. */
interface Taken {
  readonly takes: TakenNames
  readonly name: ts.Identifier
  readonly specifier: string
  readonly module: string
  readonly member: string
}

const memberOf = ({ declaration }: TakenNames, name: ts.Identifier): string => {
  let path = ''
  for (let at = bare(declaration.initializer!); ts.isPropertyAccessExpression(at); at = bare(at.expression))
    path = `.${at.name.text}${path}`
  const { parent } = name
  return ts.isBindingElement(parent) ? `${path}.${(parent.propertyName ?? parent.name).getText()}` : path
}

const takenBy = (binding: Binding, file: FileContext): Taken | undefined => {
  const name = binding.declarations[0]?.identifier
  const takes = takenAtTop(file.file, file.scopes).find(({ names }) => names.some((each) => each === name))
  if (!name || !takes || takes.specifier === undefined || !isConstant(binding)) return undefined
  const module = moduleOf(takes.specifier, file)
  return module === undefined
    ? undefined
    : { takes, name, specifier: takes.specifier, module, member: memberOf(takes, name) }
}

const isTreeCode = ({ specifier, module }: Taken): boolean => specifier.startsWith('.') && !module.endsWith('.json')

const eventOf = ({ takes }: Taken, events: readonly LoadingEvent[]): number =>
  events.findIndex((each) => each.takes?.declaration === takes.declaration)

/** How the new file asks for names that only the old one had. */
const requestText = (takes: TakenNames, names: readonly Taken[], from: FileContext, to: FileContext): string => {
  const text = withNames(
    takes,
    names.map(({ name }) => name),
    from,
  )
  const { specifier } = takes as { specifier: string }
  const there = specifierFrom(specifier, from.unit.path, to.unit.path)
  const call = /(['"])([^'"]*)\1\s*\)(?=[^'"]*$)/
  return `${wordOf(takes, from)} ${text.replace(call, (_, quote: string) => `${quote}${there}${quote})`)}`
}

const mayReceive = ({ file, scopes, project, unit }: FileContext): boolean =>
  takenAtTop(file, scopes).some(({ specifier }) => {
    const path = specifier?.startsWith('.') ? requiredFile(project.tree, unit.path, specifier) : undefined
    return path !== undefined && !path.endsWith('.json')
  })

/** The old file without names that only the function took. */
const droppedFor = (code: ts.Node, file: FileContext): Change[] => {
  if (mayReceive(file)) return []
  const isGone = (name: ts.Identifier): boolean => {
    const uses = file.scopes.declaredBy(name)?.references ?? []
    return uses.length > 0 && uses.every(({ identifier }) => within(identifier, code))
  }
  const fates = takenAtTop(file.file, file.scopes).map((takes) => {
    const left = takes.names.filter((name) => !isGone(name))
    const isSilent = takes.specifier === undefined || isSilentSpecifier(takes.specifier, file.unit.path, file.project)
    return { takes, used: [], left, isLoaded: left.length === 0 && !isSilent }
  })
  return file.file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const change = withoutNames(statement, fates, file)
    return change === undefined || typeof change === 'string' ? [] : [change]
  })
}

/**
 * What the names of a function need in another file; a text says why they cannot mean the same there.
 * @param own its own name
 * @param last the statement of the new file behind which it would ask for more
 * @param isFirst whether the old file is loaded by nobody but the new one
 */
export const needsOf = (
  code: ts.Node,
  own: string,
  [from, to]: readonly [FileContext, FileContext],
  last: ts.Statement,
  isFirst: boolean,
): Needs | string => {
  const events = loadingEvents(from, to)
  const added: Taken[] = []
  const shared: ts.Statement[] = []
  const assumptions = new Set<string>()
  for (const [name, binding] of freeNames(code, from.scopes)) {
    if (name === own) continue
    const there = to.scopes.root.bindings.get(name)
    if (binding === undefined) {
      if (there || mayArrive(name, to)) return `${name} means something else in ${to.unit.path}`
      continue
    }
    const taken = takenBy(binding, from)
    if (!taken) return `it uses ${name}, which stands in its file`
    const other = there && takenBy(there, to)
    if (there && (other?.module !== taken.module || other.member !== taken.member))
      return `${name} means something else in ${to.unit.path}`
    if (!there && to.scopes.globals.has(name)) return `${name} means something else in ${to.unit.path}`
    if (isTreeCode(taken) && (taken.member === '' || !other))
      return `it uses ${name} of ${taken.module}, whose functions may move, too`
    if (taken.member !== '') {
      const at = other ? eventOf(other, events) : events.findLastIndex(({ statement }) => statement === last) + 1
      if (!isFirst || !isCalmBetween(events, eventOf(taken, events), at))
        return `${taken.module} may hold another ${name} by then`
      assumptions.add(NO_PROXIES)
    }
    if (!taken.specifier.startsWith('.') && !isBuiltin(taken.specifier)) assumptions.add(LOADED_ONCE)
    const path = specifierFrom(taken.specifier, from.unit.path, to.unit.path)
    if (taken.specifier.startsWith('.') && requiredFile(to.project.tree, to.unit.path, path) !== taken.module)
      return `${path} is something else to ${to.unit.path}`
    if (other) shared.push(other.takes.statement)
    else added.push(taken)
  }
  const lines = [...Map.groupBy(added, ({ takes }) => takes)]
    .sort(([one], [another]) => one.declaration.pos - another.declaration.pos)
    .map(([takes, names]) => requestText(takes, names, from, to))
  const ending = endOfStatement(last.end, to)
  return {
    added: added.map(({ name }) => name.text),
    requests: lines.map((line, at) => `${line}${at === lines.length - 1 ? ending : semicolonIn(to)}\n`).join(''),
    dropped: droppedFor(code, from),
    shared,
    assumptions: [...assumptions],
  }
}

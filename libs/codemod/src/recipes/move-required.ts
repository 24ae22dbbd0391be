import ts from 'typescript'

import { importersOf } from '../analysis/importers.ts'
import { moduleTrick } from '../analysis/module-tricks.ts'
import { fileContext, type FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Change, type Findings } from '../engine/recipe.ts'
import { endOfStatement, removalProblem, startOf, startsLine, textOf } from '../engine/rewrite.ts'
import { extensionOf } from '../source-unit.ts'
import { isConstant, meansTheSame } from '../syntax/names.ts'
import { contains } from '../syntax/nodes.ts'
import { directivesOf } from '../syntax/strict.ts'
import { isCallee } from './es-module-plan.ts'
import { isProblem } from './es-module-problem.ts'
import { hasJsx, isOfOnePackage, linesOf, looksAtItsPlace, withBlankLine } from './movable-code.ts'
import { handingOf, type HandedFunction, type Handing } from './required-exports.ts'
import { needsOf } from './required-needs.ts'
import {
  firstAfter,
  isGlobalBeside,
  isReachedBefore,
  keepsStatements,
  mayArrive,
  mayComeElsewhere,
  placeOf,
  usesIn,
  type Move,
} from './required-places.ts'
import { takersOf, type Read, type Taker } from './required-takers.ts'
import { isSilentSpecifier } from './silent-modules.ts'
import { isOwnRequire, usesModule } from './split-commonjs.ts'
import { placeBefore } from './split-imports.ts'
import { endOfLines } from './split-parts.ts'
import { withoutNames } from './split-requires.ts'

/*
 * Proof obligation. A function that a CommonJS file exports moves to the one file that takes it, and is exported no
 * more, when
 *  - users of the package cannot reach its file, and it is known who takes what of it (required-takers.ts): one file of
 *    the same role takes the function, by a declaration under its name or as `text.f`; nothing of the project replaces
 *    single files, loads them again or looks at what is loaded;
 *  - nobody else can look at the object that held it: its file sets its exports once at the top and uses them for
 *    nothing else, has no `this` or `arguments` of the module, and what others call by way of the object does not look
 *    at it (required-exports.ts). The function is not used in its file, and something else stays exported;
 *  - the function does not care where it stands and how it is called: no `this`, `arguments` only where they are its
 *    own, no `module`, `exports`, `require`, `__filename`, `__dirname`, `new.target`, eval; both files are as strict as
 *    each other. Where it has no name today it is only called, so that nobody sees the one it gets;
 *  - no code of the new file that runs before the request could reach the function, nor before a name that it needs has
 *    its value; neither file is in a circle of requests;
 *  - every name in it means the same there (required-needs.ts), and its own name means nothing else in the new file; one
 *    package.json speaks for both files, so that both find the same packages;
 *  - other moves in the same patch change nothing of this: no name that comes along, or that the function means as a
 *    global, is one that another function could bring to the new file; what comes along has one place there;
 *  - the old file is still asked for at the same place, if only to load it; only where nobody can tell when it was
 *    loaded, and nothing is taken from it any more, it is not.
 */

/** Why nothing can be said of a file, or nothing of it can be moved. */
const problemOfFile = (file: FileContext): string | undefined => {
  const { unit, scopes, project } = file
  const { path } = unit
  if (unit.moduleKind !== 'commonjs' || unit.problems.length > 0 || !/^c?js$/.test(extensionOf(path)))
    return `${path} is a file of another kind`
  if (contains(file.file, hasJsx)) return `${path} is compiled before it runs`
  if (isOwnRequire(file)) return `${path} makes a require of its own`
  if (scopes.root.dynamic) return `eval or with can see the names of ${path}`
  if (project.imports.inCycle(path)) return `${path} and another file load each other`
  const isOther = directivesOf(file.file.statements).some(
    ({ expression }) => !/^.use strict.$/.test(textOf(expression, file)),
  )
  return isOther ? `a directive says how ${path} is to be taken` : undefined
}

/** Why the function itself could tell where it stands, or how it is called. */
const problemOfCode = ({ moved, statement }: HandedFunction, from: FileContext): string | undefined => {
  if (contains(moved, looksAtItsPlace) || usesModule(moved)) return 'it looks at where it stands'
  const looksAtCall = (node: ts.Node): boolean =>
    node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && /^calle[er]$/.test(node.text))
  if (contains(moved, looksAtCall)) return 'it looks at what it is called by'
  return removalProblem(statement, from)
}

/** Names that mean something else in some functions, or to every CommonJS file. */
const special = /^(await|yield|let|static|async|undefined|module|exports|require|__filename|__dirname)$/

/** Why the new file could tell the difference. */
const problemOfUses = (move: Move): string | undefined => {
  const { handed, from, to, reads, binding, taker } = move
  const { name } = handed
  if (special.test(name)) return `${name} is a word with a meaning of its own`
  if (from.unit.isStrict(from.file) !== to.unit.isStrict(to.file)) return `${to.unit.path} is not as strict as its file`
  if (!isOfOnePackage(from, to)) return `${to.unit.path} is of another package`
  if (!isConstant(binding)) return `${binding.name} is written again in ${to.unit.path}`
  if (usesIn(move).length === 0) return 'nobody uses it at all'
  if (handed.isNameless && !usesIn(move).every(isCallee)) return 'it has no name today, and would get one that shows'
  const [{ local }, more] = reads as [Read, ...Read[]]
  if (local) return local.text === name && !more ? undefined : 'it is taken by another name'
  const isFree = to.scopes.bindings.every((each) => each.name !== name) && !to.scopes.globals.has(name)
  // a function expression has its name in a scope of its own
  const isSeen = binding.references.every(({ identifier }) => meansTheSame(name, undefined, identifier, to.scopes))
  return isFree && isSeen && !mayArrive(name, to, taker.takes.declaration)
    ? undefined
    : `${name} means something else in ${to.unit.path}`
}

/** The request of the new file without the function. */
const withoutFunction = (move: Move): readonly Change[] | string => {
  const { taker, to, from, binding } = move
  const { takes } = taker
  const { names, specifier } = takes
  const isGone = move.reads.every(({ local }) => local) || move.reads.length === binding.references.length
  const left = names.filter((each) => !isGone || each !== binding.declarations[0]!.identifier)
  const isSilent = isSilentSpecifier(specifier!, to.unit.path, from.project)
  const fate = { takes, used: [], left, isLoaded: left.length === 0 && !isSilent }
  const change = withoutNames(takes.statement, [fate], to)
  return typeof change === 'string' ? change : change ? [change] : []
}

const insertions = (added: string, code: string, end: number, place: number): Change[] => {
  const texts = [
    { at: end, text: added },
    { at: place, text: code },
  ].filter(({ text }) => text !== '')
  if (end === place) return [{ start: end, end, text: texts.map(({ text }) => text).join('\n') }]
  return texts.map(({ at, text }) => ({ start: at, end: at, text }))
}

/** What goes, where two pieces share a blank line. */
const joined = (gone: readonly Change[]): readonly Change[] => {
  const [one, other] = [...gone].sort((a, b) => a.start - b.start)
  if (!one || !other || other.start >= one.end) return gone
  return [{ start: one.start, end: Math.max(one.end, other.end), text: '' }]
}

/** The function with the comments above it, as it stands before a statement of the new file. */
const codeOf = ({ handed, from, to }: Move, start: number, place: ts.Statement): string => {
  const comments = from.text.slice(start, startOf(handed.statement, from))
  const isClosed = handed.isHoisted || handed.code.endsWith(';')
  return `${comments}${handed.code}${isClosed ? '' : endOfStatement(startOf(place, to), to)}\n\n`
}

const move = (planned: Move, isFirst: boolean, findings: Findings): string | undefined => {
  const { handed, from, to, taker, reads } = planned
  const { name, statement, moved } = handed
  const problem = problemOfFile(to) ?? problemOfUses(planned) ?? problemOfCode(handed, from)
  if (problem !== undefined) return problem
  if (typeof handed.withdrawn === 'string') return handed.withdrawn
  const first = firstAfter(taker.takes.statement, to)
  const { statements } = to.file
  if (first <= statements.indexOf(taker.takes.statement)) return 'its file is asked for beside code that runs'
  const last = statements[first - 1]
  const end = last && endOfLines(last, to)
  if (!last || end === undefined || to.text[end - 1] !== '\n')
    return `the requests of ${to.unit.path} share their lines`
  const needs = needsOf(moved, name, [from, to], last, isFirst)
  if (typeof needs === 'string') return needs
  if (needs.added.length > 0 && mayComeElsewhere(first, to))
    return 'it brings a request along, and its new file asks for modules in several places'
  const doubtful = needs.added.find((each) => mayArrive(each, to) || isGlobalBeside(each, to))
  if (doubtful !== undefined) return `${doubtful} means something else in ${to.unit.path}`
  const until = Math.max(first, ...needs.shared.map((each) => statements.indexOf(each) + 1))
  if (isReachedBefore(planned, until)) return `code of ${to.unit.path} that runs before its request may use it`
  const request = withoutFunction(planned)
  if (typeof request === 'string') return request
  const lines = linesOf(statement, from)
  const place = placeOf(planned, first)
  if (!lines) return 'it shares its lines with others'
  if (!place || !startsLine(place, to)) return 'the code that uses it shares its lines with others'
  const there = [
    ...request,
    ...insertions(needs.requests, codeOf(planned, lines.start, place), end, placeBefore(place, to)),
    ...reads.flatMap(({ place: use }) => (use ? [{ start: startOf(use, to), end: use.end, text: name }] : [])),
  ]
  const here = [...joined([{ ...withBlankLine(lines, from.text), text: '' }, ...handed.withdrawn]), ...needs.dropped]
  if (!keepsStatements(from, here) || !keepsStatements(to, there)) return 'a statement would run on into the next'
  findings.edit({
    at: statement,
    title: `${name} moves to ${to.unit.path}, the only file that uses it`,
    reason: 'no other file takes it, users cannot reach its file, and every name in it means the same there',
    changes: [...here, ...there.map((change) => ({ ...change, path: to.unit.path }))],
    assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected', ...needs.assumptions],
    need: { ecmaVersion: 3 },
  })
  return undefined
}

/** Whether a file calls an export so that it could look at the others: as a method of the object that holds them. */
const looksAtExports = ({ reads }: Taker, name: string, handing: Handing): boolean =>
  reads.some(({ exported, place }) => place && exported !== name && isCallee(place) && !handing.isIndependent(exported))

const planOf = (handed: HandedFunction, takers: readonly Taker[], from: FileContext): Move | undefined => {
  const [taker, more] = takers.filter(({ reads }) => reads.some(({ exported }) => exported === handed.name))
  if (!taker?.takes || more || taker.unit.role !== from.unit.role) return undefined
  const to = fileContext(from.project, taker.unit)
  const reads = taker.reads.filter(({ exported }) => exported === handed.name)
  const binding = to.scopes.declaredBy(reads[0]!.local ?? taker.takes.names[0]!)
  return binding && { handed, from, to, taker: { ...taker, takes: taker.takes }, reads, binding }
}

/** Finds the functions of a CommonJS file that one other file takes, for `move-function`. */
export const moveRequired = (from: FileContext, findings: Findings): void => {
  const { project, unit } = from
  const takers = takersOf(unit.path, project)
  const handing = handingOf(from)
  const [first] = from.file.statements
  if (!first || (typeof takers !== 'string' && takers.length === 0)) return
  if (isProblem(handing)) return findings.refuse(handing.at, handing.reason)
  if (handing.functions.length === 0) return
  const problem =
    importersOf(project).problem ??
    moduleTrick(project) ??
    problemOfFile(from) ??
    (from.file.statements.some(usesModule) ? 'its file looks at its exports as this or arguments' : undefined)
  if (typeof takers === 'string') return findings.refuse(first, takers)
  for (const handed of handing.functions) {
    const planned = planOf(handed, takers, from)
    if (!planned) continue
    const isAgain = takers.filter(({ unit: other }) => other.path === planned.to.unit.path).length > 1
    const isSeen = takers.some((taker) => looksAtExports(taker, handed.name, handing))
    const reason =
      problem ??
      (isAgain ? 'its file is asked for more than once there' : undefined) ??
      (isSeen ? 'an export is called that may look at the others' : undefined) ??
      move(planned, takers.length === 1, findings)
    if (reason !== undefined) findings.refuse(handed.statement, reason)
  }
}

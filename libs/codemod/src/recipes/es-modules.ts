import ts from 'typescript'

import { contextOf } from '../engine/candidates.ts'
import type { FileContext } from '../engine/file-context.ts'
import { NO_PROXIES, type FileChange, type FoundInFile } from '../engine/recipe.ts'
import { moduleTypeChange } from '../floor/module-type.ts'
import type { Project } from '../project.ts'
import { pathsInScope } from '../scope.ts'
import type { SourceUnit } from '../source-unit.ts'
import { isFunctionNode, walk } from '../syntax/nodes.ts'
import { strictProblem } from '../syntax/strict-changes.ts'
import type { Analysis, RefactorRequest, Refusal } from '../types.ts'
import { packagePlan } from './es-module-package.ts'
import { givesNames } from './es-module-exports.ts'
import { filePlan, lostName, packagePlans, type FilePlan } from './es-module-plan.ts'
import { isProblem, type ModuleProblem } from './es-module-problem.ts'
import { moduleChanges } from './es-module-texts.ts'

/*
 * Proof obligation. The files of a private package become ES modules together, in one edit, when
 *  - the package can (es-module-package.ts);
 *  - of each file, what it asks for can be imported (es-module-requests.ts), what it exports can be said in the words of
 *    ES modules (es-module-exports.ts), and who takes it finds what was there (es-module-plan.ts);
 *  - no files load each other in a circle: half a module can be had by `require` only;
 *  - each file is strict already, or nothing in it could tell; `this` and `arguments` of the module, a `return` at its
 *    top, eval and a variable called `await` are in none of them;
 *  - whoever asks for a file by `require` still gets the same value: the ways into the package, and files that tests and
 *    others name, export it as 'module.exports' besides, which is what Node hands out. What nobody outside can ask for
 *    has exports only.
 */

const RECIPE = 'es-modules'

/** Where `require` gives what an ES module exports as 'module.exports' without a flag (the documentation of Node). */
export const MODULES_NEED = { ecmaVersion: 2022, node: '22.12.0' }

const ASSUMPTIONS = [
  NO_PROXIES,
  'exports of a module are not replaced by others',
  'functions of Node are not replaced before they are asked for',
  'packages that are asked for are CommonJS modules',
  'stack traces are not inspected',
]

const NAMES = 'nobody asks a function without a name for its name'

/** What belongs to the function that Node puts around a CommonJS file. */
const ofWrapper = (node: ts.Node): string | undefined => {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return 'it uses this of the module'
  if (ts.isIdentifier(node) && node.text === 'arguments') return 'it uses arguments of the module'
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.NewKeyword)
    return 'it uses new.target of the module'
  return ts.isReturnStatement(node) && !isInFunction(node) ? 'it returns from the module' : undefined
}

/** What of a function or class runs where it stands, with the `this` around it. */
const outerParts = (node: ts.Node): readonly ts.Node[] | undefined => {
  if (ts.isClassLike(node)) {
    const named = node.members.flatMap(({ name }) => (name && ts.isComputedPropertyName(name) ? [name] : []))
    return [...(node.heritageClauses ?? []), ...named]
  }
  if (!isFunctionNode(node) || ts.isArrowFunction(node)) return undefined
  return node.name && ts.isComputedPropertyName(node.name) ? [node.name] : []
}

const wrapperProblem = ({ file }: FileContext): ModuleProblem | undefined => {
  let found: ModuleProblem | undefined
  const visit = (node: ts.Node): void => {
    const reason = ofWrapper(node)
    if (reason !== undefined) found ??= { at: node, reason }
    const parts = outerParts(node)
    if (parts) parts.forEach(visit)
    else ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const isInFunction = (node: ts.Node): boolean => {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) if (isFunctionNode(at)) return true
  return false
}

/** What would be something else, or an error, in strict code. */
const sloppyProblem = ({ file, unit, scopes }: FileContext): ModuleProblem | undefined => {
  let sloppy: ts.Node | undefined
  walk(file, (node) => {
    if (isFunctionNode(node) && !unit.isStrict(node)) sloppy ??= node
    return sloppy === undefined
  })
  const reason = "it is not strict, as ES modules are: put 'use strict' at its top first"
  if (sloppy) return { at: sloppy, reason }
  const isStrict = file.statements.some((each) => unit.isStrict(each))
  const problem = isStrict ? undefined : strictProblem(file, scopes)
  return problem === undefined
    ? undefined
    : { at: file.statements[0]!, reason: `${problem}, which is something else in an ES module` }
}

const problemOf = (file: FileContext): ModuleProblem | undefined => {
  const { scopes, project, unit } = file
  const [first = file.file.endOfFileToken] = file.file.statements
  if (unit.moduleKind === 'commonjs' && scopes.bindings.some(({ scope }) => scope.dynamic))
    return { at: first, reason: 'eval or with can see its names' }
  if (scopes.names.has('await')) return { at: first, reason: 'await is a name in it' }
  if (project.imports.inCycle(unit.path)) return { at: first, reason: 'it and another file load each other' }
  return wrapperProblem(file) ?? sloppyProblem(file)
}

/** The edit that makes ES modules of a package, or what stands in its way. */
export const moduleCandidates = (project: Project, analysis: Analysis, request: RefactorRequest): FoundInFile => {
  const none = (refused: readonly Refusal[]): FoundInFile => ({ candidates: [], refused })
  const plan = packagePlan(project, pathsInScope(analysis, request), request.taken)
  if ('reason' in plan) return none([{ recipe: RECIPE, line: 1, ...plan }])
  const refused: Refusal[] = []
  const refuse = ({ path, source, file }: SourceUnit, { at, reason }: ModuleProblem): void =>
    void refused.push({ recipe: RECIPE, path, line: source.lineOf(at.getStart(file)), reason })
  const plans = new Map<string, FilePlan>()
  for (const { path } of plan.modules) {
    const file = contextOf(project, path)
    const made = problemOf(file) ?? filePlan(file)
    if (isProblem(made)) refuse(file.unit, made)
    else plans.set(path, made)
  }
  for (const unit of project.units) {
    const lost = plans.has(unit.path) ? undefined : lostName(unit, project, plans)
    if (lost) refuse(unit, lost)
  }
  if (refused.length > 0) return none(refused)
  const all = packagePlans(plans, plan.asked)
  for (const { requests, file } of plans.values())
    for (const request of requests) {
      const isEmpty = plans.get(request.target ?? '')?.exports.kind === 'nothing'
      if (isEmpty && all.wayOf(request) !== 'load')
        refuse(file.unit, {
          at: request.call,
          reason: `it takes the value of ${request.specifier}, which exports nothing`,
        })
    }
  const changes: FileChange[] = [moduleTypeChange(project)]
  for (const [path, made] of plans) {
    const written = moduleChanges(made, all)
    if (!Array.isArray(written)) refuse(made.file.unit, written as ModuleProblem)
    else changes.push(...written.map((each) => ({ ...each, path })))
  }
  if (refused.length > 0) return none(refused)
  const creates = plan.kept.map((folder) => ({
    path: `${folder}/package.json`,
    text: `${JSON.stringify({ type: 'commonjs' }, undefined, 2)}\n`,
  }))
  const stays =
    plan.kept.length > 0 ? `; ${plan.kept.join(', ')} stay${plan.kept.length === 1 ? 's' : ''} CommonJS` : ''
  const candidate = {
    recipe: RECIPE,
    path: 'package.json',
    line: 1,
    title: `${plan.modules.length} files become ES modules${stays}`,
    reason:
      'everything is loaded in the same order, each importer finds what it found, and require still gives the same',
    changes,
    ...(creates.length > 0 ? { creates } : {}),
    assumptions: [...plans.values()].some(({ exports }) => givesNames(exports)) ? [...ASSUMPTIONS, NAMES] : ASSUMPTIONS,
    need: MODULES_NEED,
  }
  return { candidates: [candidate], refused: [] }
}

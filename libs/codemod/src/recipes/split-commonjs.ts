import ts from 'typescript'

import { moduleTrick } from '../analysis/module-tricks.ts'
import type { FileContext } from '../engine/file-context.ts'
import { NO_PROXIES } from '../engine/recipe.ts'
import { semicolonIn, textOf } from '../engine/rewrite.ts'
import { extensionOf } from '../source-unit.ts'
import { contains, isFunctionNode, walk } from '../syntax/nodes.ts'
import { freeNames } from '../syntax/names.ts'
import type { Binding } from '../syntax/scopes.ts'
import { directivesOf } from '../syntax/strict.ts'
import { stepsOf } from './loading-steps.ts'
import { isMadeOfLater } from './quiet-code.ts'
import type { Group } from './split-groups.ts'
import { partsOf, type Part } from './split-parts.ts'
import { touchedEarly, usesOf } from './split-reach.ts'
import { plannedRequires } from './split-requires.ts'
import { requestOf } from './split-specifier.ts'
import { braced, licenceOf, movedCode, quoteIn } from './split-texts.ts'
import type { Plan, Ways } from './split-ways.ts'
import { isBuiltin, takenAtTop, type TakenNames } from './taken-names.ts'

/*
 * Proof obligation, besides that of split-file.ts. The old file asks for the new one at its top, once, and all that it
 * exports it still sets itself, at the same moment and by the same words: nobody finds a getter, or an export that is
 * not there yet.
 *  - Only code that runs behind that request leads to what it gives: nothing that stands before it does, not by way of
 *    other functions either, so that no cycle can come back to a function that is not there. Inside the new file names
 *    are made in the order of today, and none of them could be touched before it had its value: what has become an
 *    export could be from the next code on that runs or loads;
 *  - it loads what the moved functions need by the same literals from the same folder. All modules are still loaded in
 *    the same order, before and after the same code of the old file, also where one of them throws; what only declares
 *    leaves no trace. A request that takes what a module holds at that moment takes it with nothing in between that
 *    could have changed it, and so does a read of the engine or of a module of Node; `module.exports` as a whole may be
 *    asked for later where it is set once;
 *  - both files are strict, or neither is; nothing that moves knows the module around it: `this`, `arguments`, `module`,
 *    `exports`, `require`, `__filename`, `__dirname`, and nobody has made a `require` of his own;
 *  - nothing of the project replaces what a single file loads, loads files again, looks at loaded modules, or loads all
 *    files of a folder.
 */

/** What a package in another folder could notice, and does not by all that is good. */
export const LOADED_ONCE = 'packages are loaded once, keep what they export and do not ask who loads them'

export const isOwnRequire = ({ scopes }: FileContext): boolean =>
  scopes.root.bindings.has('require') || (scopes.globals.get('require') ?? []).some(({ write }) => write)

const problemOf = (file: FileContext): string | undefined => {
  const { unit, project } = file
  if (unit.moduleKind !== 'commonjs') return 'it is no module: other scripts could see its functions'
  if (!/^c?js$/.test(extensionOf(unit.path)))
    return 'it is compiled before it runs: what its requests become is not seen'
  return isOwnRequire(file) ? 'it makes a require of its own' : moduleTrick(project)
}

/** Whether code means the `this` or the `arguments` of the module around it. */
export const usesModule = (node: ts.Node): boolean => {
  let found = false
  walk(node, (each) => {
    if (ts.isClassLike(each) || (isFunctionNode(each) && !ts.isArrowFunction(each))) return false
    if (each.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(each) && each.text === 'arguments')) found = true
    return !found
  })
  return found
}

const problemOfPart = (part: Part, file: FileContext): string | undefined => {
  const { statement, isTrusting } = part
  if (usesModule(statement)) return 'it looks at where it stands'
  if (!ts.isFunctionDeclaration(statement) && isMadeOfLater(statement, file.scopes))
    return 'its value is made of what has none yet'
  return isTrusting && file.capturedAt !== undefined
    ? 'its value is made by functions of the engine that the code does not trust'
    : undefined
}

/** Names that the new file can take as the old one does: never written again, and not touched before they are there. */
const repeatable = (file: FileContext): ReadonlySet<Binding> => {
  const { scopes } = file
  const isTouchedEarly = touchedEarly(file, usesOf(file))
  const found = new Set<Binding>()
  for (const { names, statement, declaration } of takenAtTop(file.file, scopes)) {
    // what runs in the same statement could use the names that come behind it
    if (stepsOf(statement, file).some(({ kind }) => kind === 'runs')) continue
    const known = [...freeNames(declaration.initializer!, scopes).values()]
    if (!known.every((each) => each === undefined || found.has(each))) continue
    for (const name of names) {
      const binding = scopes.declaredBy(name)
      if (!binding || binding.declarations.length > 1 || binding.references.some(({ write }) => write)) continue
      if (!isTouchedEarly(binding, statement)) found.add(binding)
    }
  }
  return found
}

/** Whether a file is written in the language of `const`, or in one that may have to run without it. */
const knowsConst = ({ file }: FileContext): boolean =>
  contains(file, (node) => ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) !== 0)

/** How the old file takes back what it needs, and how the new one gives it. */
const handing = ({ wanted }: Group, specifier: string, file: FileContext): { takes: string[]; gives: string } => {
  const semicolon = semicolonIn(file)
  const quote = quoteIn(file)
  const request = `require(${quote}${specifier}${quote})`
  const names = wanted.map(({ name }) => name)
  if (knowsConst(file))
    return {
      takes: [braced('const', names, ` = ${request}${semicolon}`, file)],
      gives: braced('module.exports =', names, semicolon, file),
    }
  const pairs = names.map((name) => `${name}: ${name}`)
  return {
    takes: names.map((name) => `var ${name} = ${request}.${name}${semicolon}`),
    gives: braced('module.exports =', pairs, semicolon, file),
  }
}

const assumptionsOf = (taken: readonly TakenNames[]): string[] => {
  const others = taken.filter(({ specifier }) => specifier !== undefined && !isBuiltin(specifier))
  return [
    ...(others.some(({ specifier }) => !/^[.#]/.test(specifier!)) ? [LOADED_ONCE] : []),
    ...(others.some(({ isWhole }) => !isWhole) ? [NO_PROXIES] : []),
  ]
}

const planned = (group: Group, specifier: string, file: FileContext): Plan | string => {
  const { takes, gives } = handing(group, specifier, file)
  const requires = plannedRequires(group, takes, file)
  if (typeof requires === 'string') return requires
  const directives = directivesOf(file.file.statements).map((each) => textOf(each, file))
  const paragraphs = [directives.join('\n'), requires.needed.join('\n'), movedCode(group, '', file), gives]
  return {
    text: `${licenceOf(file)}${paragraphs.filter((each) => each !== '').join('\n\n')}\n`,
    changes: requires.changes,
    assumptions: assumptionsOf(requires.taken),
    need: { ecmaVersion: knowsConst(file) ? 2015 : 3 },
  }
}

/** How CommonJS files take from each other. */
export const commonJs: Ways = {
  problemOf,
  partsOf(file, code) {
    const taken = repeatable(file)
    return partsOf(file, code)
      .filter(({ binding }) => !taken.has(binding))
      .map((part) => ({ ...part, problem: part.problem ?? problemOfPart(part, file) }))
  },
  ownNames(file) {
    const taken = repeatable(file)
    return (binding) => !taken.has(binding)
  },
  specifierOf: requestOf,
  planned,
}

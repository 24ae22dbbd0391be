import { besideProblem } from '../analysis/beside.ts'
import type { FileContext } from '../engine/file-context.ts'
import { INTRINSICS, type Change, type Findings, type Recipe } from '../engine/recipe.ts'
import { changed } from '../engine/to-patch.ts'
import { parseUnit } from '../source-unit.ts'
import { directivesOf } from '../syntax/strict.ts'
import { hasDirective } from './movable-code.ts'
import { commonJs } from './split-commonjs.ts'
import { esModules } from './split-es-modules.ts'
import { bestGroup, LEAST_LINES, type Group } from './split-groups.ts'
import { newPathFor } from './split-name.ts'
import { codeLines, type Part } from './split-parts.ts'
import { removals } from './split-texts.ts'
import { addsErrorsTogether } from './split-types.ts'
import type { Ways } from './split-ways.ts'

/*
 * Proof obligation. Declarations at the top of a long module move to a new one beside it, and the old one imports what
 * it still uses and passes on, by the same names, what it exported (what differs in CommonJS files stands in
 * split-commonjs.ts), when
 *  - all that they use of their own file moves with them: the old file imports the new one, never the other way, and no
 *    cycle of imports goes through the old one; where an alias could hide one, only function declarations leave;
 *  - they are function declarations, there before any code runs; or constants and classes whose values are made without
 *    any effect, and which no code that runs before their declaration could reach: then it makes no difference that the
 *    new file runs first. None is ever written again: an import cannot be;
 *  - every other name that they use is a global in both files, for the new one declares nothing that the old one did
 *    not, or comes by the same import from the same place: the files stand in one folder;
 *  - all other modules are loaded as before, in the same order: where the imports of the new file come to stand in it
 *    is tried, and what only has to be loaded is still loaded by the old one. Modules that only declare do not count;
 *  - nothing in them looks at where it stands (import.meta, import(), require, eval), no directive stands at the top,
 *    no JSX and no comment for a tool is in them, and no line is shared with what stays;
 *  - users see the same exports with the same values. Where a file may be compiled to CommonJS, what is passed on would
 *    be a getter there: then exported values stay;
 *  - the new file goes where the old one goes: into the repository, the published package, the compiler's program and
 *    what a build makes of it. Its path is free on every file system; nobody outside the file has to know of it;
 *  - in TypeScript both files compile as the old one does.
 */

/** Lines of code from which a file counts as long: the usual limit of ESLint's `max-lines`, blank lines and comments left out. */
const LONG = 300

const assumptionsOf = (group: Group): string[] => [
  'stack traces are not inspected',
  ...(group.parts.some(({ isTrusting }) => isTrusting) ? [INTRINSICS] : []),
]

/** In a module it says what holds anyway; a CommonJS file takes it along. */
const isStrictWord = ({ file }: FileContext): boolean =>
  /^['"]use strict['"];?$/.test(file.statements[0]!.getText(file)) && directivesOf(file.statements).length === 1

const problemOf = (file: FileContext, ways: Ways): string | undefined => {
  const problem = ways.problemOf(file)
  if (problem !== undefined) return problem
  if (hasDirective(file) && !isStrictWord(file)) return 'a directive says how the file is to be taken'
  if (file.scopes.root.dynamic) return 'it calls eval'
  return /\/[/*]\s*(eslint-disable(?!-)|@ts-nocheck|@ts-check|@flow|istanbul ignore file|@jest-environment|@jsx)/.test(
    file.text,
  )
    ? 'a comment tells a tool how the whole file is to be taken'
    : undefined
}

/** Why nothing of a long file can leave, said at the longest declarations that have to stay. */
const explain = (parts: readonly Part[], { file }: FileContext, findings: Findings): void => {
  const [first] = file.statements
  const stuck = parts.filter(({ problem }) => problem !== undefined)
  for (const { statement, name, problem } of stuck.sort((one, other) => other.code - one.code).slice(0, 5))
    findings.refuse(statement, `${name} has to stay: ${problem}`)
  findings.refuse(
    first!,
    `no group of functions of ${LEAST_LINES} lines or more stands for itself, so that the rest needs few names of it`,
  )
}

/** The edit that makes the new file, or why it cannot be made. */
const split = (group: Group, file: FileContext, ways: Ways, findings: Findings): string | undefined => {
  const { project, unit } = file
  const path = newPathFor(group, file)
  if (path === undefined) return 'every name for a new file beside it is taken'
  const specifier = ways.specifierOf(path, file)
  if (specifier === undefined) return 'nothing says how it would import a file beside it, with which ending'
  const problem = besideProblem(project.tree, unit.path, path)
  if (problem !== undefined) return problem
  const plan = ways.planned(group, specifier, file)
  if (typeof plan === 'string') return plan
  const { text } = plan
  const changes: Change[] = [...plan.changes, ...removals(group, file)]
  const own = changes.map((change) => ({ ...change, path: unit.path }))
  const rest = changed(file.text, own)
  const type = unit.moduleKind === 'esm' ? project.package.type : 'commonjs'
  const made = parseUnit(path, { content: Buffer.from(text), executable: false }, type)
  if (!made || made.problems.length > 0 || made.moduleKind !== unit.moduleKind)
    return 'what would be the new file does not parse'
  if (unit.language === 'typescript' && addsErrorsTogether(file, rest, { path, text }))
    return 'the two files would not compile as the one does'
  const functions = group.parts.filter(({ kind }) => kind === 'function').map(({ name }) => name)
  const shown =
    functions.length > 4 ? `${functions.slice(0, 3).join(', ')} and ${functions.length - 3} more` : functions.join(', ')
  findings.edit({
    at: group.parts[0]!.statement,
    title: `${shown} move to ${path}, ${group.code} lines of code`,
    reason: `they use nothing that stays; ${unit.path} takes back ${group.wanted.length} names and exports the same`,
    changes,
    creates: [{ path, text }],
    assumptions: [...assumptionsOf(group), ...plan.assumptions],
    need: plan.need,
  })
  return undefined
}

export const splitFile: Recipe = {
  id: 'split-file',
  title: 'functions of a long file to a new one',
  family: 'structure',
  need: { ecmaVersion: 2015 },
  find(file, findings) {
    const [first] = file.file.statements
    const code = codeLines(file)
    if (!first || code.size <= LONG) return
    const ways = file.unit.moduleKind === 'esm' ? esModules : commonJs
    const problem = problemOf(file, ways)
    if (problem !== undefined) return findings.refuse(first, problem)
    const parts = ways.partsOf(file, code)
    const group = bestGroup(parts, code.size, ways.ownNames(file))
    if (!group) return explain(parts, file, findings)
    const refused = split(group, file, ways, findings)
    if (refused !== undefined) findings.refuse(group.parts[0]!.statement, refused)
  },
}

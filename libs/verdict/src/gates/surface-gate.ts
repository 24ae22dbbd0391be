import type { Tree } from '@iama/patch'
import { allEnded } from '../all-ended.ts'
import type { GateDetail, GateResult } from '../types.ts'
import { commandText, inFolder } from '../checks/in-folder.ts'
import { matchesAny } from './allowance.ts'
import type { ConvertedModules } from './converted-modules.ts'
import { counted, result, signalOf, type GateContext } from './context.ts'
import { compareLint, type LintOutcome } from './lint-check.ts'
import { privateMembers } from './private-members.ts'
import { surfaceModules, withoutPrograms } from './surface-modules.ts'
import { compareSurfaces, probeSurface, type Probed } from './surface-probe.ts'
import { compileBoth, type CompiledPair } from './compile-trees.ts'
import { compareDeclarations, compareTypes } from './type-check.ts'

const baseDir = 'verdict-surface-base'
const patchedDir = 'verdict-surface-patched'

interface Findings {
  readonly failures: GateDetail[]
  readonly warnings: GateDetail[]
  readonly notes: GateDetail[]
}

const note = (subject: string, message: string): GateDetail => ({ kind: 'note', subject, message })

const addOutcome = (findings: Findings, command: string, outcome: LintOutcome): void => {
  findings.failures.push(...outcome.errors)
  findings.warnings.push(...outcome.warnings)
  if (outcome.notCompared !== undefined) findings.notes.push(note(command, `not compared: ${outcome.notCompared}`))
}

/** Of modules that became ES modules, those count that somebody asks for, whether users can import them or not. */
const outerModules = (tree: Tree, { asked, inside }: ConvertedModules): string[] =>
  [...new Set([...surfaceModules(tree), ...withoutPrograms(tree, [...asked])])]
    .filter((module) => !inside.has(module))
    .sort((a, b) => (a < b ? -1 : 1))

/** A function or class without a name that became an export of its own, or the whole one, is called as that. */
const getsName = ({ subject, message }: GateDetail, { asked }: ConvertedModules): boolean =>
  asked.has(subject.split('#')[0]!) && /#([^.]+\.)?name$/.test(subject) && /^"" became "[^"]+"$/.test(message)

/** Whether a module exports nothing: an empty object of CommonJS, or an empty namespace. */
const exportsNothing = (probed: Probed | undefined): boolean => {
  if (probed === undefined || 'failed' in probed) return false
  const { kind, prototype, properties } = probed.facts
  const isTold = Object.keys(probed.facts).some((name) => name.startsWith('[[import]]'))
  return !isTold && kind === 'object' && `${prototype} ${properties}` in empty
}

const empty = { 'Object.prototype ': true, 'null @@Symbol.toStringTag()': true }

const compareModules = async (
  context: GateContext,
  findings: Findings,
  compiled: CompiledPair | undefined,
): Promise<number> => {
  const { input, converted } = context
  const before = outerModules(context.baseTree, converted)
  const after = outerModules(context.patchedTree, converted)
  for (const module of converted.inside)
    findings.notes.push(note(module, 'not compared: inside of the package, which is private, nobody asks for it'))
  for (const { module, name, by } of converted.lost)
    findings.failures.push({ kind: 'surface', subject: `${module}#${name}`, message: `gone, and ${by} imports it` })
  const options = { timeoutMs: context.limits.timeoutMs, ...signalOf(input) }
  const [was, is] = await allEnded([
    probeSurface(input.workbench, baseDir, before, options),
    probeSurface(input.workbench, patchedDir, after, options),
  ])
  for (const module of converted.asked)
    if (exportsNothing(was.get(module)) && exportsNothing(is.get(module))) {
      was.delete(module)
      is.delete(module)
      findings.notes.push(note(module, 'it exports nothing, as before'))
    }
  const hidden = privateMembers([context.baseTree, context.patchedTree])
  const declarations = compiled === undefined ? [] : compareDeclarations(compiled, input.allow.newModules)
  if (compiled?.base.declarations.size === 0)
    findings.notes.push(note('tsconfig.json', 'declarations not compared: the compiler emits none'))
  for (const change of [...compareSurfaces(was, is, hidden), ...declarations]) {
    const isAdded = !was.has(change.subject) && input.allow.newModules?.includes(change.subject)
    if (isAdded || getsName(change, converted) || matchesAny(change.subject, input.allow.surface))
      findings.notes.push(note(change.subject, `approved: ${change.message}`))
    else findings.failures.push(change)
  }
  for (const [module, probed] of was)
    if ('failed' in probed) findings.notes.push(note(module, `not compared, it cannot be imported: ${probed.failed}`))
  return before.length
}

/** The trees are built first where the project has a build: importable modules may be its output. */
const prepare = async (context: GateContext): Promise<void> => {
  const { input } = context
  for (const [from, to] of [
    [input.base, baseDir],
    [input.patched, patchedDir],
  ] as const) {
    await input.workbench.fork(from, to)
    for (const leaf of input.checks.leaves.filter(({ kind }) => kind === 'build')) {
      const { timeoutMs, maxOutputBytes } = context.limits
      await input.workbench.run({
        dir: to,
        argv: inFolder(leaf, leaf.argv),
        env: leaf.env,
        timeoutMs,
        maxOutputBytes,
        ...signalOf(input),
      })
    }
  }
}

/**
 * Gate 6: what users of the package see (modules, exports, kinds, arity, names, own properties, constructability,
 * strictness, declarations) is unchanged; types and lint by the project's own rules are no worse.
 */
export const surfaceGate = async (context: GateContext): Promise<GateResult> => {
  const { input } = context
  const findings: Findings = { failures: [], warnings: [], notes: [] }
  try {
    await prepare(context)
    const compiled = await compileBoth(context, baseDir, patchedDir)
    const modules = await compareModules(context, findings, compiled)
    for (const leaf of input.checks.leaves) {
      if (leaf.kind === 'lint')
        addOutcome(findings, commandText(leaf), await compareLint(context, leaf, baseDir, patchedDir))
      if (leaf.kind === 'types')
        addOutcome(findings, commandText(leaf), await compareTypes(context, leaf, [baseDir, patchedDir], compiled))
    }
    const details = [...findings.failures, ...findings.warnings, ...findings.notes]
    if (findings.failures.length > 0)
      return result('surface', 'fail', counted(findings.failures.length, 'surface change'), details)
    const same = `${counted(modules, 'module')} with the same surface, types and lint no worse`
    if (findings.warnings.length > 0)
      return result('surface', 'warn', `${same}; ${counted(findings.warnings.length, 'lint warning')} more`, details)
    return result('surface', 'pass', same, details)
  } finally {
    await input.workbench.remove(baseDir)
    await input.workbench.remove(patchedDir)
  }
}

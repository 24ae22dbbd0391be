import type { GateDetail, Leaf } from '../types.ts'
import { commandText, inFolder, placeOf } from '../checks/in-folder.ts'
import { parseDiagnostics, type CompiledPair, type Diagnostics } from './compile-trees.ts'
import { signalOf, type GateContext } from './context.ts'
import { saysTheSame } from './folded-declarations.ts'
import { compareExit, type LintOutcome } from './lint-check.ts'

const compareDiagnostics = (leaf: Leaf, before: Diagnostics, after: Diagnostics): LintOutcome => {
  if (typeof before === 'string') return { errors: [], warnings: [], notCompared: before }
  if (typeof after === 'string')
    return { errors: [{ kind: 'types', subject: commandText(leaf), message: after }], warnings: [] }
  const errors = [...after]
    .filter(([key, count]) => count > (before.get(key) ?? 0))
    .map(([key]): GateDetail => {
      const [subject = '', message = ''] = key.split('\n')
      return { kind: 'types', subject: placeOf(leaf, subject), message }
    })
  return { errors, warnings: [] }
}

const runLeaf = async (context: GateContext, leaf: Leaf, dir: string): Promise<Diagnostics> => {
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = leaf.shell ? ['sh', '-c', `${leaf.command} --pretty false`] : [...leaf.argv, '--pretty', 'false']
  const signal = signalOf(context.input)
  const run = await context.input.workbench.run({
    dir,
    argv: inFolder(leaf, argv),
    env: leaf.env,
    timeoutMs,
    maxOutputBytes,
    ...signal,
  })
  return parseDiagnostics(run.stdout, run.stderr, run.exitCode)
}

/** `tsc --noEmit` over the project's tsconfig says no more than the run that emitted the declarations. */
const isPlain = (leaf: Leaf): boolean =>
  leaf.cwd === undefined &&
  /^(\S*\/)?tsc(\s+(--noEmit|-p|--project|\.|(\.\/)?tsconfig\.json|--pretty|--skipLibCheck))*$/.test(leaf.command)

/** The project's own type check on both trees: no error more. */
export const compareTypes = async (
  context: GateContext,
  leaf: Leaf,
  dirs: readonly [base: string, patched: string],
  compiled: CompiledPair | undefined,
): Promise<LintOutcome> => {
  if (compiled !== undefined && isPlain(leaf))
    return compareDiagnostics(leaf, compiled.base.diagnostics, compiled.patched.diagnostics)
  if (!/(^|\s|\/)(vue-)?tsc(\s|$)/.test(leaf.command)) return compareExit(context, leaf, ...dirs)
  const [before, after] = await Promise.all([runLeaf(context, leaf, dirs[0]), runLeaf(context, leaf, dirs[1])])
  return compareDiagnostics(leaf, before, after)
}

const isTestDeclaration = (path: string): boolean => /(^|\/)(tests?|__tests__|specs?)\/|\.(test|spec)\.d\./.test(path)

/** Whether a declaration file is that of a module: `lib/a.d.ts`, or `a.d.ts` below the root that the compiler takes. */
const isOfModule = (declaration: string, module: string): boolean => {
  const stem = declaration.replace(/\.d\.[cm]?ts$/, '')
  const source = module.replace(/\.[cm]?[jt]sx?$/, '')
  return source === stem || source.endsWith(`/${stem}`)
}

/**
 * Changes of the emitted declarations, as gate 6 names them. What stands in approved new modules is read as if it still
 * stood where it did.
 */
export const compareDeclarations = (
  { base, patched }: CompiledPair,
  newModules: readonly string[] = [],
): GateDetail[] => {
  const [before, after] = [base.declarations, patched.declarations]
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !isTestDeclaration(name)).sort()
  const isAdded = (name: string): boolean => !before.has(name) && newModules.some((module) => isOfModule(name, module))
  const added = new Map([...after].filter(([name]) => isAdded(name)))
  const isSame = (name: string): boolean => {
    const [was, is] = [before.get(name), after.get(name)]
    if (was === is || added.has(name)) return true
    return added.size > 0 && was !== undefined && is !== undefined && saysTheSame(name, was, is, added)
  }
  return names
    .filter((name) => !isSame(name))
    .map((name) => ({
      kind: 'surface',
      subject: `${name}#declarations`,
      message: firstDifference(before.get(name), after.get(name)),
    }))
}

const firstDifference = (before: string | undefined, after: string | undefined): string => {
  if (before === undefined) return 'a new declaration file'
  if (after === undefined) return 'the declaration file is gone'
  const [was, is] = [before.split('\n'), after.split('\n')]
  const at = was.findIndex((line, i) => line !== is[i])
  return at < 0
    ? `more at the end: ${is.slice(was.length).join(' ').trim()}`
    : `${was[at]!.trim()} became ${(is[at] ?? 'nothing').trim()}`
}

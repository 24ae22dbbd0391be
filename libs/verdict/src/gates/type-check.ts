import type { GateDetail, Leaf } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { plainMessage } from '../tests-output/plain-message.ts'
import { signalOf, textOf, type GateContext } from './context.ts'
import { compareExit, type LintOutcome } from './lint-check.ts'

/** Diagnostics by file, code and message; a text when the compiler failed without saying which. */
type Diagnostics = ReadonlyMap<string, number> | string

/** One run of the project's compiler over its tsconfig. */
export interface Compiled {
  readonly diagnostics: Diagnostics
  /** Emitted declarations by path; empty where the compiler emits none. */
  readonly declarations: ReadonlyMap<string, string>
}

export interface CompiledPair {
  readonly base: Compiled
  readonly patched: Compiled
}

const diagnosticLine = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/
const outDir = '.iama-declarations'

const parseDiagnostics = (stdout: string, stderr: string, exitCode: number | null): Diagnostics => {
  const counts = new Map<string, number>()
  for (const line of stdout.split('\n')) {
    const found = diagnosticLine.exec(line.trim())
    if (found === null) continue
    const key = `${found[1]}\n${found[3]}: ${found[4]}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  if (counts.size > 0 || exitCode === 0) return counts
  return `exit code ${exitCode}: ${plainMessage(stdout + stderr).slice(0, 300)}`
}

/** Private members are printed by name only and are nobody's surface. */
const publicText = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*(private|#)\s?/.test(line))
    .join('\n')

const readDeclarations = async (workbench: Workbench, dir: string): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  for (const path of await workbench.list(dir)) {
    if (!path.startsWith(`${outDir}/`) || !/\.d\.[cm]?ts$/.test(path)) continue
    const content = await workbench.read(dir, path)
    found.set(path.slice(outDir.length + 1), publicText(Buffer.from(content ?? []).toString('utf8')))
  }
  return found
}

const compile = async (context: GateContext, dir: string): Promise<Compiled> => {
  const { workbench } = context.input
  const extensions = /"allowImportingTsExtensions"\s*:\s*true/.test(textOf(context.baseTree, 'tsconfig.json'))
  const flags = {
    ...{ declaration: true, emitDeclarationOnly: true, noEmit: false, declarationMap: false, composite: false },
    ...{ incremental: false, skipLibCheck: true, pretty: false, outDir },
    // emitting declarations is not an error for importing `.ts`, but an older compiler does not know the option
    ...(extensions ? { rewriteRelativeImportExtensions: true } : {}),
  }
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = ['node', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', ...words]
  const run = await workbench.run({ dir, argv, timeoutMs, maxOutputBytes, ...signalOf(context.input) })
  return {
    diagnostics: parseDiagnostics(run.stdout, run.stderr, run.exitCode),
    declarations: await readDeclarations(workbench, dir),
  }
}

/** Compiles both trees with the project's own compiler. Undefined where it has no tsconfig or no compiler. */
export const compileBoth = async (
  context: GateContext,
  base: string,
  patched: string,
): Promise<CompiledPair | undefined> => {
  if (!context.baseTree.has('tsconfig.json')) return undefined
  const compiler = await context.input.workbench.read(base, 'node_modules/typescript/package.json')
  if (compiler === undefined) return undefined
  const [before, after] = await Promise.all([compile(context, base), compile(context, patched)])
  return { base: before, patched: after }
}

const compareDiagnostics = (leaf: Leaf, before: Diagnostics, after: Diagnostics): LintOutcome => {
  if (typeof before === 'string') return { errors: [], warnings: [], notCompared: before }
  if (typeof after === 'string')
    return { errors: [{ kind: 'types', subject: leaf.command, message: after }], warnings: [] }
  const errors = [...after]
    .filter(([key, count]) => count > (before.get(key) ?? 0))
    .map(([key]): GateDetail => {
      const [subject = '', message = ''] = key.split('\n')
      return { kind: 'types', subject, message }
    })
  return { errors, warnings: [] }
}

const runLeaf = async (context: GateContext, leaf: Leaf, dir: string): Promise<Diagnostics> => {
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = leaf.shell ? ['sh', '-c', `${leaf.command} --pretty false`] : [...leaf.argv, '--pretty', 'false']
  const signal = signalOf(context.input)
  const run = await context.input.workbench.run({ dir, argv, env: leaf.env, timeoutMs, maxOutputBytes, ...signal })
  return parseDiagnostics(run.stdout, run.stderr, run.exitCode)
}

/** `tsc --noEmit` over the project's tsconfig says no more than the run that emitted the declarations. */
const isPlain = (leaf: Leaf): boolean =>
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

/** Changes of the emitted declarations, as gate 6 names them. */
export const compareDeclarations = ({ base, patched }: CompiledPair): GateDetail[] => {
  const [before, after] = [base.declarations, patched.declarations]
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !isTestDeclaration(name)).sort()
  return names
    .filter((name) => before.get(name) !== after.get(name))
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

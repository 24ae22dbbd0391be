import path from 'node:path'
import ts from 'typescript'
import type { Workbench } from '../workbench.ts'
import { plainMessage } from '../tests-output/plain-message.ts'
import { signalOf, textOf, type GateContext } from './context.ts'

/** Diagnostics by file, code and message; a text when the compiler failed without saying which. */
export type Diagnostics = ReadonlyMap<string, number> | string

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
const compiler = 'node_modules/typescript/bin/tsc'

/** What the compiler printed with `--pretty false`. */
export const parseDiagnostics = (stdout: string, stderr: string, exitCode: number | null): Diagnostics => {
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

const readDeclarations = async (
  workbench: Workbench,
  dir: string,
  nameOf: (path: string) => string | undefined,
): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  for (const path of await workbench.list(dir)) {
    const name = /\.d\.[cm]?ts$/.test(path) ? nameOf(path) : undefined
    if (name === undefined) continue
    const content = await workbench.read(dir, path)
    found.set(name, publicText(Buffer.from(content ?? []).toString('utf8')))
  }
  return found
}

const runCompiler = async (context: GateContext, dir: string, words: readonly string[]): Promise<Diagnostics> => {
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = ['node', compiler, ...words]
  const run = await context.input.workbench.run({ dir, argv, timeoutMs, maxOutputBytes, ...signalOf(context.input) })
  return parseDiagnostics(run.stdout, run.stderr, run.exitCode)
}

/** One tsconfig, into a folder of ours. */
const compile = async (context: GateContext, dir: string, config: string): Promise<Compiled> => {
  const extensions = /"allowImportingTsExtensions"\s*:\s*true/.test(textOf(context.baseTree, config))
  const into = path.posix.join(outDir, path.posix.dirname(config))
  const flags = {
    ...{ declaration: true, emitDeclarationOnly: true, noEmit: false, declarationMap: false, composite: false },
    ...{ incremental: false, skipLibCheck: true, pretty: false, outDir: into },
    // emitting declarations is not an error for importing `.ts`, but an older compiler does not know the option
    ...(extensions ? { rewriteRelativeImportExtensions: true } : {}),
  }
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return {
    diagnostics: await runCompiler(context, dir, ['-p', config, ...words]),
    declarations: await readDeclarations(context.input.workbench, dir, (file) =>
      file.startsWith(`${into}/`) ? file.slice(outDir.length + 1) : undefined,
    ),
  }
}

/** A tsconfig that refers to others: they are built in their order, each to where it says. */
const buildReferences = async (context: GateContext, dir: string, config: string): Promise<Compiled> => {
  const diagnostics = await runCompiler(context, dir, ['-b', config, '--force', '--pretty', 'false'])
  const isOutput = (file: string): string | undefined => (context.baseTree.has(file) ? undefined : file)
  return { diagnostics, declarations: await readDeclarations(context.input.workbench, dir, isOutput) }
}

const refersToOthers = (text: string): boolean => {
  const { config } = ts.parseConfigFileTextToJson('tsconfig.json', text)
  return Array.isArray(config?.references) && config.references.length > 0
}

/** The tsconfig at the top; without one, those nearest to what has changed (a workspace has its own). */
const configsOf = ({ baseTree, changed }: GateContext): string[] => {
  if (baseTree.has('tsconfig.json')) return ['tsconfig.json']
  const found = new Set<string>()
  for (const file of changed.filter((each) => /\.[cm]?tsx?$/.test(each))) {
    for (let at = path.posix.dirname(file); at !== '.'; at = path.posix.dirname(at)) {
      if (!baseTree.has(`${at}/tsconfig.json`)) continue
      found.add(`${at}/tsconfig.json`)
      break
    }
  }
  return [...found].sort()
}

const merge = (all: readonly Compiled[]): Compiled => {
  const counts = new Map<string, number>()
  for (const { diagnostics } of all) {
    if (typeof diagnostics === 'string') return { diagnostics, declarations: new Map() }
    for (const [key, count] of diagnostics) counts.set(key, (counts.get(key) ?? 0) + count)
  }
  return { diagnostics: counts, declarations: new Map(all.flatMap(({ declarations }) => [...declarations])) }
}

/** Compiles both trees with the project's own compiler. Undefined where it has no tsconfig or no compiler. */
export const compileBoth = async (
  context: GateContext,
  base: string,
  patched: string,
): Promise<CompiledPair | undefined> => {
  const configs = configsOf(context)
  const isThere = await context.input.workbench.read(base, 'node_modules/typescript/package.json')
  if (configs.length === 0 || isThere === undefined) return undefined
  const all = async (dir: string): Promise<Compiled> => {
    const compiled: Compiled[] = []
    for (const config of configs) {
      const run = refersToOthers(textOf(context.baseTree, config)) ? buildReferences : compile
      compiled.push(await run(context, dir, config))
    }
    return merge(compiled)
  }
  const [before, after] = await Promise.all([all(base), all(patched)])
  return { base: before, patched: after }
}

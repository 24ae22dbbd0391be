import type { GateDetail, Leaf } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { signalOf, type GateContext } from './context.ts'
import { compareExit, type LintOutcome } from './lint-check.ts'

const diagnostic = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/

const diagnosticsOf = async (context: GateContext, leaf: Leaf, dir: string): Promise<Map<string, number> | string> => {
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = leaf.shell ? ['sh', '-c', `${leaf.command} --pretty false`] : [...leaf.argv, '--pretty', 'false']
  const run = await context.input.workbench.run({
    dir,
    argv,
    env: leaf.env,
    timeoutMs,
    maxOutputBytes,
    ...signalOf(context.input),
  })
  const counts = new Map<string, number>()
  for (const line of run.stdout.split('\n')) {
    const found = diagnostic.exec(line.trim())
    if (found === null) continue
    const key = `${found[1]}\n${found[3]}: ${found[4]}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts.size === 0 && run.exitCode !== 0
    ? `exit code ${run.exitCode}: ${(run.stdout + run.stderr).trim().slice(0, 300)}`
    : counts
}

/** The project's own compiler on both trees: no error more. */
export const compareTypes = async (
  context: GateContext,
  leaf: Leaf,
  base: string,
  patched: string,
): Promise<LintOutcome> => {
  if (!/(^|\s|\/)(vue-)?tsc(\s|$)/.test(leaf.command)) return compareExit(context, leaf, base, patched)
  const [before, after] = await Promise.all([diagnosticsOf(context, leaf, base), diagnosticsOf(context, leaf, patched)])
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

const outDir = '.iama-declarations'

const declarationsOf = async (context: GateContext, dir: string): Promise<Map<string, string> | undefined> => {
  const { workbench } = context.input
  const compiler = 'node_modules/typescript/bin/tsc'
  const flags = [
    '--declaration',
    '--emitDeclarationOnly',
    '--noEmit',
    'false',
    '--declarationMap',
    'false',
    '--composite',
    'false',
  ]
  const more = [
    '--incremental',
    'false',
    '--outDir',
    outDir,
    '--pretty',
    'false',
    '--allowImportingTsExtensions',
    'false',
  ]
  const { timeoutMs, maxOutputBytes } = context.limits
  const argv = ['node', compiler, '-p', 'tsconfig.json', ...flags, ...more]
  await workbench.run({ dir, argv, timeoutMs, maxOutputBytes, ...signalOf(context.input) })
  return readDeclarations(workbench, dir)
}

/** Private members are printed by name only and are nobody's surface. */
const publicText = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*(private|#)\s?/.test(line))
    .join('\n')

const readDeclarations = async (workbench: Workbench, dir: string): Promise<Map<string, string> | undefined> => {
  const found = new Map<string, string>()
  for (const path of await workbench.list(dir)) {
    if (!path.startsWith(`${outDir}/`) || !/\.d\.[cm]?ts$/.test(path)) continue
    const content = await workbench.read(dir, path)
    found.set(path.slice(outDir.length + 1), publicText(Buffer.from(content ?? []).toString('utf8')))
  }
  return found.size === 0 ? undefined : found
}

const isTestDeclaration = (path: string): boolean => /(^|\/)(tests?|__tests__|specs?)\/|\.(test|spec)\.d\./.test(path)

/** Emitted declarations of a TypeScript project, before and after. Undefined where there is no compiler or no tsconfig. */
export const compareDeclarations = async (
  context: GateContext,
  base: string,
  patched: string,
): Promise<GateDetail[] | undefined> => {
  if (!context.baseTree.has('tsconfig.json')) return undefined
  const compiler = await context.input.workbench.read(base, 'node_modules/typescript/package.json')
  if (compiler === undefined) return undefined
  const [before, after] = await Promise.all([declarationsOf(context, base), declarationsOf(context, patched)])
  if (before === undefined) return undefined
  const names = [...new Set([...before.keys(), ...(after?.keys() ?? [])])]
    .filter((name) => !isTestDeclaration(name))
    .sort()
  return names
    .filter((name) => before.get(name) !== after?.get(name))
    .map((name) => ({
      kind: 'surface',
      subject: `${name}#declarations`,
      message: firstDifference(before.get(name), after?.get(name)),
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

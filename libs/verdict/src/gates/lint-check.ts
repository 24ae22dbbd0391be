import type { GateDetail, Leaf } from '../types.ts'
import { commandText, inFolder, placeOf } from '../checks/in-folder.ts'
import { joinWords } from '../checks/shell-words.ts'
import { runLeaf } from '../baseline/run-leaf.ts'
import { signalOf, type GateContext } from './context.ts'
import { roleOf } from './file-roles.ts'
import { plainMessage } from '../tests-output/plain-message.ts'
import { projectPath } from '../tests-output/test-ids.ts'

/** Problems by `severity file rule`, with how many and one example. */
type Problems = Map<string, { count: number; example: string }>

export interface LintOutcome {
  readonly errors: readonly GateDetail[]
  readonly warnings: readonly GateDetail[]
  /** Why it could not be compared. */
  readonly notCompared?: string
}

const reportFile = '.iama-lint.json'

const isEslint = (leaf: Leaf): boolean => /(^|\s|\/)eslint(\s|$)/.test(leaf.command)

const asJson = (leaf: Leaf, left: readonly string[]): readonly string[] => {
  const ignored = left.flatMap((file) => ['--ignore-pattern', `/${file}`])
  const extra = ['--format', 'json', '--output-file', reportFile, ...ignored]
  if (leaf.shell) return ['sh', '-c', `${leaf.command.replace(/\s--fix\b/g, '')} ${joinWords(extra)}`]
  return [...leaf.argv.filter((word) => word !== '--fix' && !word.startsWith('--max-warnings')), ...extra]
}

interface EslintFile {
  readonly filePath: string
  readonly messages: readonly { ruleId: string | null; severity: 1 | 2; message: string; line?: number }[]
}

interface Linted {
  readonly problems: Problems
  /** Files without a problem, as patterns below the leaf's folder can name them. */
  readonly clean: readonly string[]
}

const nothingClean: Linted = { problems: new Map(), clean: [] }

/** More patterns than this are not worth their time. */
const mostIgnored = 500

/** Names that mean themselves in a pattern. */
const isPlainName = (file: string): boolean => /^[\w@+,.-]+(\/[\w@+,.-]+)*$/.test(file)

/** A file's name below the folder in which a leaf runs. */
const below = ({ cwd }: Leaf, path: string): string | undefined =>
  cwd === undefined ? path : path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : undefined

/** @param left files that need not be looked at */
const lintTree = async (
  context: GateContext,
  leaf: Leaf,
  dir: string,
  left: readonly string[] = [],
): Promise<Linted | string> => {
  const { workbench } = context.input
  const files = new Set(await workbench.list(dir))
  const { timeoutMs, maxOutputBytes } = context.limits
  const run = await workbench.run({
    dir,
    argv: inFolder(leaf, asJson(leaf, left)),
    env: leaf.env,
    timeoutMs,
    maxOutputBytes,
    ...signalOf(context.input),
  })
  const report = placeOf(leaf, reportFile)
  const text = await workbench.read(dir, report)
  await workbench.write(dir, new Map([[report, null]]))
  if (text === undefined) return `exit code ${run.exitCode}: ${(run.stderr || run.stdout).trim().split('\n')[0] ?? ''}`
  const problems: Problems = new Map()
  const clean: string[] = []
  for (const file of JSON.parse(Buffer.from(text).toString('utf8')) as EslintFile[]) {
    const path = projectPath(file.filePath, files)
    const name = below(leaf, path)
    if (file.messages.length === 0 && name !== undefined && isPlainName(name)) clean.push(name)
    for (const { ruleId, severity, message, line } of file.messages) {
      const key = `${severity} ${path} ${ruleId ?? 'parsing'}`
      const known = problems.get(key)
      if (known === undefined) problems.set(key, { count: 1, example: `${message} (line ${line ?? 0})` })
      else known.count++
    }
  }
  return { problems, clean: clean.length > mostIgnored ? [] : clean }
}

const compareProblems = (before: Problems, after: Problems): LintOutcome => {
  const worse = [...after].filter(([key, { count }]) => count > (before.get(key)?.count ?? 0))
  const details = (severity: string): GateDetail[] =>
    worse
      .filter(([key]) => key.startsWith(severity))
      .map(([key, { count, example }]) => {
        const [, path, rule] = /^\d (.*) (\S+)$/.exec(key)!
        return {
          kind: 'lint',
          subject: path!,
          message: `${rule}: ${before.get(key)?.count ?? 0} became ${count}; ${example}`,
        }
      })
  return { errors: details('2'), warnings: details('1') }
}

/** What was there before of the problems that a tree has now: where it has none, none need be counted. */
const problemsBefore = async (
  context: GateContext,
  leaf: Leaf,
  base: string,
  { clean }: Linted,
): Promise<Problems | string> => {
  const some = clean.length === 0 ? '' : await lintTree(context, leaf, base, clean)
  // a pattern of the command that matches nothing but what is left out is an error to the linter
  const before = typeof some === 'string' ? await lintTree(context, leaf, base) : some
  return typeof before === 'string' ? before : before.problems
}

/**
 * Lints both trees by the project's own rules; under a raised floor both are linted by the raised ones. The patched one
 * comes first: of the untouched one only the files matter in which something was found.
 */
export const compareLint = async (
  context: GateContext,
  leaf: Leaf,
  base: string,
  patched: string,
): Promise<LintOutcome> => {
  const { workbench } = context.input
  const settings = context.changed.filter((path) => roleOf(path) === 'lint' || path === 'package.json')
  const raised = settings.map((path): [string, Uint8Array | null] => [
    path,
    context.patchedTree.get(path)?.content ?? null,
  ])
  if (raised.length > 0) await workbench.write(base, new Map(raised))
  if (isEslint(leaf)) {
    const after = await lintTree(context, leaf, patched)
    if (typeof after !== 'string' && after.problems.size === 0) return { errors: [], warnings: [] }
    const before = await problemsBefore(context, leaf, base, typeof after === 'string' ? nothingClean : after)
    if (typeof before === 'string') return { errors: [], warnings: [], notCompared: before }
    if (typeof after === 'string')
      return { errors: [{ kind: 'lint', subject: commandText(leaf), message: after }], warnings: [] }
    return compareProblems(before, after.problems)
  }
  return compareExit(context, leaf, base, patched)
}

const mending = /(?<=^|\s)--(fix|write|apply|apply-unsafe)(?=\s|$)/g

/** The tool as it only looks: one that mends what it finds is content with everything. */
const onlyLooking = (leaf: Leaf): Leaf => {
  const instead = /(^|\s|\/)prettier(\s|$)/.test(leaf.command) ? '--check' : ''
  const argv = leaf.argv.map((word) => word.replace(mending, instead))
  return { ...leaf, argv: argv.filter((word, at) => word !== '' || leaf.argv[at] === '') }
}

/** Tools without a report that we read: red after green is worse. */
export const compareExit = async (
  context: GateContext,
  leaf: Leaf,
  base: string,
  patched: string,
): Promise<LintOutcome> => {
  const look = onlyLooking(leaf)
  const run = (dir: string) => runLeaf(context.input.workbench, dir, look, context.limits, signalOf(context.input))
  const after = await run(patched)
  if (after.status === 'pass') return { errors: [], warnings: [] }
  const before = await run(base)
  if (before.exitCode !== 0)
    return { errors: [], warnings: [], notCompared: `it is red on the untouched code (exit code ${before.exitCode})` }
  return {
    errors: [
      {
        kind: leaf.kind === 'types' ? 'types' : 'lint',
        subject: commandText(leaf),
        message: plainMessage(after.outputTail),
      },
    ],
    warnings: [],
  }
}

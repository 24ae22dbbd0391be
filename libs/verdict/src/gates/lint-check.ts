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

const asJson = (leaf: Leaf): readonly string[] => {
  const extra = ['--format', 'json', '--output-file', reportFile]
  if (leaf.shell) return ['sh', '-c', `${leaf.command.replace(/\s--fix\b/g, '')} ${joinWords(extra)}`]
  return [...leaf.argv.filter((word) => word !== '--fix' && !word.startsWith('--max-warnings')), ...extra]
}

interface EslintFile {
  readonly filePath: string
  readonly messages: readonly { ruleId: string | null; severity: 1 | 2; message: string; line?: number }[]
}

const eslintProblems = async (context: GateContext, leaf: Leaf, dir: string): Promise<Problems | string> => {
  const { workbench } = context.input
  const files = new Set(await workbench.list(dir))
  const { timeoutMs, maxOutputBytes } = context.limits
  const run = await workbench.run({
    dir,
    argv: inFolder(leaf, asJson(leaf)),
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
  for (const file of JSON.parse(Buffer.from(text).toString('utf8')) as EslintFile[]) {
    const path = projectPath(file.filePath, files)
    for (const { ruleId, severity, message, line } of file.messages) {
      const key = `${severity} ${path} ${ruleId ?? 'parsing'}`
      const known = problems.get(key)
      if (known === undefined) problems.set(key, { count: 1, example: `${message} (line ${line ?? 0})` })
      else known.count++
    }
  }
  return problems
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

/** Lints both trees by the project's own rules; under a raised floor both are linted by the raised ones. */
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
    const [before, after] = await Promise.all([
      eslintProblems(context, leaf, base),
      eslintProblems(context, leaf, patched),
    ])
    if (typeof before === 'string') return { errors: [], warnings: [], notCompared: before }
    if (typeof after === 'string')
      return { errors: [{ kind: 'lint', subject: commandText(leaf), message: after }], warnings: [] }
    return compareProblems(before, after)
  }
  return compareExit(context, leaf, base, patched)
}

/** Tools without a report that we read: red after green is worse. */
export const compareExit = async (
  context: GateContext,
  leaf: Leaf,
  base: string,
  patched: string,
): Promise<LintOutcome> => {
  const run = (dir: string) => runLeaf(context.input.workbench, dir, leaf, context.limits, signalOf(context.input))
  const before = await run(base)
  if (before.exitCode !== 0)
    return { errors: [], warnings: [], notCompared: `it is red on the untouched code (exit code ${before.exitCode})` }
  const after = await run(patched)
  if (after.status === 'pass') return { errors: [], warnings: [] }
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

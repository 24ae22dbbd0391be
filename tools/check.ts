import path from 'node:path'
import { StepFailed, explain, runLogged, say, step } from './bootstrap/progress.mjs'
import { checkBoundaries } from './checks/boundaries.ts'
import { checkLock } from './checks/lock.ts'
import { checkProtos } from './checks/protos.ts'
import { checkTags } from './checks/tags.ts'
import { ensureGenerated } from './generate.ts'
import { bin, root } from './workspace.ts'

const tool = (name: string, args: readonly string[], hint: string) => (log: string) =>
  runLogged(bin(name), args, {
    cwd: root,
    logFile: log,
    title: name,
    hint,
    env: { ...process.env, NX_DAEMON: 'false' },
  })

/** Every static check by name. Each is also a word behind `npm run check --`. */
const checks: Readonly<Record<string, { title: string; run: (log: string) => Promise<void> }>> = {
  lock: { title: 'package-lock.json', run: checkLock },
  types: {
    title: 'types (tsc)',
    run: tool('tsc', ['-p', 'tsconfig.json', '--pretty', 'false'], 'mend the lines above, then npm run check -- types'),
  },
  lint: {
    title: 'lint (eslint)',
    run: tool(
      'eslint',
      [
        '.',
        '--max-warnings',
        '0',
        '--cache',
        '--cache-location',
        'node_modules/.cache/eslint/',
        '--cache-strategy',
        'content',
      ],
      'npx eslint --fix . mends some of it; npm run check -- lint repeats',
    ),
  },
  format: {
    title: 'format (prettier)',
    run: tool(
      'prettier',
      ['--check', '.', '--log-level', 'warn', '--cache', '--cache-location', 'node_modules/.cache/prettier/checked'],
      'npm run format writes them as they should be',
    ),
  },
  protos: { title: 'protos (buf lint, buf breaking)', run: checkProtos },
  boundaries: { title: 'boundaries (dependency-cruiser)', run: checkBoundaries },
  tags: { title: 'project tags (nx graph)', run: checkTags },
}

export const checkNames = Object.keys(checks)

/**
 * Runs checks, two at a time, all of them even when one fails. Returns the names of those that failed, each already
 * explained.
 */
export const runChecks = async (names: readonly string[] = checkNames): Promise<string[]> => {
  const failed: string[] = []
  const queue = [...names]
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const check = checks[name]!
      const log = path.join(root, '.iama/logs', `check-${name}.log`)
      try {
        await step(check.title, () => check.run(log))
      } catch (error) {
        failed.push(name)
        explain(error as Error)
      }
    }
  }
  await Promise.all([worker(), worker()])
  return failed
}

export const run = async (args: readonly string[]): Promise<number> => {
  const unknown = args.filter((name) => !checkNames.includes(name))
  if (unknown.length > 0)
    throw new StepFailed(`no check "${unknown.join('", "')}"`, { hint: `the checks are: ${checkNames.join(' ')}` })
  await ensureGenerated()
  const failed = await runChecks(args.length > 0 ? args : checkNames)
  say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

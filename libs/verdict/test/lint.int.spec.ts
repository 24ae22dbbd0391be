import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { openContext } from '../src/gates/open-context.ts'
import { compareExit, compareLint, type LintOutcome } from '../src/gates/lint-check.ts'
import { LocalWorkbench } from '../src/testing.ts'
import type { Leaf, VerifyInput } from '../src/types.ts'
import type { RunCommand } from '../src/workbench.ts'

const roots: string[] = []
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true })
})

/** Tells what it ran, as `dir: words behind the report's name`. */
class Watched extends LocalWorkbench {
  readonly ran: string[] = []

  override async run(command: RunCommand) {
    const words = command.argv.join(' ')
    this.ran.push(`${command.dir}: ${words.split('.iama-lint.json ')[1] ?? 'everything'}`)
    return super.run(command)
  }
}

const config = `export default [{ rules: { 'no-var': 'error', 'no-empty': 'warn' } }]\n`

type Files = Readonly<Record<string, string>>

/** Both trees with the repository's own ESLint, the base first. */
const open = async (base: Files, patched: Files) => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'iama-lint-'))
  roots.push(root)
  for (const [dir, files] of Object.entries({ base, patched })) {
    const all = { 'package.json': '{"type":"module"}', 'eslint.config.js': config, ...files }
    for (const [name, text] of Object.entries(all)) {
      await mkdir(path.dirname(path.join(root, dir, name)), { recursive: true })
      await writeFile(path.join(root, dir, name), text)
    }
    await symlink(path.join(import.meta.dirname, '../../../node_modules'), path.join(root, dir, 'node_modules'))
  }
  const workbench = new Watched(root)
  const sessions = { modules: [], sessions: [] }
  const input = { workbench, base: 'base', patched: 'patched', sessions, allow: {} } as unknown as VerifyInput
  return { workbench, context: await openContext(input) }
}

const leafOf = (command: string): Leaf =>
  ({ id: 'lint', kind: 'lint', command, argv: command.split(' '), runner: 'unknown', env: {} }) as unknown as Leaf

const lint = async (base: Files, patched: Files, command = 'eslint .') => {
  const { workbench, context } = await open(base, patched)
  const outcome: LintOutcome = await compareLint(context, leafOf(command), 'base', 'patched')
  return { outcome, ran: workbench.ran }
}

const fine = 'export const one = 1\n'
const bad = 'export var one = 1\n'

describe('the lint of two trees', () => {
  it('asks nothing of the untouched one when the patched one has no problem', async () => {
    const { outcome, ran } = await lint({ 'a.js': bad }, { 'a.js': fine })
    expect(outcome).toEqual({ errors: [], warnings: [] })
    expect(ran).toEqual(['patched: everything'])
  }, 60_000)

  it('counts what was there before in the files that have problems, and in no other', async () => {
    const base = { 'a.js': bad, 'lib/b.js': bad, 'c.js': fine }
    const { outcome, ran } = await lint(base, { ...base, 'lib/b.js': `${bad}export var two = 2\n` })
    expect(outcome.errors.map(({ subject, message }) => `${subject} ${message}`)).toEqual([
      'lib/b.js no-var: 1 became 2; Unexpected var, use let or const instead. (line 1)',
    ])
    expect(outcome.warnings).toEqual([])
    expect(ran).toEqual(['patched: everything', 'base: --ignore-pattern /c.js --ignore-pattern /eslint.config.js'])
  }, 60_000)

  it('counts all of it when the linter will not leave out what is clean', async () => {
    const wrapper = `if (process.argv.includes('--ignore-pattern')) process.exit(2)
await import(process.cwd() + '/node_modules/eslint/bin/eslint.js')
`
    const base = { 'a.js': bad, 'lib/b.js': fine, 'tools/eslint': wrapper, 'tools/package.json': '{"type":"module"}' }
    const { outcome, ran } = await lint(base, base, 'node tools/eslint a.js lib')
    expect(outcome).toEqual({ errors: [], warnings: [] })
    expect(ran).toEqual(['patched: everything', 'base: --ignore-pattern /lib/b.js', 'base: everything'])
  }, 60_000)

  it('is an error where the linter ends without a report on the patched one only, and not compared where on both', async () => {
    const broken = { 'eslint.config.js': 'throw new Error()\n' }
    const { outcome } = await lint({ 'a.js': fine }, { 'a.js': fine }, 'eslint nowhere.js')
    expect(outcome.notCompared).toMatch(/^exit code 2/)
    const both = await lint({ 'a.js': fine, ...broken }, { 'a.js': fine, ...broken })
    expect(both.outcome.notCompared).toMatch(/^exit code 2/)
    const one = await lint({ 'a.js': fine, 'b.js': fine }, { 'a.js': fine }, 'eslint a.js b.js')
    expect(one.outcome.errors.map(({ message }) => message)).toEqual([expect.stringMatching(/^exit code 2/)])
  }, 60_000)

  it('by a tool without a report: red after green is worse, red after red says nothing', async () => {
    const outcomes: LintOutcome[] = []
    for (const [before, after] of [
      ['0', '1'],
      ['1', '1'],
      ['1', '0'],
    ] as const) {
      const { context } = await open({ 'code.js': `process.exit(${before})` }, { 'code.js': `process.exit(${after})` })
      outcomes.push(await compareExit(context, leafOf('node code.js'), 'base', 'patched'))
    }
    expect(outcomes.map(({ errors, notCompared }) => [errors.length, notCompared])).toEqual([
      [1, undefined],
      [0, 'it is red on the untouched code (exit code 1)'],
      [0, undefined],
    ])
  }, 60_000)

  it('by a tool that would mend what it finds, which is only let look', async () => {
    const { context } = await open({ 'code.js': 'a();\n' }, { 'code.js': 'a( );\n' })
    for (const command of ['prettier --write code.js', 'node_modules/.bin/prettier code.js --write']) {
      const { errors } = await compareExit(context, leafOf(command), 'base', 'patched')
      expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('code.js')])
    }
  }, 60_000)
})

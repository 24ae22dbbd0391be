import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { testServers } from '@iama/testing/servers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readBoundaries } from '../checks/boundaries.ts'
import { readGraph, tagViolations } from '../checks/tags.ts'
import { testEnvironment } from '../stack/for-tests.ts'
import { nodeBinary } from '../workspace.ts'
import { temporaryWorkspace } from './temporary-workspace.ts'

const execute = promisify(execFile)

let workspace: ReturnType<typeof temporaryWorkspace>

/** Runs a program of node_modules in the workspace; what it says when it fails is the failure. */
const run = async (name: string, ...args: string[]): Promise<string> => {
  const bin = path.join(workspace.dir, 'node_modules/.bin')
  const env = {
    ...process.env,
    ...testEnvironment(testServers()),
    PATH: `${bin}:${process.env['PATH']}`,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
  }
  try {
    const { stdout } = await execute(path.join(bin, name), args, { cwd: workspace.dir, env, maxBuffer: 64 * 1024 ** 2 })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${name} ${args.join(' ')}:\n${stdout}\n${stderr}`, { cause: error })
  }
}

const generate = (...args: string[]): Promise<string> => run('nx', 'g', './tools/generators:service', ...args)

beforeAll(async () => {
  workspace = temporaryWorkspace()
  // The lint needs the types of the new service and of what it imports, not those of everything else.
  const tsconfig = { extends: './tsconfig.base.json', include: ['apps/payments'] }
  writeFileSync(path.join(workspace.dir, 'tsconfig.json'), JSON.stringify(tsconfig))
  await generate('payments')
  await run('buf', 'generate')
}, 300_000)

afterAll(() => workspace.remove())

describe('a generated service', () => {
  it('keeps the rules between layers, libraries and projects', async () => {
    const { violations } = await readBoundaries(workspace.dir)
    expect(violations.filter((line) => line.includes('payments'))).toEqual([])
    const graph = await readGraph(workspace.dir, path.join(workspace.dir, 'graph.log'))
    expect(graph.nodes['payments']?.data.tags).toEqual(['type:service', 'scope:payments'])
    expect(graph.dependencies['payments']!.map(({ target }) => target)).toContain('service')
    expect(tagViolations(graph).filter((line) => line.includes('payments'))).toEqual([])
  }, 300_000)

  it('has the types, the lint, the format and the contracts of the house', async () => {
    await run('tsc', '--noEmit', '-p', 'apps/payments/tsconfig.json')
    await run('eslint', 'apps/payments')
    await run(
      'prettier',
      '--check',
      'apps/payments',
      'proto/iama/payments',
      'libs/security/src/permissions.ts',
      'deploy/nats/streams.yaml',
    )
    await run('buf', 'lint')
  }, 600_000)

  it('builds to one file a program', async () => {
    await execute(nodeBinary, ['tools/build.ts', 'apps/payments'], { cwd: workspace.dir })
    const built = ['main.js', 'migrate.js'].map((file) => path.join(workspace.dir, 'apps/payments/dist', file))
    expect(built.map((file) => existsSync(file))).toEqual([true, true])
  }, 300_000)

  it('passes its own tests, on real servers', async () => {
    const report = path.join(workspace.dir, 'report.json')
    const jest = [
      'node_modules/jest/bin/jest.js',
      '--config',
      'apps/payments/jest.config.js',
      '--json',
      '--outputFile',
      report,
    ]
    await run('node', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest)
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
      string,
      number
    >
    expect({ numFailedTests, numPendingTests }).toEqual({ numFailedTests: 0, numPendingTests: 0 })
    expect(numPassedTests).toBeGreaterThanOrEqual(11)
  }, 300_000)
})

describe('the generator', () => {
  it('refuses a name that is taken, and leaves what is there as it is', async () => {
    const before = readFileSync(path.join(workspace.dir, 'apps/payments/src/main.ts'), 'utf8')
    await expect(generate('payments')).rejects.toThrow(/apps\/payments is already there: choose another name/)
    expect(readFileSync(path.join(workspace.dir, 'apps/payments/src/main.ts'), 'utf8')).toBe(before)
  }, 120_000)

  it.each(['Payments', 'pay-ments', '../evil', 'p', '9lives'])(
    'refuses the name %s',
    async (name) => {
      await expect(generate(name)).rejects.toThrow(/does not match|is not one lower-case word/)
    },
    60_000,
  )
})

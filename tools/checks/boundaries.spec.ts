import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readBoundaries, rules } from './boundaries.ts'

let workspace: string

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true })
  writeFileSync(path.join(workspace, file), text)
}

const installed = (name: string): void => {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }))
  write(`node_modules/${name}/index.js`, 'export const x = 1\n')
}

const linked = (name: string): void => {
  write(
    `libs/${name}/package.json`,
    JSON.stringify({ name: `@iama/${name}`, type: 'module', exports: { '.': './src/index.ts' } }),
  )
  write(`libs/${name}/src/index.ts`, 'export const x = 1\n')
  mkdirSync(path.join(workspace, 'node_modules/@iama'), { recursive: true })
  symlinkSync(path.join('../../libs', name), path.join(workspace, 'node_modules/@iama', name))
}

/** A small workspace that keeps every rule. */
beforeEach(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'iama-boundaries-'))
  for (const name of ['inversify', 'typeorm', '@temporalio/workflow', '@temporalio/client']) installed(name)
  for (const name of ['kernel', 'contracts', 'rpc']) linked(name)
  write('tools/stack/stack.ts', 'export const x = 1\n')
  write('apps/jobs/src/domain/job.ts', `import { x } from '@iama/kernel'\nexport const y = x\n`)
  write('apps/jobs/src/application/ports.ts', `export { y } from '../domain/job.ts'\n`)
  write('apps/jobs/src/application/start-job.ts', `import { y } from './ports.ts'\nexport const z = y\n`)
  write(
    'apps/jobs/src/infrastructure/rpc.ts',
    `import { x } from '@iama/contracts'\nimport { z } from '../application/start-job.ts'\nexport const r = x + z\n`,
  )
  write(
    'apps/jobs/src/container.ts',
    `import { x } from 'inversify'\nimport { r } from './infrastructure/rpc.ts'\nexport const c = x + r\n`,
  )
  write('apps/billing/src/domain/quota.ts', 'export const q = 1\n')
  write(
    'apps/worker/src/activities/analyze.ts',
    `import { x } from '@iama/rpc'\nexport const analyze = async (): Promise<number> => x\n`,
  )
  write(
    'apps/worker/src/workflows/refactor-job.ts',
    `import { x } from '@temporalio/workflow'\nimport type { analyze } from '../activities/analyze.ts'\nexport const w = (a: typeof analyze): unknown => [x, a]\n`,
  )
})

afterEach(() => rmSync(workspace, { recursive: true, force: true }))

const planted: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'domain-is-pure': ['apps/jobs/src/domain/planted.ts', `import { x } from 'typeorm'\nexport const p = x\n`],
  'application-knows-ports': [
    'apps/jobs/src/application/planted.ts',
    `import { r } from '../infrastructure/rpc.ts'\nexport const p = r\n`,
  ],
  'apps-are-apart': [
    'apps/jobs/src/infrastructure/planted.ts',
    `import { q } from '../../../billing/src/domain/quota.ts'\nexport const p = q\n`,
  ],
  'libs-know-no-app': [
    'libs/rpc/src/planted.ts',
    `import { q } from '../../../apps/billing/src/domain/quota.ts'\nexport const p = q\n`,
  ],
  'no-tools-at-run-time': [
    'apps/jobs/src/infrastructure/planted.ts',
    `import { x } from '../../../../tools/stack/stack.ts'\nexport const p = x\n`,
  ],
  'workflows-are-deterministic': [
    'apps/worker/src/workflows/planted.ts',
    `import { x } from '@temporalio/client'\nexport const p = x\n`,
  ],
  'inversify-in-the-container': [
    'apps/jobs/src/infrastructure/planted.ts',
    `import { x } from 'inversify'\nexport const p = x\n`,
  ],
  'contracts-at-the-border': ['apps/jobs/src/planted.ts', `import { x } from '@iama/contracts'\nexport const p = x\n`],
  'no-cycles': ['libs/rpc/src/planted.ts', `import { o } from './other.ts'\nexport const p = (): unknown => o\n`],
  'everything-resolves': ['libs/rpc/src/planted.ts', `import { x } from '@iama/misspelt'\nexport const p = x\n`],
}

const rulesFound = (violations: readonly string[]): string[] => [
  ...new Set(violations.map((line) => line.split(':')[0]!)),
]

describe('the boundary rules', () => {
  it('are kept by a workspace of the right shape, and every module of it is read', async () => {
    const { modules, violations } = await readBoundaries(workspace)
    expect(violations).toEqual([])
    expect(modules).toBe(12)
  })

  it('have a planted violation each', () => {
    expect(Object.keys(planted).sort()).toEqual(rules.forbidden!.map(({ name }) => name!).sort())
  })

  it.each(Object.entries(planted))('%s bites', async (rule, [file, text]) => {
    write(
      'libs/rpc/src/other.ts',
      rule === 'no-cycles' ? `import { p } from './planted.ts'\nexport const o = (): unknown => p\n` : '',
    )
    write(file, text)
    const { violations } = await readBoundaries(workspace)
    expect(rulesFound(violations)).toContain(rule)
    expect(violations.find((line) => line.startsWith(rule))).toContain(file)
  })

  it('let a domain test use a test library, but not the domain itself', async () => {
    write('apps/jobs/src/domain/job.spec.ts', `import { x } from 'typeorm'\nexport const p = x\n`)
    expect((await readBoundaries(workspace)).violations).toEqual([])
  })

  it('refuse node:fs in a domain', async () => {
    write('apps/jobs/src/domain/planted.ts', `import { readFileSync } from 'node:fs'\nexport const p = readFileSync\n`)
    expect(rulesFound((await readBoundaries(workspace)).violations)).toEqual(['domain-is-pure'])
  })

  it('are held against hundreds of modules of this very workspace', async () => {
    expect((await readBoundaries()).modules).toBeGreaterThan(200)
  })
})

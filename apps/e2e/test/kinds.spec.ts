import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { esm, jest, mocha, nodeTest, untested, vitest } from './kinds/javascript.ts'
import path from 'node:path'
import type { Sample } from './kinds/sample.ts'
import { build, references } from './kinds/typescript.ts'
import { alone, foreign, workspaces } from './kinds/workspaces.ts'
import { writeProject } from './projects.ts'
import { jsonLines, patchOf } from './reading.ts'
import { openSystem, type Said, type System } from './system.ts'

const MINUTE = 60_000
/** More would only wait for each other. */
const AT_ONCE = 3

const kinds: Readonly<Record<string, Sample>> = {
  'one with node:test': nodeTest,
  'an ESM-only package': esm,
  'one with no tests at all': untested,
  'a monorepo with workspaces': workspaces,
  'one with mocha': mocha,
  'one with vitest': vitest,
  'one with jest': jest,
  'a TypeScript package with a build step before its tests': build,
  'a TypeScript project with project references': references,
}

/** What became of a kind's job. */
interface Outcome {
  readonly said: Said
  /** Statuses by gate. */
  readonly gates: Readonly<Record<string, string>>
  readonly summaries: Readonly<Record<string, string>>
  /** Sessions that pin today's behaviour. */
  readonly sessions: number
  readonly changed: readonly string[]
}

interface Told {
  readonly attempted?: {
    readonly attempt: { readonly gates: readonly { gate: string; status: string; summary: string }[] }
  }
  readonly testsGenerated?: { readonly tests: { readonly sessions?: number } }
}

let system: System
const outcomes = new Map<string, Promise<Outcome>>()

const refactor = async ({ files, include = [] }: Sample, folder = ''): Promise<Outcome> => {
  const dir = path.join(await writeProject(files), folder)
  const scope = include.flatMap((glob) => ['--include', glob])
  const said = await system.iama(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes', ...scope])
  const told = said.jobId === '' ? [] : (jsonLines(await system.iama(['watch', said.jobId, '--json'])) as Told[])
  const gates = told.findLast(({ attempted }) => attempted !== undefined)?.attempted?.attempt.gates ?? []
  const changed = said.code === 0 ? (await patchOf(system, said.jobId)).patch.edits : []
  return {
    said,
    gates: Object.fromEntries(gates.map(({ gate, status }) => [gate, status])),
    summaries: Object.fromEntries(gates.map(({ gate, summary }) => [gate, summary])),
    sessions: told.find(({ testsGenerated }) => testsGenerated !== undefined)?.testsGenerated?.tests.sessions ?? 0,
    changed: [...new Set(changed.flatMap(({ operations }) => operations.map(({ path }) => path)))].sort(),
  }
}

beforeAll(async () => {
  system = await openSystem()
  const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve())
  for (const [n, [kind, sample]] of Object.entries(kinds).entries()) {
    const outcome = lanes[n % AT_ONCE]!.then(() => refactor(sample))
    outcomes.set(kind, outcome)
    // the lane goes on; what went wrong is told by the kind's own test, which awaits the outcome
    lanes[n % AT_ONCE] = Promise.allSettled([outcome])
  }
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

/** Gate 3 measures what the others rest on; it only warns, and on so little code its score says little. */
const green = {
  baseline: 'pass',
  characterization: 'pass',
  strength: expect.stringMatching(/^(pass|warn)$/),
  equivalence: 'pass',
  integrity: 'pass',
  surface: 'pass',
  scope: 'pass',
}

const outcomeOf = async (kind: string): Promise<Outcome> => {
  const outcome = await outcomes.get(kind)!
  const heard = outcome.said.code === 0 ? '' : outcome.said.stderr + outcome.said.stdout
  expect({ kind, code: outcome.said.code, heard }).toEqual({ kind, code: 0, heard: '' })
  return outcome
}

describe('a kind of project', () => {
  for (const [kind, sample] of Object.entries(kinds).filter(([, each]) => each !== untested)) {
    it(
      `is refactored and verified: ${kind}`,
      async () => {
        const { said, gates, summaries, sessions, changed } = await outcomeOf(kind)
        expect({ gates, summaries }).toEqual({ gates: green, summaries })
        expect(summaries['baseline']).toBe(`${sample.tests} tests green before and after`)
        expect(sessions).toBeGreaterThan(0)
        expect(changed).toEqual(sample.changes)
        expect(said.stderr).not.toContain('CHARACTERIZATION ONLY')
      },
      6 * MINUTE,
    )
  }

  it(
    'without tests is verified by characterization alone, and that is said loudly',
    async () => {
      const { said, gates, summaries, sessions, changed } = await outcomeOf('one with no tests at all')
      expect({ gates, summaries }).toEqual({
        gates: { ...green, baseline: 'not-applicable', characterization: 'warn' },
        summaries,
      })
      expect(summaries['baseline']).toBe('the project has no tests')
      expect(summaries['characterization']).toMatch(/of calls that were made up: the project has no tests$/)
      expect(sessions).toBeGreaterThan(0)
      expect(changed).toEqual(untested.changes)
      expect(said.stderr).toContain('no tests: only characterization will speak for a patch')
      expect(said.stderr).toMatch(/CHARACTERIZATION ONLY: this project has no tests.*Read the diff/)
    },
    6 * MINUTE,
  )

  it('is refused where a workspace is submitted without the one that it needs', async () => {
    const { said } = await refactor(workspaces, alone)
    expect(said).toMatchObject({ code: 2, jobId: '' })
    expect(said.stderr).toContain('packages/letter is a workspace and needs @sample/text from beside it')
    expect(said.stderr).toMatch(/iama refactor \S+ --include 'packages\/letter\/\*\*'/)
  })

  it(
    'is refused where its dependencies are in words that npm does not know',
    async () => {
      const { said } = await refactor(foreign)
      expect(said.code).toBe(5)
      expect(said.stderr).toMatch(/INSTALL_FAILED.*npm installs here, and does not know workspace:\*: write "\*"/s)
    },
    2 * MINUTE,
  )
})

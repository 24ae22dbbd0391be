import { afterAll, describe, expect, it } from '@jest/globals'
import { mutantsOf } from '@iama/mutants'
import { runLeaf } from '../src/baseline/run-leaf.ts'
import { readTree } from '../src/gates/context.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import { askSessions } from '../src/strength/ask-sessions.ts'
import { budgetOf } from '../src/strength/budget.ts'
import { writeCharacterizationTests } from '../src/written/write-characterization-tests.ts'
import { closeFixtures, openFixture } from './fixture.ts'

afterAll(closeFixtures)

const scope = { files: ['lib/index.js', 'lib/pad.js'] }

const record = async (says: string) => {
  const project = await openFixture('esm-whole')
  const { workbench, checks, edit } = project
  if (says === 'nothing') await edit('base', 'package.json', (text) => text.replace('  "type": "module",\n', ''))
  return { ...project, set: await recordSessions(workbench, 'base', checks, scope, { mutations: 0 }) }
}

describe.each(['module', 'nothing'])('an ES module with a value for require, where package.json says %s', (says) => {
  it('is recorded from both sides and found again by a replay', async () => {
    const { workbench, edit, set } = await record(says)
    expect(set.notCovered).toEqual([])
    expect(set.counts).toMatchObject({ notReproduced: 0, undriven: 0 })
    const labels = set.sessions.flatMap(({ steps }) => steps.map(({ label }) => label)).sort()
    expect(labels).toEqual([
      "frame('x')",
      "index('a small talk')",
      "index('two words')",
      "pad('v', 3)",
      "pad('y', 2)",
      "pad('z', 3)",
      "shout('loud')",
      "shout('named')",
    ])
    await workbench.fork('base', 'changed')
    await edit('changed', 'lib/index.js', (text) => text.replace('}!`', '}?`').replace('[${pad', '(${pad'))
    const { differences } = await replaySessions(workbench, 'changed', set)
    expect(differences.map(({ label }) => label).sort()).toEqual(["frame('x')", "shout('loud')", "shout('named')"])
  }, 60_000)

  it.each(['cjs', 'mjs'])(
    'is used by written tests as whoever requires it uses it: %s',
    async (ending) => {
      const { workbench, checks, set } = await record(says)
      const tree = await readTree(workbench, 'base')
      const files = [...tree.keys()].filter((file) => !file.startsWith('test/') || file.endsWith(ending))
      const project = { runner: 'node:test', moduleType: 'commonjs', files, tree } as const
      const written = [...writeCharacterizationTests(set, project)]
      expect(written.map(([file]) => file)).toEqual([
        `test/characterization-lib-index.test.${ending}`,
        `test/characterization-lib-pad.test.${ending}`,
      ])
      await workbench.write('base', new Map(written.map(([file, text]) => [file, Buffer.from(text)])))
      const { tests } = await runLeaf(
        workbench,
        'base',
        checks.leaves.find(({ kind }) => kind === 'test')!,
      )
      expect(tests.filter(({ status }) => status !== 'pass')).toEqual([])
      expect(tests.length).toBe(2 + set.sessions.length)
    },
    60_000,
  )

  it('is required by written tests in a folder that stays CommonJS', async () => {
    const { workbench, set } = await record(says)
    const said = { content: Buffer.from('{ "type": "commonjs" }'), executable: false }
    const tree = new Map([...(await readTree(workbench, 'base')), ['test/package.json', said]])
    const project = { runner: 'node:test', moduleType: 'module', files: ['test/a.test.js'], tree } as const
    const [[file, text]] = [...writeCharacterizationTests(set, project)] as [[string, string]]
    expect(file).toBe('test/characterization-lib-index.test.js')
    expect(text).toContain("= require('../lib/index.js')")
  }, 60_000)

  it('is loaded afresh for every mutant', async () => {
    const { workbench, set } = await record(says)
    const sources = new Map<string, string>()
    for (const file of scope.files) sources.set(file, Buffer.from((await workbench.read('base', file))!).toString())
    const mutants = [...sources].flatMap(([file, source]) => [...mutantsOf({ file, source })])
    await workbench.fork('base', 'asked')
    const asked = await askSessions(workbench, 'asked', set, sources, mutants, budgetOf().sessions)
    expect(asked).toMatchObject({ usable: set.sessions.length, tainted: 0 })
    const killed = new Set(mutants.filter((_, i) => asked.fates[i] === 'killed').map(({ scope: where }) => where))
    expect([...killed]).toEqual(expect.arrayContaining(['frame', 'pad', 'shout', 'title']))
  }, 60_000)
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { deepenSessions, type Deepened } from '../src/sessions/deepen-sessions.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { Exercise, SessionSet } from '../src/types.ts'
import { findWeakness } from '../src/strength/weak-places.ts'
import { writeCharacterizationTests } from '../src/written/write-characterization-tests.ts'
import { closeFixtures, openFixture, type Project } from './fixture.ts'

afterAll(closeFixtures)

const scope = { files: ['index.js', 'lib/money.js'] }

const exercise = (purpose: string, code: string): Exercise => ({ purpose, code })

const useful = exercise(
  'sets a counter back to nothing, and reads tags of what is no text',
  `import { counter, tags } from './index.js'
const count = counter(3)
count()
count.reset()
count()
tags(['#ab', '#ab'])
`,
)

describe('exercises for a project with tests', () => {
  let project: Project
  let set: SessionSet
  let deepened: Deepened

  const deepen = (exercises: readonly Exercise[]) => deepenSessions(project.workbench, 'base', set, scope, exercises)

  beforeAll(async () => {
    project = await openFixture('basket')
    set = await recordSessions(project.workbench, 'base', project.checks, scope, { mutations: 0 })
    deepened = await deepen([
      useful,
      exercise('stamps, by chance', `const { stamp } = require('./index.js')\nstamp('a')\n`),
      exercise('does what the tests do', `require('./lib/money').round(1.005)\n`),
      exercise('knows no such module', `import './nothing-here.js'\n`),
      exercise(
        'fails in the middle',
        `import { Basket } from './index.js'\nnew Basket().each(() => {})\nthrow new Error('enough')\n`,
      ),
    ])
  }, 120_000)

  it('are kept only where they are stable and see a fault that nobody saw', () => {
    const { report, set: after, weakPlaces } = deepened
    const added = after.sessions.filter(({ origin }) => origin === 'exercised')
    expect(added.length).toBe(report.kept)
    expect(after.sessions.length).toBe(set.sessions.length + report.kept)
    expect(after.counts).toMatchObject({ exercised: report.kept, kept: after.sessions.length })
    const labels = added.map(({ steps }) => steps.map(({ label }) => label).join('\n')).join('\n')
    expect(labels).toMatch(/reset\(\)/)
    expect(labels).not.toMatch(/stamp/)
    expect(labels).not.toMatch(/round\(1\.005\)/)
    expect(report.stable).toBeLessThan(report.recorded)
    expect(report.kept).toBeLessThanOrEqual(report.stable)
    expect(report.weakAfter).toBeLessThan(report.weakBefore)
    expect(weakPlaces.length).toBe(report.weakAfter)
  })

  it('say why they failed', () => {
    expect(deepened.report.failed).toEqual([
      { purpose: 'knows no such module', reason: expect.stringMatching(/Cannot find module .*nothing-here/) },
      { purpose: 'fails in the middle', reason: 'Error: enough' },
    ])
  })

  it('pin behaviour: the untouched code gives the same, and a fault that they see is told', async () => {
    const { workbench } = project
    const before = await replaySessions(workbench, 'base', deepened.set)
    expect(before).toMatchObject({ replayed: deepened.set.sessions.length, differences: [] })
    await workbench.fork('base', 'faulty')
    await project.edit('faulty', 'index.js', (text) => text.replace('n = to || 0', 'n = to || 1'))
    expect((await replaySessions(workbench, 'faulty', set)).differences).toEqual([])
    const { differences } = await replaySessions(workbench, 'faulty', deepened.set)
    expect(differences.map(({ before, after }) => [before, after])).toContainEqual(['returns 1', 'returns 2'])
  }, 60_000)

  it('are written as tests, which say where they come from', () => {
    const project = { runner: 'node:test', moduleType: 'commonjs', files: [] as string[] } as const
    const written = [...writeCharacterizationTests(deepened.set, project).values()].join('\n')
    expect(written).toContain('.reset()')
    expect(written).toContain('and from exercises written for it')
  })

  it('change nothing when they show nothing new', async () => {
    const { set: after, report } = await deepen([exercise('does nothing', 'export {}\n')])
    expect(after).toBe(set)
    expect(report).toMatchObject({ exercises: 1, failed: [], recorded: 0, stable: 0, kept: 0 })
    expect(report.weakAfter).toBe(report.weakBefore)
  }, 60_000)
})

describe('exercises for a project without tests', () => {
  it('pin what nothing pinned before', async () => {
    const { workbench, checks } = await openFixture('basket', 'node -e 0')
    const set = await recordSessions(workbench, 'base', checks, scope, { mutations: 0 })
    expect(set.sessions).toEqual([])
    const { planted, unseen } = await findWeakness(workbench, 'base', set, scope)
    expect(unseen.length).toBe(planted)
    const { set: after, report } = await deepenSessions(workbench, 'base', set, scope, [useful])
    expect(report.kept).toBeGreaterThan(0)
    expect(after.covered.map(({ module }) => module)).toContain('index.js')
    expect(after.notCovered.map(({ module }) => module)).not.toContain('index.js')
  }, 60_000)
})

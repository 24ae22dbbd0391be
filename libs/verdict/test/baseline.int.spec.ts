import { afterAll, describe, expect, it } from '@jest/globals'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { runLeaf } from '../src/baseline/run-leaf.ts'
import { closeFixtures, openFixture } from './fixture.ts'

afterAll(closeFixtures)

const text = (content: string) => Buffer.from(content)

describe('the baseline', () => {
  it('tells the tests of node:test one by one and leaves the base untouched', async () => {
    const { workbench, checks } = await openFixture('basket')
    const before = await workbench.list('base')
    const report = await runBaseline(workbench, 'base', checks)
    expect(report).toMatchObject({ status: 'green', failures: [], written: [] })
    expect(report.leaves).toHaveLength(1)
    expect(report.leaves[0]!.tests.map((test) => test.id)).toContain(
      'test/basket.test.js > counters keep their own count',
    )
    expect(report.notRun).toEqual([{ id: 'posttest#0', command: 'npm audit', reason: 'needs a network' }])
    expect(await workbench.list('base')).toEqual(before)
  })

  it('reads TAP from any script and falls back to the exit code', async () => {
    const { workbench, checks } = await openFixture('printer')
    const report = await runBaseline(workbench, 'base', checks)
    expect(report.leaves.flatMap((leaf) => leaf.tests.map((test) => `${test.status} ${test.id}`))).toEqual([
      'pass doubles > should be equal',
      'pass doubles > should be equal #2',
      'pass keeps its name > has a name',
      'pass test#1 ends well',
    ])
  })

  it('lists failing tests with their messages', async () => {
    const { workbench, checks, edit } = await openFixture('basket')
    await edit('base', 'lib/money.js', (source) => source.replace('amount * 100) / 100', 'amount)'))
    const report = await runBaseline(workbench, 'base', checks)
    expect(report.status).toBe('red')
    expect(report.failures.map((failure) => failure.id)).toContain('test/basket.test.js > a basket adds up')
    expect(report.failures[0]!.message).toMatch(/Expected values to be strictly equal/)
  })

  it('kills a test that hangs and says so', async () => {
    const { workbench, checks } = await openFixture('printer')
    await workbench.write('base', new Map([['plain.js', text('console.log("started"); setInterval(() => {}, 1000)')]]))
    const leaf = checks.leaves[1]!
    const report = await runLeaf(workbench, 'base', leaf, { timeoutMs: 4_000, maxOutputBytes: 10_000 })
    expect(report.status).toBe('timed-out')
    expect(report.notes).toEqual(['killed after 4 s, the limit of one command'])
    expect(report.tests).toMatchObject([{ id: 'test#1 ends well', status: 'fail' }])
    expect(report.outputTail).toBe('started')
  })

  it('is red when the process dies though every printed point was ok', async () => {
    const { workbench, checks } = await openFixture('printer')
    await workbench.write(
      'base',
      new Map([['tap.js', text('console.log("TAP version 13\\nok 1 a\\n1..1"); process.exit(3)')]]),
    )
    const report = await runBaseline(workbench, 'base', checks)
    expect(report.failures[0]).toMatchObject({
      id: 'test#0 ends well',
      message: expect.stringContaining('exit code 3'),
    })
  })

  it('carries snapshots that the run wrote and names the tests that passed only by writing them', async () => {
    const { workbench, checks } = await openFixture('printer')
    const script = `const fs = require('fs')
      const known = fs.existsSync('__snapshots__/a.snap')
      console.log('TAP version 13\\n' + (known || !process.env.CI ? 'ok' : 'not ok') + ' 1 matches\\n1..1')
      if (!known && !process.env.CI) { fs.mkdirSync('__snapshots__'); fs.writeFileSync('__snapshots__/a.snap', 'x') }`
    await workbench.write('base', new Map([['tap.js', text(script)]]))
    const report = await runBaseline(workbench, 'base', checks)
    expect(report.written).toEqual([{ path: '__snapshots__/a.snap', content: 'eA==' }])
    expect(report.snapshotOnly).toEqual(['matches'])
  })
})

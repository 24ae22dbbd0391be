import { afterAll, describe, expect, it } from '@jest/globals'
import { runLeaf } from '../src/baseline/run-leaf.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import type { Runner } from '../src/types.ts'
import { writeCharacterizationTests } from '../src/written/write-characterization-tests.ts'
import { closeFixtures, openFixture } from './fixture.ts'

afterAll(closeFixtures)

const write = async (
  name: string,
  files: string[],
  moduleType: 'commonjs' | 'module',
  runner: Runner = 'node:test',
) => {
  const project = await openFixture(name)
  const { workbench, checks } = project
  const sessions = await recordSessions(workbench, 'base', checks, { files })
  const written = writeCharacterizationTests(sessions, { runner, moduleType, files: await workbench.list('base') })
  return { project, written }
}

describe('written characterization tests', () => {
  it('are readable, green on the code they were recorded from, and red on changed code', async () => {
    const { project, written } = await write('basket', ['index.js', 'lib/money.js'], 'commonjs')
    expect([...written.keys()]).toEqual([
      'test/characterization-index.test.js',
      'test/characterization-lib-money.test.js',
    ])
    const text = written.get('test/characterization-index.test.js')!
    expect(text).toContain(
      [
        `test("new Basket(), then its result.add('gift')", () => {`,
        '  const result1 = new subject.Basket()',
        "  assert.strictEqual(result1.add('tea', 2.5), result1)",
        "  assert.strictEqual(result1.add('cup', 4, 2), result1)",
        '  assert.deepStrictEqual(result1.total(), 10.5)',
        "  assert.throws(() => result1.add('gift'), { name: 'TypeError', message: 'no price for gift' })",
        '})',
      ].join('\n'),
    )
    const { workbench, checks, edit } = project
    const files = new Map([...written].map(([path, content]) => [path, Buffer.from(content)]))
    await workbench.write('base', files)
    const green = await runLeaf(
      workbench,
      'base',
      checks.leaves.find(({ kind }) => kind === 'test')!,
    )
    expect(green.tests.filter((test) => test.status === 'fail')).toEqual([])
    expect(green.tests.length).toBeGreaterThan(11 + 12)
    await edit('base', 'lib/money.js', (source) => source.replace('* 100) / 100', '* 10) / 10'))
    const red = await runLeaf(
      workbench,
      'base',
      checks.leaves.find(({ kind }) => kind === 'test')!,
    )
    expect(
      red.tests.filter((test) => test.status === 'fail' && test.id.includes('characterization')).length,
    ).toBeGreaterThan(0)
  }, 30_000)

  it('import ES modules and TypeScript as their runner wants them', async () => {
    for (const [name, files] of [
      ['esm-text', ['src/index.js', 'src/pad.js']],
      ['typed', ['src/shop.ts']],
    ] as const) {
      const { project, written } = await write(name, [...files], 'module')
      expect(written.size).toBeGreaterThan(0)
      await project.workbench.write(
        'base',
        new Map([...written].map(([path, content]) => [path, Buffer.from(content)])),
      )
      const leaf = { ...project.checks.leaves[0]!, argv: ['node', '--test', ...written.keys()] }
      const report = await runLeaf(project.workbench, 'base', leaf)
      expect(report).toMatchObject({ status: 'pass' })
      expect(report.tests.length).toBeGreaterThan(0)
    }
  }, 30_000)

  it('speak the language of each runner', async () => {
    const { project } = await write('printer', ['double.js'], 'commonjs')
    const sessions = await recordSessions(project.workbench, 'base', project.checks, { files: ['double.js'] })
    const lines = (runner: Runner) =>
      [...writeCharacterizationTests(sessions, { runner, moduleType: 'commonjs', files: ['test/a.js'] }).values()][0]!
        .split('\n')
        .filter((line) => /equal|expect|strictSame|toStrict/i.test(line))[0]
    expect(lines('tape')).toBe('  t.deepEqual(double(2), 4)')
    expect(lines('tap')).toBe('  t.strictSame(double(2), 4)')
    expect(lines('mocha')).toBe('  assert.deepStrictEqual(double(2), 4)')
    expect(lines('jest')).toBe('  expect(double(2)).toStrictEqual(4)')
    expect(lines('ava')).toBe('  t.deepEqual(double(2), 4)')
  }, 30_000)
})

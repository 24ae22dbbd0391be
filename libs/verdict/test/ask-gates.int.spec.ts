import { readdir } from 'node:fs/promises'
import { afterAll, describe, expect, it } from '@jest/globals'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { laneCount } from '../src/lanes.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { verify } from '../src/verify.ts'
import type { RunCommand, Workbench } from '../src/workbench.ts'
import { applyChanges, closeFixtures, fewSessions, openFixture, type Change } from './fixture.ts'

afterAll(closeFixtures)

const scope = { files: ['double.js'] }

const judge = async (change: Change, signal?: AbortSignal, onRun: (n: number) => void = () => undefined) => {
  const project = await openFixture('printer')
  const { workbench, checks } = project
  const baseline = await runBaseline(workbench, 'base', checks)
  const sessions = await recordSessions(workbench, 'base', checks, scope, { baseline, mutations: 0 })
  const patch = await applyChanges(project, [change])
  const beside = { now: 0, most: 0 }
  let begun = 0
  const run = async (command: RunCommand) => {
    if (command.argv.includes('--version')) return workbench.run(command)
    beside.most = Math.max(beside.most, ++beside.now)
    const running = workbench.run(command)
    onRun(++begun)
    return await running.finally(() => beside.now--)
  }
  const watched: Workbench = Object.assign(Object.create(workbench) as Workbench, { run })
  const judged = verify({
    ...{ workbench: watched, base: 'base', patched: 'patched', patch, checks, baseline, sessions, scope, allow: {} },
    ...{ seed: 1, equivalence: fewSessions, ...(signal ? { signal } : {}) },
  })
  return { judged, beside, left: async () => (await readdir(project.root)).sort() }
}

const harmless: Change = { file: 'double.js', anchor: 'return value + value', text: 'return (value + value)' }
const wider: Change = { file: 'double.js', anchor: 'double(value) {', text: 'double(value, _more) {' }

describe('gates side by side', () => {
  it('run two commands at once, and leave nothing behind', async () => {
    const { judged, beside, left } = await judge(harmless)
    expect((await judged).result).toBe('pass')
    expect(beside).toEqual({ now: 0, most: laneCount })
    expect(await left()).toEqual(['base', 'patched'])
  }, 60_000)

  it('drop what was begun when a slow gate turns out red', async () => {
    const { judged, beside, left } = await judge(wider)
    const { gates, commits } = await judged
    const of = (gate: string) => gates.find((each) => each.gate === gate)!
    expect([of('baseline'), of('characterization')].map(({ status }) => status)).toEqual(['pass', 'pass'])
    expect(of('surface').status).toBe('fail')
    expect(of('strength')).toMatchObject({
      status: 'not-applicable',
      summary: 'not measured: the patch is red at gate 6',
    })
    expect(commits).toEqual([])
    expect(beside.now).toBe(0)
    expect(await left()).toEqual(['base', 'patched'])
  }, 60_000)

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'end when the caller gives up at command %i, and say so',
    async (last) => {
      const over = new AbortController()
      const { judged, beside } = await judge(harmless, over.signal, (n) => {
        if (n === last) over.abort(new Error('nobody waits'))
      })
      await expect(judged).rejects.toThrow('nobody waits')
      expect(beside.now).toBe(0)
    },
    60_000,
  )
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { healthy, writeProject } from './projects.ts'
import { startSystem, type OwnSystem } from './system.ts'

let system: OwnSystem
const MINUTE = 60_000

beforeAll(async () => {
  system = await startSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

// The step of the job during which the victim is killed.
const moments: readonly (readonly [string, RegExp])[] = [
  ['worker', /ANALYZING/],
  ['jobs', /proposals/],
  ['sandbox', /GENERATING_TESTS/],
  ['gateway', /BASELINE_VALIDATION/],
  ['nats', /ANALYZING/],
  ['postgres', /REFACTORING/],
]

describe('killed in the middle of a job', () => {
  it.each(moments)(
    '%s comes back, and the job ends well, with nothing done twice',
    async (victim, moment) => {
      const dir = await writeProject(healthy)
      const job = system.begin(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes'])
      await job.said(moment)
      system.stack.process(victim).kill('SIGKILL')
      const { code, stderr, jobId } = await job.ended
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
      expect((await system.iama(['accept', jobId])).code).toBe(0)
      const audit = await system.iama(['audit', 'verify'])
      expect({ code: audit.code, stderr: audit.code === 0 ? '' : audit.stderr }).toEqual({ code: 0, stderr: '' })
    },
    3 * MINUTE,
  )
})

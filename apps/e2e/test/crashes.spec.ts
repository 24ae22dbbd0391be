import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { healthy, writeProject } from './projects.ts'
import { startSystem, type System } from './system.ts'

let system: System
const MINUTE = 60_000

beforeAll(async () => {
  system = await startSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

describe('killed in the middle of a job', () => {
  it.each(['worker', 'jobs', 'sandbox', 'gateway', 'nats', 'postgres'])(
    '%s comes back, and the job ends well',
    async (victim) => {
      const dir = await writeProject(healthy)
      const job = system.iama(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes'])
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await system.stack.process(victim).kill('SIGKILL')
      const { code, stderr } = await job
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    },
    3 * MINUTE,
  )
})

import { randomUUID } from 'node:crypto'

import { Code, ConnectError } from '@connectrpc/connect'
import { MonitoringService, type KillJobsRequest } from '@iama/contracts/iama/monitoring/v1/service'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { startCli, type CliProcess } from './cli-process.ts'

const [job, tenant] = [randomUUID(), randomUUID()]

let cli: CliProcess
/** What the server of these tests was asked to kill. */
let asked: KillJobsRequest['which'][]
/** What it answers, one after the other. */
let answers: { killed?: string[]; spared?: string[]; more?: boolean }[]

beforeEach(async () => {
  asked = []
  answers = []
  cli = await startCli((router) =>
    router.service(MonitoringService, {
      killJobs: ({ which }) => {
        asked.push(which)
        const answer = answers.shift()
        if (!answer) throw new ConnectError('this is about all tenants', Code.PermissionDenied)
        return answer
      },
    }),
  )
})

afterEach(() => cli.stop())

const iama = async (...args: readonly string[]) => await cli.iama(['kill', ...args])

describe('iama kill', () => {
  it('ends one job without asking, and names it', async () => {
    answers = [{ killed: [job] }]
    expect(await iama('--job', job.toUpperCase())).toMatchObject({ code: 0, stdout: `${job}\n` })
    expect(asked).toEqual([{ case: 'jobId', value: job }])
  })

  it('goes on until all of a tenant are ended', async () => {
    const others = [randomUUID(), randomUUID()]
    answers = [{ killed: [job], more: true }, { killed: others }]
    const { code, stdout, stderr } = await iama('--tenant', tenant, '--yes', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([0, { type: 'kill', killed: [job, ...others], spared: [] }])
    expect(stderr).toContain('3 jobs killed')
    expect(asked).toEqual(Array(2).fill({ case: 'tenantId', value: tenant }))
  })

  it('ends when none of those that are left can be ended, and says which go on', async () => {
    answers = [{ killed: [], spared: [job], more: true }]
    const { code, stderr } = await iama('--all', '--yes')
    expect(code).toBe(5)
    expect(stderr).toContain(`could not be ended: ${job}`)
    expect(asked).toEqual([{ case: 'all', value: true }])
  })

  it('ends nothing unless it is said whose jobs are meant', async () => {
    const unsaid = 'Give one of --job ID, --tenant ID or --all.'
    for (const args of [['--yes'], ['--all', '--tenant', tenant, '--yes']]) {
      expect(await iama(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(unsaid) })
    }
    expect((await iama('--tenant', 'acme', '--yes')).code).toBe(2)
    expect((await iama('--job', 'first')).code).toBe(2)
    expect(asked).toEqual([])
  })

  it('ends no more than one without being sure', async () => {
    const all = await iama('--all')
    expect(all).toMatchObject({ code: 2, stderr: expect.stringContaining('ALL open jobs of ALL tenants') })
    expect(all.stderr).toContain('--yes says that it is meant')
    expect(asked).toEqual([])
  })

  it('says that it is refused', async () => {
    expect(await iama('--all', '--yes')).toMatchObject({ code: 4, stderr: expect.stringContaining('all tenants') })
  })
})

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { JobState } from '@iama/contracts/iama/jobs/v1/job'
import { MonitoringService } from '@iama/contracts/iama/monitoring/v1/service'
import { startModelServer, type Behaviour, type ModelCall, type ModelServer } from '@iama/testing/model-server'
import { eventually } from '@iama/testing/servers'
import { jobsOf, publicApi, startJob } from './ide.ts'
import { goodTotal, modelsFile, promptOf, scriptShop, shop } from './scripted-model.ts'
import { startSystem, type OwnSystem, type System } from './system.ts'

let system: OwnSystem
let stranger: System
let provider: ModelServer
const MINUTE = 60_000
/** From the moment at which the cause was committed to the closing of the provider's connection. */
const MOST_CLOSING_MS = 2_000
const GRACE_MS = 3_000
const goal = 'make total readable'
const endless: Behaviour = { text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 }

beforeAll(async () => {
  provider = await startModelServer()
  const file = await modelsFile({
    lab: { url: provider.url, models: [{ model: 'gpt-4o', price: { input: 2.5, cached: 1.25, output: 10 } }] },
  })
  system = await startSystem({
    router: { MODELS_FILE: file },
    jobs: { HEARTBEAT_GRACE_SECONDS: String(GRACE_MS / 1_000) },
  })
  stranger = { ...system, credentials: await system.stranger() }
}, 4 * MINUTE)
afterAll(async () => {
  await system?.stop()
  await provider?.stop()
}, MINUTE)
beforeEach(() => provider.reset())

/** The shop, with a word in its code by which a call of the model is known as this job's. */
const marked = (mark: string) => ({ ...shop, 'cart.js': `${shop['cart.js'] as string}\n// the shop of ${mark}\n` })

const isEndless = ({ behaviour }: ModelCall): boolean =>
  (behaviour as { repeat?: number } | undefined)?.repeat === Infinity

/** The call in which the model writes for a job without end, once it writes. */
const writingFor = (mark: string): Promise<ModelCall> =>
  eventually(
    `the model writes for ${mark}`,
    async () =>
      provider.calls.find(
        (call) => isEndless(call) && call.chunksSent > 3 && promptOf(call.request).includes(`the shop of ${mark}`),
      ),
    3 * MINUTE,
  )

/** @returns the time from the given moment to the closing of the connection, in milliseconds */
const closedAfter = async (call: ModelCall, committed: number, what: string): Promise<number> => {
  const ended = await eventually('the connection is closed', async () => call.endedAt, MINUTE)
  expect(call.ended).toBe('closed-by-client')
  process.stderr.write(`${what}: the provider's connection closed after ${ended - committed} ms\n`)
  return ended - committed
}

const jobOf = async (jobId: string, of: System = system) => (await (await jobsOf(of)).getJob({ jobId })).job!

const inState = (jobId: string, state: JobState) =>
  eventually(
    `the job is in state ${state}`,
    async () => {
      const job = await jobOf(jobId)
      return job.state === state ? job : undefined
    },
    2 * MINUTE,
  )

interface Cost {
  readonly costMicros: string
  readonly lines: readonly { calls: number; outputTokens: string }[]
}

const costOf = async (jobId: string): Promise<{ calls: number; output: number; micros: number }> => {
  const { costMicros, lines } = JSON.parse((await system.iama(['cost', jobId, '--json'])).stdout) as Cost
  return {
    calls: lines.reduce((all, { calls }) => all + calls, 0),
    output: lines.reduce((all, { outputTokens }) => all + Number(outputTokens), 0),
    micros: Number(costMicros),
  }
}

/** What left the provider is billed, but for what was on its way when the connection closed; and nothing after that. */
const expectBilledOnce = async (jobId: string): Promise<void> => {
  const sent = () => provider.calls.reduce((all, { tokensSent }) => all + tokensSent, 0)
  const before = sent()
  const cost = await eventually(
    'every call is billed',
    async () => {
      const billed = await costOf(jobId)
      return billed.calls === provider.calls.length ? billed : undefined
    },
    MINUTE,
  )
  expect(cost.output).toBeLessThanOrEqual(before)
  // some chunks may have been on their way when the connection was closed
  expect(cost.output).toBeGreaterThan(before - 200)
  await sleep(500)
  expect(sent()).toBe(before)
  expect(await costOf(jobId)).toEqual(cost)
}

describe('the kill switch', () => {
  const operate = async () => createClient(MonitoringService, await publicApi(system))

  it(
    'stops one job, then a tenant, then all, each within 2 s',
    async () => {
      scriptShop(provider, endless)
      const asked = { goal, attached: false }
      const [first, second, theirs] = [
        await startJob(system, marked('first'), asked),
        await startJob(system, marked('second'), asked),
        await startJob(stranger, marked('theirs'), asked),
      ] as const
      const calls = [await writingFor('first'), await writingFor('second'), await writingFor('theirs')] as const
      const monitoring = await operate()
      const kill = async (which: Parameters<typeof monitoring.killJobs>[0]['which']) => {
        const { killed } = await monitoring.killJobs({ which: which! })
        return { killed, at: Date.now() }
      }
      const refused = await system.iama(['kill', '--job', first])
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('OPERATOR_TENANTS')])
      const { tenantId } = await jobOf(first)
      await system.stack.process('monitoring').restartWith({ OPERATOR_TENANTS: tenantId })
      const one = await eventually(
        'monitoring is back',
        () => kill({ case: 'jobId', value: first }).catch(() => undefined),
        MINUTE,
      )

      expect(one.killed).toEqual([first])
      expect(await closedAfter(calls[0], one.at, 'kill of one job')).toBeLessThan(MOST_CLOSING_MS)
      expect(calls[1].ended).toBeUndefined()
      expect(await jobOf(first)).toMatchObject({ state: JobState.CANCELLED, failureCode: 'KILLED' })
      expect((await system.iama(['watch', first])).stderr).toContain('KILLED')

      const ours = await kill({ case: 'tenantId', value: tenantId })
      expect(ours.killed).toEqual([second])
      expect(await closedAfter(calls[1], ours.at, 'kill of a tenant')).toBeLessThan(MOST_CLOSING_MS)
      expect(calls[2].ended).toBeUndefined()

      const all = await kill({ case: 'all', value: true })
      expect(all.killed).toContain(theirs)
      expect(await closedAfter(calls[2], all.at, 'kill of all')).toBeLessThan(MOST_CLOSING_MS)
      expect(await jobOf(theirs, stranger)).toMatchObject({ state: JobState.CANCELLED, failureCode: 'KILLED' })
      expect(provider.open).toBe(0)
      const again = await system.iama(['kill', '--all', '--yes'])
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('no open job was there')])
    },
    4 * MINUTE,
  )
})

describe('a job stops', () => {
  it(
    'when its client falls silent: once the grace is over, and says so',
    async () => {
      scriptShop(provider, endless)
      const jobs = await jobsOf(system)
      const jobId = await startJob(system, marked('silent'), { goal, attached: true })
      const company = new AbortController()
      let seen = Date.now()
      const beating = (async () => {
        while (!company.signal.aborted) {
          await jobs.heartbeat({ jobId })
          seen = Date.now()
          await sleep(500)
        }
      })()
      const call = await writingFor('silent').finally(() => company.abort())
      await beating
      const took = await closedAfter(call, seen, 'silence (with its grace of 3 s)')
      expect(took).toBeGreaterThan(GRACE_MS - 500)
      expect(took).toBeLessThan(GRACE_MS + GRACE_MS / 4 + MOST_CLOSING_MS)
      const waits = await inState(jobId, JobState.WAITING_INTERVENTION)
      expect(waits).toMatchObject({ waitingReason: 'HEARTBEAT_LOST', resumeState: JobState.REFACTORING })
      expect(waits.failureMessage).toContain('for 3 s')
      await expectBilledOnce(jobId)
      await jobs.cancelJob({ jobId, requestId: randomUUID() })
    },
    3 * MINUTE,
  )

  it(
    'when its spec is edited: it waits for the approval again, its attempts forgotten, and can go on',
    async () => {
      scriptShop(provider, 'No JSON.', 'Still none.', endless)
      const jobs = await jobsOf(system)
      const jobId = await startJob(system, marked('edited'), { goal, attached: false })
      const call = await writingFor('edited')
      const before = await jobOf(jobId)
      expect(before).toMatchObject({ state: JobState.SELF_HEALING, attempts: 1 })
      const { spec } = await jobs.getSpec({ jobId })
      const sdd = `${spec!.sdd}\nAnd keep the names.\n`
      const { bdd, revisionToken } = spec!
      await jobs.updateSpec({ jobId, requestId: randomUUID(), revisionToken, bdd, sdd })
      expect(await closedAfter(call, Date.now(), 'edit of the spec')).toBeLessThan(MOST_CLOSING_MS)
      const waits = await jobOf(jobId)
      expect(waits).toMatchObject({ state: JobState.WAITING_SPEC_APPROVAL, attempts: 0 })
      expect(waits.epoch).toBe(before.epoch + 1n)
      await expectBilledOnce(jobId)

      scriptShop(provider, goodTotal)
      const edited = await jobs.getSpec({ jobId })
      await jobs.approveSpec({ jobId, requestId: randomUUID(), revisionToken: edited.spec!.revisionToken })
      // the first of a new round, not one more
      expect(await inState(jobId, JobState.DELIVERED)).toMatchObject({ attempts: 1 })
    },
    4 * MINUTE,
  )

  it(
    'when its budget is reached in the middle: no call is begun that it could not pay',
    async () => {
      const long = { text: 'word '.repeat(12_000), tokensPerChunk: 500 }
      scriptShop(provider, long, goodTotal)
      const budgetMicros = 250_000n
      const jobId = await startJob(system, marked('poor'), { goal, attached: false, budgetMicros })
      const waits = await inState(jobId, JobState.WAITING_INTERVENTION)
      expect(waits).toMatchObject({ waitingReason: 'BUDGET_REACHED' })
      expect(provider.open).toBe(0)
      expect(provider.calls.filter(({ behaviour }) => behaviour === long)).toHaveLength(1)
      await expectBilledOnce(jobId)
      const { micros } = await costOf(jobId)
      expect(micros).toBeGreaterThan(120_000)
      expect(micros).toBeLessThanOrEqual(Number(budgetMicros))
    },
    3 * MINUTE,
  )
})

describe('a worker that is killed in the middle of a stream', () => {
  it(
    'leaves no connection open: the call is paid for once, and made again within the heartbeat timeout',
    async () => {
      scriptShop(provider, endless, goodTotal)
      // twice the most that a call may cost would not fit: a reservation that is never settled would end the job
      const budgetMicros = 250_000n
      const jobId = await startJob(system, marked('killed'), { goal, attached: false, budgetMicros })
      const call = await writingFor('killed')
      const killed = Date.now()
      system.stack.process('worker').kill('SIGKILL')
      expect(await closedAfter(call, killed, 'death of the worker')).toBeLessThan(MOST_CLOSING_MS)
      await expectBilledOnce(jobId)

      const again = await eventually(
        'the call is made again',
        async () => provider.calls.find(({ startedAt }) => startedAt > killed),
        2 * MINUTE,
      )
      process.stderr.write(`death of the worker: the call was made again after ${again.startedAt - killed} ms\n`)
      expect(again.startedAt - killed).toBeLessThan(100_000)
      await inState(jobId, JobState.DELIVERED)
      await expectBilledOnce(jobId)
    },
    5 * MINUTE,
  )
})

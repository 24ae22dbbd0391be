import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testServers } from '@iama/testing/servers'
import { ApplicationFailure, Context } from '@temporalio/activity'
import { Client, Connection } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Errands } from './fixtures/errands.ts'

const taskQueue = `errands-${randomUUID()}`
const quiet = new DefaultLogger('ERROR')
/** How each activity was asked, in order. */
const asked: string[] = []

const ask = (name: string): boolean => {
  const { isLocal } = Context.current().info
  asked.push(`${name} ${isLocal ? 'at once' : 'in the queue'}`)
  return isLocal
}

const activities: Errands = {
  answer: async () => (ask('answer'), 'answered'),
  answerLater: async () => {
    if (ask('answerLater')) throw ApplicationFailure.retryable('it is away', 'UNAVAILABLE')
    return 'answered later'
  },
  refuse: async () => {
    ask('refuse')
    throw ApplicationFailure.nonRetryable('no', 'STALE')
  },
}

let client: Client
let native: NativeConnection
let running: Promise<void>
let worker: Worker

beforeAll(async () => {
  const { temporalAddress: address } = testServers()
  Runtime.install({ logger: quiet })
  native = await NativeConnection.connect({ address })
  const workflowsPath = path.join(import.meta.dirname, 'fixtures/errands.ts')
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quiet })
  worker = await Worker.create({ connection: native, taskQueue, workflowBundle, activities })
  running = worker.run()
  client = new Client({ connection: await Connection.connect({ address }) })
}, 60_000)

afterAll(async () => {
  worker.shutdown()
  await running
  await client.connection.close()
  await native.close()
})

describe('what is a call or two of our own services', () => {
  it('is asked within the workflow’s task, in the queue when it fails, and no more when it is refused', async () => {
    const workflowId = `errands-${randomUUID()}`
    const told = await client.workflow.execute('errands', { workflowId, taskQueue, workflowRunTimeout: '30 seconds' })
    expect(told).toEqual(['answered', 'answered later', 'refused'])
    expect(asked).toEqual(['refuse at once', 'answer at once', 'answerLater at once', 'answerLater in the queue'])
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory()
    const queued = events?.filter(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
    expect(queued?.map((each) => each.activityTaskScheduledEventAttributes?.activityType?.name)).toEqual([
      'answerLater',
    ])
  }, 40_000)
})

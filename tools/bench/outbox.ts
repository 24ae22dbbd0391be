import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyStream, connectNats, EventConsumer, OutboxRelay, type DomainMessage } from '@iama/messaging'
import { outboxSchema, PostgresOutbox, type StreamDeclaration } from '@iama/messaging'
import { createDataSource, PostgresUnitOfWork, rolesOf } from '@iama/persistence'
import { Logger, run, type Runner } from 'graphile-worker'
import pg from 'pg'
import { createDatabase, databaseUrls } from '../stack/databases.ts'
import { startOwnStack } from '../stack/for-tests.ts'
import type { Stack } from '../stack/stack.ts'
import { percentile, type Figures, type Suite } from './suite.ts'

const tenantId = randomUUID()
const events = 3_000
/** Where the other side keeps order it is so slow that fewer must do. */
const orderedEvents = 600
const aggregates = 300
const writers = 8
const loadPerSecond = 200
const loadSeconds = 3

/** One side: something that commits a fact together with state, and hands it to a consumer. */
interface Side {
  /** Commits one state row and one fact that tells about it. */
  commit(id: string, aggregateId: string): Promise<void>
  /** Begins to hand over what was committed. */
  begin(): Promise<void>
  end(): Promise<void>
  /** Called by the side for each fact that has arrived. */
  arrived: (id: string) => void
}

const aggregateIds = Array.from({ length: aggregates }, () => randomUUID())

/** Facts wait, then the clock runs from the first arrival to the last. */
const drain = async (side: Side, events: number): Promise<number> => {
  const missing = new Set<string>(Array.from({ length: events }, () => randomUUID()))
  const ids = [...missing]
  let next = 0
  const writer = async (): Promise<void> => {
    for (let i = next++; i < events; i = next++) await side.commit(ids[i]!, aggregateIds[i % aggregates]!)
  }
  await Promise.all(Array.from({ length: writers }, writer))
  let first = 0
  const done = new Promise<number>((resolve) => {
    side.arrived = (id) => {
      first ||= performance.now()
      if (missing.delete(id) && missing.size === 0) resolve(performance.now() - first)
    }
  })
  await side.begin()
  const ms = await within(done, () => `${missing.size} of ${events} facts never arrived`)
  await side.end()
  return ((events - 1) / ms) * 1_000
}

/** Commits at a steady rate while facts are handed over; how long each took from its commit to the consumer. */
const load = async (side: Side): Promise<number[]> => {
  const committed = new Map<string, number>()
  const arrivals = new Map<string, number>()
  const total = loadPerSecond * loadSeconds
  let last = (): void => {}
  const done = new Promise<void>((resolve) => (last = resolve))
  side.arrived = (id) => {
    arrivals.set(id, performance.now())
    if (arrivals.size === total) last()
  }
  await side.begin()
  await sleep(300)
  const from = performance.now()
  const commits: Promise<void>[] = []
  for (let i = 0; i < total; i += 1) {
    const due = from + (i * 1_000) / loadPerSecond
    if (due > performance.now()) await sleep(due - performance.now())
    const id = randomUUID()
    // A fact may arrive before its writer hears of the commit: that counts as no time at all.
    commits.push(side.commit(id, aggregateIds[i % aggregates]!).then(() => void committed.set(id, performance.now())))
  }
  await Promise.all(commits)
  await within(done, () => `${total - arrivals.size} of ${total} facts never arrived`)
  await side.end()
  return [...arrivals].map(([id, at]) => Math.max(0, at - committed.get(id)!))
}

const within = async <T>(work: Promise<T>, otherwise: () => string): Promise<T> => {
  const timer = new AbortController()
  const late = sleep(60_000, undefined, { signal: timer.signal }).then(() => {
    throw new Error(otherwise())
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    timer.abort()
  }
}

const measure = async (side: Side, facts: number): Promise<{ rate: number; p50: number; p95: number }> => {
  const rate = await drain(side, facts)
  const latencies = await load(side)
  return { rate, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) }
}

const execute = async (url: string, statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

const states = 'CREATE TABLE states (id uuid PRIMARY KEY, tenant_id uuid NOT NULL)'

/** Unit of work, outbox, relay, JetStream with every message synced, durable consumer with confirmed acks. */
const openOurs = async (stack: Stack): Promise<{ side: Side; close: () => Promise<void> }> => {
  const { postgresUrl, natsUrl } = stack.info
  await createDatabase(postgresUrl, 'bench')
  const urls = databaseUrls(postgresUrl, 'bench')
  const roles = rolesOf('bench')
  await execute(urls.owner, [states, `GRANT insert ON states TO ${roles.app}`, ...outboxSchema(roles)])
  const dataSource = await createDataSource({ url: urls.app, entities: [], poolSize: writers })
  const unitOfWork = new PostgresUnitOfWork(dataSource, (manager) => ({ manager, outbox: new PostgresOutbox(manager) }))
  const nats = await connectNats({ url: natsUrl, name: 'bench' })
  const consumer = { name: 'bench', ackWaitSeconds: 30, maxAckPending: 256 }
  const stream: StreamDeclaration = {
    name: 'EVENTS_BENCH',
    subjects: ['events.*.bench.>'],
    maxAgeDays: 7,
    dedupMinutes: 10,
    consumers: [consumer],
  }
  await applyStream(nats, stream)
  const log = { info: () => {}, warn: (message: string) => process.stderr.write(`${message}\n`) }
  let relay: OutboxRelay | undefined
  const message = (id: string, aggregateId: string): DomainMessage => ({
    ...{ id, tenantId, aggregateId, source: 'bench', type: 'state.changed', sequence: 0, traceparent: '' },
    time: new Date(),
    data: new Uint8Array(200),
  })
  const side: Side = {
    arrived: () => {},
    commit: async (id, aggregateId) => {
      await unitOfWork.run(tenantId, async ({ manager, outbox }) => {
        await manager.query('INSERT INTO states (id, tenant_id) VALUES ($1, $2)', [id, tenantId])
        await outbox.append([message(id, aggregateId)])
      })
      relay?.nudge()
    },
    begin: async () => {
      relay = new OutboxRelay({ service: 'bench', databaseUrl: urls.relay, nats, stream, log })
      relay.start()
    },
    end: async () => {
      await relay?.stop()
      relay = undefined
    },
  }
  const reader = new EventConsumer({ nats, stream, consumer: 'bench', log, act: async ({ id }) => side.arrived(id) })
  reader.start()
  const close = async (): Promise<void> => {
    await reader.stop()
    await nats.close()
    await dataSource.destroy()
  }
  return { side, close }
}

/** graphile-worker: a job in the same transaction as the state; in order for each aggregate as ours are, or in none. */
const openGraphile = async (stack: Stack, ordered: boolean): Promise<{ side: Side; close: () => Promise<void> }> => {
  const database = ordered ? 'graphile_ordered' : 'graphile'
  await createDatabase(stack.info.postgresUrl, database)
  const url = databaseUrls(stack.info.postgresUrl, database).owner
  await execute(url, [states])
  const pool = new pg.Pool({ connectionString: url, max: writers })
  let runner: Runner | undefined
  const start = async (): Promise<Runner> =>
    run({
      preset: {
        worker: {
          connectionString: url,
          concurrentJobs: 10,
          // Its own advice for speed: jobs fetched in batches, completions written in batches.
          ...(ordered ? {} : { localQueue: { size: 500 }, completeJobBatchDelay: 0 }),
        },
      },
      noHandleSignals: true,
      taskList: { fact: async (payload) => side.arrived((payload as { id: string }).id) },
      logger: new Logger(() => () => {}),
    })
  const data = 'x'.repeat(200)
  const side: Side = {
    arrived: () => {},
    commit: async (id, aggregateId) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query('INSERT INTO states (id, tenant_id) VALUES ($1, $2)', [id, tenantId])
        await client.query(`SELECT graphile_worker.add_job('fact', $1::json, queue_name := $2)`, [
          JSON.stringify({ id, data }),
          ordered ? aggregateId : null,
        ])
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
    begin: async () => {
      runner = await start()
    },
    end: async () => {
      await runner?.stop()
      runner = undefined
    },
  }
  // The first start makes its schema.
  await side.begin()
  await side.end()
  return { side, close: () => pool.end() }
}

/** Rows against one way to run graphile-worker; the keys of its figures begin with `prefix`. */
const rowsAgainst = (name: string, prefix: string): Suite['rows'] => {
  const loadCase = `${loadPerSecond}/s`
  return [
    {
      ...{ key: `${prefix}rate`, case: 'waiting facts', metric: 'throughput', unit: 'facts/s', name },
      target: { atLeast: 1 },
    },
    { key: `${prefix}p50`, case: loadCase, metric: 'commit to consumer p50', unit: 'ms', name },
    {
      ...{ key: `${prefix}p95`, case: loadCase, metric: 'commit to consumer p95', unit: 'ms', name },
      target: { atMost: 0.7 },
      limit: { below: 500 },
    },
  ]
}

const figuresOf = (
  ordered: Awaited<ReturnType<typeof measure>>,
  unordered: Awaited<ReturnType<typeof measure>>,
): Figures => ({
  ...{ 'ordered rate': ordered.rate, 'ordered p50': ordered.p50, 'ordered p95': ordered.p95 },
  ...{ rate: unordered.rate, p50: unordered.p50, p95: unordered.p95 },
})

export const outbox: Suite = {
  name: 'outbox',
  summary: [
    'state and fact in one transaction, handed over: outbox, relay and JetStream (in order for each aggregate) against',
    'graphile-worker, with a queue for each aggregate so that it keeps that order, and without any order at its fastest',
  ].join('\n'),
  rounds: 5,
  rows: [...rowsAgainst('graphile-worker, in order', 'ordered '), ...rowsAgainst('graphile-worker, no order', '')],
  open: async () => {
    const stack = await startOwnStack({ services: false, durable: true })
    const ours = await openOurs(stack)
    const ordered = await openGraphile(stack, true)
    const unordered = await openGraphile(stack, false)
    return {
      ours: async () => {
        const figures = await measure(ours.side, events)
        return figuresOf(figures, figures)
      },
      other: async () => figuresOf(await measure(ordered.side, orderedEvents), await measure(unordered.side, events)),
      close: async () => {
        await Promise.all([ours.close(), ordered.close(), unordered.close()])
        await stack.stop()
      },
    }
  },
}

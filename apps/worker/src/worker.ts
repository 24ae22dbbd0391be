import { connectNats, EventConsumer, findStream, natsReady, readStreams } from '@iama/messaging'
import { remoteIdentity, type RunningService } from '@iama/service'
import { readiness, serveOps, startTelemetry } from '@iama/telemetry'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { activitiesOf } from './activities/index.ts'
import { setHeartbeat } from './activities/work.ts'
import { connectClients } from './clients.ts'
import type { WorkerConfig } from './config.ts'
import { waker } from './waker.ts'

/** Activities at once on each queue. */
const concurrency = { refactor: 50, sandbox: 4, llm: 8, delivery: 20 } as const

/** Runs the workflows and their activities, and wakes workflows when jobs are commanded. */
export const createWorker = async (config: WorkerConfig): Promise<RunningService> => {
  const closing: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const opsAddress = await open(config, closing)
    return { address: '', opsAddress, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const open = async (config: WorkerConfig, closing: (() => Promise<void> | void)[]): Promise<string> => {
  const telemetry = await startTelemetry({
    service: 'worker',
    version: '0.1.0',
    logLevel: config.logLevel,
    otlpEndpoint: config.otlpEndpoint,
    spanFile: config.spanFile,
  })
  closing.push(() => telemetry.shutdown())
  setHeartbeat(config.heartbeatMs)
  const { authAddress, ...identityOf } = { authAddress: config.addresses.auth, secret: config.serviceSecret }
  const identity = remoteIdentity({ service: 'worker', authAddress, ...identityOf })
  const activities = activitiesOf(connectClients(config.addresses, identity.tokens))
  const workers = await startWorkers(config, activities, closing)

  const nats = await connectNats({ url: config.natsUrl, name: 'worker' })
  closing.push(() => nats.close())
  const connection = await Connection.connect({ address: config.temporalAddress })
  closing.push(() => connection.close())
  const temporal = new Client({ connection, namespace: config.temporalNamespace })
  const consumer = new EventConsumer({
    nats,
    stream: findStream(await readStreams(config.streamsFile), 'EVENTS_JOBS'),
    consumer: 'worker',
    act: waker(temporal),
    log: { info: (text) => telemetry.logger.info(text), warn: (text) => telemetry.logger.warn(text) },
  })
  consumer.start()
  closing.push(() => consumer.stop())

  const ready = readiness({
    nats: { check: () => natsReady(nats), fix: 'start NATS, or look at its log' },
    temporal: {
      check: async () => void (await connection.workflowService.getSystemInfo({})),
      fix: 'start Temporal, or look at its log',
    },
    workers: {
      check: async () => {
        const down = workers.find((worker) => worker.getState() !== 'RUNNING')
        if (down) throw new Error(`the worker of ${down.options.taskQueue} is ${down.getState()}`)
      },
      fix: 'look at the log of the worker, then restart it',
    },
  })
  const [host, port] = splitAddress(config.opsListen)
  const ops = await serveOps({ host, port, ready, metrics: telemetry.metricsHandler })
  closing.push(() => ops.stop())
  telemetry.logger.info(`worker runs, operators on ${ops.address}`)
  return ops.address
}

const startWorkers = async (
  config: WorkerConfig,
  activities: ReturnType<typeof activitiesOf>,
  closing: (() => Promise<void> | void)[],
): Promise<Worker[]> => {
  const connection = await NativeConnection.connect({ address: config.temporalAddress })
  closing.push(() => connection.close())
  const workers: Worker[] = []
  for (const [taskQueue, set] of Object.entries(activities) as [keyof typeof activities, object][]) {
    workers.push(
      await Worker.create({
        connection,
        namespace: config.temporalNamespace,
        taskQueue,
        activities: set,
        maxConcurrentActivityTaskExecutions: concurrency[taskQueue],
        // Cancellation reaches an activity in the answer to a heartbeat: do not hold heartbeats back.
        maxHeartbeatThrottleInterval: '500 milliseconds',
        shutdownGraceTime: '5 seconds',
        ...(taskQueue === 'refactor' ? { workflowBundle: { codePath: config.workflowBundle } } : {}),
      }),
    )
  }
  const running = workers.map((worker) => worker.run())
  closing.push(async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
    await Promise.all(running)
  })
  return workers
}

const splitAddress = (address: string): [string, number] => {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon), Number(address.slice(colon + 1))]
}

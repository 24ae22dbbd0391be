import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import path from 'node:path'
import { ManagedProcess } from './processes.ts'
import { untilReady } from './wait.ts'

export interface ServerOptions {
  /** The program. */
  readonly file: string
  /** The stack's folder. */
  readonly dir: string
  readonly port: number
  /** Whether data must survive the machine's crash. */
  readonly durable: boolean
  /** Takes charge of the process before it is started: whatever happens then, somebody can stop it. */
  readonly keep: (process: ManagedProcess) => void
}

const deadlineMs = 30_000

/** Streams may use this much of the disk; the server's own default is what is free at its start. */
const streamBytes = 4 * 1024 ** 3

/** NATS with JetStream on disk, each message synced before it is acknowledged, and its monitoring pages. */
export const startNats = async (options: ServerOptions & { readonly monitorPort: number }): Promise<void> => {
  const { file, dir, port, monitorPort, keep } = options
  const store = path.join(dir, 'nats')
  mkdirSync(store, { recursive: true })
  const config = path.join(dir, 'nats.json')
  writeFileSync(
    config,
    JSON.stringify({
      listen: `127.0.0.1:${port}`,
      http: `127.0.0.1:${monitorPort}`,
      server_name: 'iama',
      jetstream: { store_dir: store, sync_interval: 'always', max_file: streamBytes, max_mem: 64 * 1024 ** 2 },
      max_payload: 1_048_576,
    }),
  )
  const process = new ManagedProcess({ name: 'nats', command: file, args: ['-c', config], dir, restart: true })
  keep(process)
  process.start()
  const healthz = `http://127.0.0.1:${monitorPort}/healthz`
  const notYet = async (): Promise<string | undefined> => {
    const response = await fetch(healthz, { signal: AbortSignal.timeout(2_000) })
    return response.ok ? undefined : `${healthz} answers ${response.status}`
  }
  await untilReady({ process, deadlineMs, notYet })
}

/** Temporal's development server on SQLite. Without the two dynamic settings it adds 40 ms to each task. */
export const startTemporal = async ({ file, dir, port, keep }: ServerOptions): Promise<void> => {
  const data = path.join(dir, 'temporal')
  mkdirSync(data, { recursive: true })
  const process = new ManagedProcess({
    name: 'temporal',
    command: file,
    args: [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
      ...['--db-filename', path.join(data, 'temporal.sqlite'), '--search-attribute', 'TenantId=Keyword'],
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
      ...['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
    ],
    dir,
    restart: true,
  })
  keep(process)
  process.start()
  // It prints its address once the namespace and the search attributes are there.
  const notYet = async (): Promise<string | undefined> =>
    /^Server:\s/m.test(process.output()) ? undefined : 'it has not printed its address yet'
  await untilReady({ process, deadlineMs, notYet })
}

/** Redis with an append-only file, so that budgets survive a restart; it is still only a cache of what billing knows. */
export const startRedis = async ({ file, dir, port, durable, keep }: ServerOptions): Promise<void> => {
  const data = path.join(dir, 'redis')
  mkdirSync(data, { recursive: true })
  const process = new ManagedProcess({
    name: 'redis',
    command: file,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--save', '', '--daemonize', 'no'],
      ...['--appendonly', durable ? 'yes' : 'no'],
    ],
    dir,
    restart: true,
  })
  keep(process)
  process.start()
  await untilReady({ process, deadlineMs, notYet: () => ping(port) })
}

const ping = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    const done = (reason: string | undefined): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(2_000, () => done('no answer to PING'))
    socket.on('error', (error) => done(error.message))
    socket.on('connect', () => socket.write('PING\r\n'))
    socket.on('data', (data) => done(data.toString().startsWith('+PONG') ? undefined : data.toString().trim()))
  })

/** Whether a stack has ever run in this folder. */
export const hasData = (dir: string): boolean => existsSync(path.join(dir, 'postgres-password'))

import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort, programIn, startOwned, type OwnedProcess } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

export interface NatsServerOptions {
  /** Where JetStream keeps its files; the same folder again is the same store again. */
  readonly storeDir: string
  /** A free one when absent. */
  readonly port?: number
}

/** A NATS server of a test's own, to be killed, started again and robbed of its store. */
export interface NatsServer {
  readonly url: string
  readonly port: number
  /** SIGKILL; what was acknowledged is on the disk. */
  kill(): Promise<void>
  /** Starts again on the same port, with what is in the store. */
  start(): Promise<void>
  /** Kills it, removes the whole store, starts it again: another, empty JetStream. */
  wipe(): Promise<void>
  stop(): Promise<void>
}

/** Starts a private server with JetStream, every message synced before it is acknowledged. */
export const startNatsServer = async (options: NatsServerOptions): Promise<NatsServer> => {
  const program = await natsProgram()
  const port = options.port ?? (await freePort())
  const config = `${options.storeDir}.json`
  mkdirSync(options.storeDir, { recursive: true })
  writeFileSync(
    config,
    JSON.stringify({
      listen: `127.0.0.1:${port}`,
      server_name: 'test',
      jetstream: { store_dir: options.storeDir, sync_interval: 'always', max_file: 2 ** 30, max_mem: 2 ** 26 },
    }),
  )
  let running: OwnedProcess | undefined
  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    port,
    kill: async () => {
      await running?.kill('SIGKILL')
      running = undefined
    },
    start: async () => {
      const owned = startOwned(program, ['-c', config])
      running = owned
      await eventually('nats-server listens', () => listens(port)).catch((error: Error) => {
        throw new Error(`${error.message}\n${owned.output()}`)
      })
    },
    wipe: async () => {
      await server.kill()
      rmSync(options.storeDir, { recursive: true, force: true })
      await server.start()
    },
    stop: async () => {
      await server.kill()
      rmSync(config, { force: true })
    },
  }
  await server.start()
  return server
}

const listens = async (port: number): Promise<boolean> =>
  await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('data', () => resolve(socket.destroy().destroyed)) // its INFO line
    socket.once('error', () => resolve(false))
  })

/** On PATH when it is new enough for `sync_interval: always`, else in the cache that all clones share. */
const natsProgram = async (): Promise<string> => {
  // eslint-disable-next-line no-restricted-syntax -- where programs are is told by the environment alone
  const { IAMA_TEST_NATS_BIN, PATH = '', XDG_CACHE_HOME } = process.env
  if (IAMA_TEST_NATS_BIN) return IAMA_TEST_NATS_BIN
  for (const folder of PATH.split(path.delimiter)) {
    const file = programIn('nats-server', [folder])
    if (file && (await isNewEnough(file))) return file
  }
  const cache = path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'iama/bin')
  const cached = cachedPrograms(cache).at(-1)
  if (cached) return path.join(cache, cached)
  throw new Error('this test needs nats-server: type `npm run stack -- up --servers` once, which gets it')
}

const cachedPrograms = (cache: string): string[] => {
  try {
    return readdirSync(cache)
      .filter((name) => /^nats-server-[\d.]+$/.test(name))
      .sort()
  } catch {
    return []
  }
}

const isNewEnough = async (file: string): Promise<boolean> => {
  const { stdout } = await promisify(execFile)(file, ['--version'])
  const [, major, minor] = /v(\d+)\.(\d+)\./.exec(stdout) ?? []
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 11)
}

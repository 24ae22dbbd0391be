import { execFile, spawn } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { createTestDatabase, eventually, type TestDatabase } from '@iama/testing/servers'

const root = path.resolve(import.meta.dirname, '../../..')
const flags = ['--disable-warning=ExperimentalWarning']

/** A service as it runs in production: a process of its own, with a database of its own. */
export interface ServiceProcess {
  /** `host:port` of its gRPC server. */
  readonly address: string
  /** `host:port` of /metrics. */
  readonly opsAddress: string
  stop(): Promise<void>
}

/** The environment of a child without what jest put into ours. */
const environmentOf = (settings: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  ...settings,
})

/** A database of its own for a service, with its tables. */
export const migrated = async (service: string): Promise<TestDatabase> => {
  const database = await createTestDatabase(service, [])
  await promisify(execFile)(process.execPath, [...flags, path.join(root, `apps/${service}/src/migrate.ts`)], {
    cwd: root,
    env: environmentOf({ DATABASE_URL: database.urls.owner }),
  })
  return database
}

/** Starts a service on its database, which goes with it; resolves when it listens. */
export const startService = async (
  service: string,
  database: TestDatabase,
  settings: Readonly<Record<string, string>>,
): Promise<ServiceProcess> => {
  const child = spawn(process.execPath, [...flags, path.join(root, `apps/${service}/src/main.ts`)], {
    cwd: root,
    env: environmentOf({
      DATABASE_URL: database.urls.app,
      RELAY_DATABASE_URL: database.urls.relay,
      RPC_LISTEN: '127.0.0.1:0',
      HEALTH_LISTEN: '127.0.0.1:0',
      STREAMS_FILE: path.join(root, 'deploy/nats/streams.yaml'),
      ...settings,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // waits for this process to end, killed or not, and then ends the service: nothing is left over
  const reaper = spawn('sh', ['-c', 'cat >/dev/null; kill -KILL "$1" 2>/dev/null', 'reaper', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      reaper.kill('SIGKILL')
      resolve()
    }),
  )
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await database.drop()
  }
  try {
    const [, address, opsAddress] = await eventually(
      `${service} listens`,
      () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${output.slice(-2_000)}`)
        return /listens on (\S+:\d+), operators on (\S+:\d+)/.exec(output)
      },
      60_000,
    )
    return { address: address!, opsAddress: opsAddress!.replace(/".*$/, ''), stop }
  } catch (error) {
    await stop()
    throw new Error(`${service} did not start: ${output.slice(-2_000)}`, { cause: error })
  }
}

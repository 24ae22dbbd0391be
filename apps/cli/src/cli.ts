import { systemClock, type Clock } from '@iama/kernel'

import { connect, type Clients, type ConnectOptions } from './client.ts'
import type { Settings } from './config.ts'
import { Credentials } from './credentials.ts'
import { usageError } from './errors.ts'
import { JobStore } from './job-store.ts'
import type { Output } from './output.ts'
import type { Prompts } from './prompts.ts'
import { newTrace } from './trace.ts'

/** What every command works with. */
export interface Cli {
  readonly settings: Settings
  readonly out: Output
  readonly credentials: Credentials
  readonly store: JobStore
  readonly clock: Clock
  /** Under which the server's logs and traces know this command. */
  readonly trace: string
  /** Asks a person; undefined where nobody can answer. */
  readonly prompts: Prompts | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** How long calls are repeated while the server is away, in milliseconds; tests shorten it. */
  readonly retryWithinMs?: number
}

export const createCli = (
  settings: Settings,
  out: Output,
  prompts: Prompts | undefined,
  signal: AbortSignal,
  overrides: Partial<Pick<Cli, 'clock' | 'retryWithinMs'>> = {},
): Cli => ({
  settings,
  out,
  prompts,
  signal,
  credentials: new Credentials(settings.credentialsFile),
  store: new JobStore(settings.stateDir),
  clock: systemClock,
  trace: newTrace(),
  ...overrides,
})

/** The server to talk to: the flag, the variable, or the one of the last login. */
export const serverOf = async ({ settings, credentials }: Cli): Promise<string> => {
  const server = settings.server ?? (await credentials.defaultServer())
  if (server !== undefined) return server
  throw usageError('no server is known', 'Start one with `npm start`, or give --server URL or IAMA_SERVER.')
}

export const connectOptions = async (cli: Cli): Promise<ConnectOptions> => ({
  server: await serverOf(cli),
  credentials: cli.credentials,
  clock: cli.clock,
  trace: cli.trace,
  onTrouble: (message) => cli.out.note(cli.out.noteStyle.yellow(message)),
  signal: cli.signal,
  ...(cli.retryWithinMs === undefined ? {} : { retryWithinMs: cli.retryWithinMs }),
})

/** Signed-in clients of the server. */
export const clientsOf = async (cli: Cli): Promise<Clients> => {
  const clients = connect(await connectOptions(cli))
  if (await cli.credentials.isExposed()) {
    const { credentialsFile } = cli.settings
    cli.out.note(cli.out.noteStyle.yellow(`others can read ${credentialsFile}; run chmod 600 on it`))
  }
  return clients
}

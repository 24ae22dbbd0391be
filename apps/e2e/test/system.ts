import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startOwnStack } from '../../../tools/stack/for-tests.ts'
import { credentialsFile } from '../../../tools/stack/local-user.ts'
import type { Stack } from '../../../tools/stack/stack.ts'

const root = path.resolve(import.meta.dirname, '../../..')

/** What a run of the client said. */
export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The job that it named. */
  readonly jobId: string
}

/** The whole system as separate processes, and the command line client against it, as a person would use it. */
export interface System {
  readonly stack: Stack
  iama(args: readonly string[], options?: { readonly until?: RegExp; readonly as?: string }): Promise<Said>
  /** The credentials of another tenant's user. */
  stranger(): Promise<string>
  stop(): Promise<void>
}

export const startSystem = async (): Promise<System> => {
  const home = await mkdtemp(path.join(tmpdir(), 'iama-e2e-'))
  const stack = await startOwnStack({ services: true, durable: true, replicas: { jobs: 2, sandbox: 2 } })
  const run = (args: readonly string[], credentials: string, until?: RegExp): Promise<Said> => {
    const child = spawn(process.execPath, [path.join(root, 'apps/cli/dist/main.js'), ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        XDG_STATE_HOME: path.join(home, 'state'),
        XDG_CONFIG_HOME: path.join(home, 'config'),
        IAMA_SERVER: stack.info.gatewayUrl,
        IAMA_CREDENTIALS: credentials,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    return new Promise((resolve, reject) => {
      const said = (code: number): Said => ({
        code,
        stdout,
        stderr,
        jobId: /\bjob ([0-9a-f-]{36})/.exec(stderr + stdout)?.[1] ?? '',
      })
      // The client goes on by itself: a test only wants to know that it came so far.
      const look = (): void => {
        if (until?.test(stderr + stdout)) resolve(said(-1))
      }
      child.stdout.on('data', (bytes: Buffer) => ((stdout += bytes.toString()), look()))
      child.stderr.on('data', (bytes: Buffer) => ((stderr += bytes.toString()), look()))
      child.on('error', reject)
      child.on('close', (code) => resolve(said(code ?? -1)))
    })
  }
  return {
    stack,
    iama: (args, { until, as } = {}) => run(args, as ?? credentialsFile(stack.info.dir), until),
    stranger: async () => {
      const { ensureLocalUser } = await import('../../../tools/stack/local-user.ts')
      const dir = await mkdtemp(path.join(home, 'stranger-'))
      await ensureLocalUser(dir, stack.info.gatewayUrl!)
      return credentialsFile(dir)
    },
    stop: async () => {
      await stack.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startOwnStack } from '../../../tools/stack/for-tests.ts'
import { credentialsFile } from '../../../tools/stack/credentials-file.ts'
import type { Stack, StackOptions } from '../../../tools/stack/stack.ts'

const root = path.resolve(import.meta.dirname, '../../..')

/** What a run of the client said. */
export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The job that it named. */
  readonly jobId: string
}

export interface Running {
  /** Resolves when the client has said it; rejects when it ends without. */
  said(text: RegExp): Promise<void>
  /** Sends the client a signal, as the system or a person may. */
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Said>
}

/** The whole system as separate processes, and the command line client against it, as a person would use it. */
export interface System {
  readonly stack: Stack
  iama(args: readonly string[], as?: string): Promise<Said>
  /** The client at work, for tests that do something meanwhile. */
  begin(args: readonly string[]): Running
  /** The credentials of another tenant's user. */
  stranger(): Promise<string>
  stop(): Promise<void>
}

/** @param settings more settings for every process of a service, by service */
export const startSystem = async (settings: StackOptions['settings'] = {}): Promise<System> => {
  const home = await mkdtemp(path.join(tmpdir(), 'iama-e2e-'))
  const stack = await startOwnStack({ services: true, durable: true, replicas: { jobs: 2, sandbox: 2 }, settings })
  const begin = (args: readonly string[], credentials: string): Running => {
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
    const looks = new Set<() => void>()
    child.stdout.on('data', (bytes: Buffer) => ((stdout += bytes.toString()), looks.forEach((look) => look())))
    child.stderr.on('data', (bytes: Buffer) => ((stderr += bytes.toString()), looks.forEach((look) => look())))
    const ended = new Promise<Said>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        const jobId = /\bjob ([0-9a-f-]{36})/.exec(stderr + stdout)?.[1] ?? ''
        resolve({ code: code ?? -1, stdout, stderr, jobId })
      })
    })
    return {
      ended,
      kill: (signal) => void child.kill(signal),
      said: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (text.test(stderr + stdout)) resolve()
          }
          looks.add(look)
          look()
          void ended.then(() => reject(new Error(`the client ended without saying ${text}:\n${stderr}`)))
        }),
    }
  }
  return {
    stack,
    iama: (args, as) => begin(args, as ?? credentialsFile(stack.info.dir)).ended,
    begin: (args) => begin(args, credentialsFile(stack.info.dir)),
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

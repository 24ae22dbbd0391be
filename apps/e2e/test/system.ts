import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { credentialsFile } from '../../../tools/stack/credentials-file.ts'
import { startOwnSystem } from '../../../tools/stack/for-tests.ts'
import type { StackInfo } from '../../../tools/stack/info.ts'
import { ensureLocalUser } from '../../../tools/stack/local-user.ts'
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
  readonly info: StackInfo
  /** Of the user that this suite alone has. */
  readonly credentials: string
  iama(args: readonly string[], as?: string): Promise<Said>
  /** The client at work, for tests that do something meanwhile. */
  begin(args: readonly string[]): Running
  /** The credentials of another tenant's user. */
  stranger(): Promise<string>
  stop(): Promise<void>
}

/** A system of a suite's own, to be killed and set up otherwise. */
export interface OwnSystem extends System {
  readonly stack: Stack
}

/** @param settings more settings for every process of a service, by service */
export const startSystem = async (settings: StackOptions['settings'] = {}): Promise<OwnSystem> => {
  const stack = await startOwnSystem(settings)
  const system = await as(stack.info)
  return { ...system, stack, stop: () => system.stop().finally(() => stack.stop()) }
}

/** The system that `npm test` has brought up for the suites that leave it as it is, with a user of its own; else its own. */
export const openSystem = async (): Promise<System> => {
  const file = process.env['IAMA_E2E_STACK']
  return file === undefined ? await startSystem() : await as(JSON.parse(await readFile(file, 'utf8')) as StackInfo)
}

/** A new person of a new tenant before a running system. */
const as = async (info: StackInfo): Promise<System> => {
  const home = await mkdtemp(path.join(tmpdir(), 'iama-e2e-'))
  const person = async (): Promise<string> => {
    const dir = await mkdtemp(path.join(home, 'person-'))
    await ensureLocalUser(dir, info.gatewayUrl!)
    return credentialsFile(dir)
  }
  const credentials = await person()
  const client = (args: readonly string[], who: string): Running =>
    run(args, {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_STATE_HOME: path.join(home, 'state'),
      XDG_CONFIG_HOME: path.join(home, 'config'),
      IAMA_SERVER: info.gatewayUrl,
      IAMA_CREDENTIALS: who,
    })
  return {
    info,
    credentials,
    iama: (args, who = credentials) => client(args, who).ended,
    begin: (args) => client(args, credentials),
    stranger: person,
    stop: () => rm(home, { recursive: true, force: true }),
  }
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv): Running => {
  const child = spawn(process.execPath, [path.join(root, 'apps/cli/dist/main.js'), ...args], {
    env,
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

import { fork, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'

/** A server program that a test owns; it ends with the test, also when the test is killed. */
export interface OwnedProcess {
  readonly pid: number
  /** What it wrote, for a failing test to show. */
  output(): string
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface StartOptions {
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  /** The whole environment; ours when absent. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server program. A shell waits for this process to end and then ends the program: nothing is left over. */
export const startOwned = (command: string, args: readonly string[], options: StartOptions = {}): OwnedProcess => {
  const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = `${output}${chunk.toString()}`.slice(-8_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  if (child.pid === undefined) throw new Error(`${command} cannot be started`)
  const reaper = spawn('sh', ['-c', 'cat >/dev/null; kill -KILL "$1" 2>/dev/null', 'reaper', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      reaper.kill('SIGKILL')
      resolve()
    })
  })
  return {
    pid: child.pid,
    output: () => output,
    ended,
    kill: async (signal) => {
      child.kill(signal)
      await ended
    },
  }
}

/** The program on PATH or in one of the folders; nothing when there is none. */
export const programIn = (name: string, folders: readonly string[]): string | undefined =>
  folders.map((folder) => path.join(folder, name)).find(isExecutable)

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A free loopback port below those that systems choose for outgoing connections. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no free loopback port between 20000 and 32000')
}

/** A TypeScript file of a test that runs as a process of its own, to be killed at a chosen moment. */
export interface ForkedScript {
  readonly process: ChildProcess
  /** Messages that it sent, oldest first. */
  readonly messages: unknown[]
  /** How it ended; undefined as long as it runs. */
  ending(): { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined
  readonly ended: Promise<void>
  /** What it wrote to stderr. */
  output(): string
}

/** Starts `file` with one argument, as JSON. The file should end on `disconnect`, so that nothing outlives the test. */
export const forkScript = (file: string, argument: unknown): ForkedScript => {
  const child = fork(file, [JSON.stringify(argument)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const messages: unknown[] = []
  let output = ''
  let ending: ReturnType<ForkedScript['ending']>
  child.on('message', (message) => messages.push(message))
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = { code, signal }
      resolve()
    })
  })
  return { process: child, messages, ending: () => ending, ended, output: () => output }
}

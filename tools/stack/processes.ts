import { spawn, type ChildProcess } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

export interface ProcessOptions {
  /** Unique in its stack; names the log and the pid file. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** The stack's folder: logs/ and pids/ stand in it. */
  readonly dir: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  /** The polite request to stop; SIGTERM unless said otherwise. */
  readonly stopSignal?: NodeJS.Signals
  /** Started again when it ends unasked, with a growing pause. */
  readonly restart?: boolean
}

const stopWithinMs = 8_000
const restartPauseMs = { first: 100, most: 5_000, forgetAfter: 10_000 }

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** When a process began, in the system's own words; tells a process from a later one with the same number. */
const startTimeOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

const endGroup = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
  signalGroup(pid, signal)
  for (const until = Date.now() + stopWithinMs; Date.now() < until; await sleep(20)) {
    if (!signalGroup(pid, 0)) return
  }
  signalGroup(pid, 'SIGKILL')
}

/** A program in its own process group, with its output in a log file and its number in a pid file. */
export class ManagedProcess {
  readonly name: string
  readonly logFile: string
  /** Where in the log the present run begins: the log is kept over restarts. */
  logStart = 0
  /** How often it has ended without being asked. */
  crashes = 0
  private options: ProcessOptions
  private readonly pidFile: string
  private child: ChildProcess | undefined
  private stopping = false
  private pauseMs = restartPauseMs.first
  private timer: NodeJS.Timeout | undefined

  constructor(options: ProcessOptions) {
    this.options = options
    this.name = options.name
    this.logFile = path.join(options.dir, 'logs', `${options.name}.log`)
    this.pidFile = path.join(options.dir, 'pids', options.name)
    mkdirSync(path.dirname(this.logFile), { recursive: true })
    mkdirSync(path.dirname(this.pidFile), { recursive: true })
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  get running(): boolean {
    return this.child !== undefined
  }

  start(): void {
    if (this.child !== undefined) return
    this.stopping = false
    this.logStart = existsSync(this.logFile) ? statSync(this.logFile).size : 0
    const log = openSync(this.logFile, 'a')
    const { command, args, env, cwd, uid, gid } = this.options
    const child = spawn(command, [...args], {
      ...(env && { env }),
      ...(cwd && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.child = child
    if (child.pid !== undefined) writeFileSync(this.pidFile, `${child.pid} ${startTimeOf(child.pid)}\n`)
    const from = Date.now()
    child.once('error', (error) => {
      writeFileSync(this.logFile, `${error.message}\n`, { flag: 'a' })
      this.ended(child, from)
    })
    child.once('exit', () => this.ended(child, from))
  }

  /** Sends a signal to the program itself, as an operator or a fault would; it is then restarted when it says so. */
  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal)
  }

  /** Ends the program and starts it again with other settings beside its own, as an operator who changes them does. */
  async restartWith(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.stop()
    this.options = { ...this.options, env: { ...this.options.env, ...settings } }
    this.start()
  }

  /** Ends the program and everything that it started; it stays down. */
  async stop(): Promise<void> {
    this.stopping = true
    clearTimeout(this.timer)
    const pid = this.child?.pid
    if (pid !== undefined) {
      // A stopped process would only hear SIGTERM after it goes on.
      signalGroup(pid, 'SIGCONT')
      await endGroup(pid, this.options.stopSignal ?? 'SIGTERM')
    }
    while (this.child !== undefined) await sleep(5)
    rmSync(this.pidFile, { force: true })
  }

  /** What it has written since it was last started. */
  output(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile).subarray(this.logStart).toString() : ''
  }

  private ended(child: ChildProcess, from: number): void {
    if (this.child !== child) return
    this.child = undefined
    // What it leaves behind would hold its ports and its shared memory.
    if (child.pid !== undefined && !this.stopping) signalGroup(child.pid, 'SIGKILL')
    rmSync(this.pidFile, { force: true })
    if (this.stopping) return
    this.crashes += 1
    if (!this.options.restart) return
    if (Date.now() - from > restartPauseMs.forgetAfter) this.pauseMs = restartPauseMs.first
    this.timer = setTimeout(() => this.start(), this.pauseMs)
    this.pauseMs = Math.min(this.pauseMs * 2, restartPauseMs.most)
  }
}

/** Ends what a stack that died without stopping has left running. Returns the names. */
export const sweep = async (dir: string): Promise<string[]> => {
  const pids = path.join(dir, 'pids')
  if (!existsSync(pids)) return []
  const swept = await Promise.all(
    readdirSync(pids).map(async (name) => {
      const [pid, startTime] = readFileSync(path.join(pids, name), 'utf8').trim().split(' ')
      const same = Number(pid) > 1 && startTimeOf(Number(pid)) === (startTime ?? '')
      if (same && signalGroup(Number(pid), 0)) {
        await endGroup(Number(pid), 'SIGTERM')
        return name
      }
      return undefined
    }),
  )
  rmSync(pids, { recursive: true, force: true })
  return swept.filter((name) => name !== undefined)
}

/** From now on, should this process be killed, a shell that waits for that ends what it started. */
export const armReaper = (dir: string): (() => void) => {
  const pids = path.join(dir, 'pids')
  mkdirSync(pids, { recursive: true })
  const reaper = spawn('sh', [path.join(import.meta.dirname, 'reaper.sh'), pids], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  const pipe = reaper.stdin
  pipe.on('error', () => {})
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return () => reaper.kill('SIGKILL')
}

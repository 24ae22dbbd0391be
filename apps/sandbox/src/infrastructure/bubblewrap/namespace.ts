import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Account } from './accounts.ts'
import { coveringStdio } from './descriptors.ts'
import { identify, whenGone, type ProcessId } from './process-id.ts'

export interface NamespaceStart {
  readonly bwrap: string
  /** What bubblewrap itself is started by, so that limits hold from the first process on. */
  readonly prefix: readonly string[]
  readonly arguments: readonly string[]
  readonly command: readonly string[]
  readonly seccompFile: string
  readonly account: Account | undefined
  /** Descriptors of the service that must not reach the inside. */
  readonly inherited: readonly number[]
  readonly stdin?: Uint8Array | undefined
  /** Puts the namespace's first process under its limits; the command starts only afterwards. */
  readonly confine: (initPid: number) => Promise<void>
}

export interface NamespaceEnd {
  /** The command's exit code (128 + n after signal n); null when it was killed from here. */
  readonly exitCode: number | null
  /** Whether the command was ever started: false means that bubblewrap itself gave up. */
  readonly started: boolean
}

/** One command in namespaces of its own; when it ends, everything that it started is gone too. */
export class Namespace {
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when nothing of the namespace is left. */
  readonly ended: Promise<NamespaceEnd>
  readonly #child: ChildProcess
  #initPid: number | undefined
  #init: ProcessId | undefined
  #exitCode: number | undefined
  #over = false
  #killed = false

  constructor(start: NamespaceStart) {
    const seccomp = openSync(start.seccompFile, 'r')
    const devNull = openSync('/dev/null', 'r')
    const wanted: (number | 'pipe' | 'ignore')[] = [
      start.stdin ? 'pipe' : 'ignore',
      'pipe',
      'pipe',
      'pipe',
      'pipe',
      seccomp,
    ]
    try {
      const [program, ...args] = [...start.prefix, start.bwrap, ...start.arguments, ...start.command]
      this.#child = spawn(program!, args, {
        stdio: coveringStdio(wanted, start.inherited, devNull),
        env: {},
        cwd: '/',
        ...(start.account ? { uid: start.account.uid, gid: start.account.gid } : {}),
      })
    } finally {
      closeSync(seccomp)
      closeSync(devNull)
    }
    this.stdout = this.#child.stdout!
    this.stderr = this.#child.stderr!
    this.#child.on('exit', () => (this.#over = true))
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', () => {
        const init = this.#init ? whenGone(this.#init) : Promise.resolve()
        init.then(() => resolve(this.#end()), reject)
      })
    })
    this.#readStatus(start)
    if (start.stdin) {
      this.#child.stdin!.on('error', () => {}) // the command need not read what it is given
      this.#child.stdin!.end(start.stdin)
    }
  }

  /** The namespace's first process as the host sees it; undefined until bubblewrap has told it. */
  get initPid(): number | undefined {
    return this.#over ? undefined : this.#initPid
  }

  /**
   * Ends all processes at once; nothing inside can prevent it, for the kernel ends a namespace with its first. While
   * bubblewrap is still making the namespace nothing runs in it: then it waits until the first process is known, which
   * bubblewrap, killed at that moment, would leave behind for good.
   */
  kill(): void {
    this.#killed = true
    if (this.#over || this.#initPid === undefined) return
    signal(this.#initPid)
    this.#child.kill('SIGKILL')
  }

  #end(): NamespaceEnd {
    if (this.#exitCode !== undefined && !this.#killed) return { exitCode: this.#exitCode, started: true }
    return { exitCode: this.#killed ? null : (this.#child.exitCode ?? null), started: this.#killed }
  }

  /** Bubblewrap reports in lines of JSON: first the pid, then, only if the command was started, its exit code. */
  #readStatus(start: NamespaceStart): void {
    const status = this.#child.stdio[3] as Readable
    const block = this.#child.stdio[4] as Writable
    status.on('error', () => {})
    block.on('error', () => {})
    let text = ''
    status.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (this.#initPid === undefined) {
        const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1]
        if (pid === undefined) return
        this.#initPid = Number(pid)
        this.#init = identify(this.#initPid)
        if (this.#killed) return this.kill()
        start.confine(this.#initPid).then(
          () => block.end('.'),
          (error: unknown) => {
            // who was killed in the meantime cannot be confined any more, and need not be
            if (this.#killed || this.#over) return
            this.kill()
            this.#child.emit('error', error)
          },
        )
      }
      const code = /"exit-code":\s*(\d+)/.exec(text)?.[1]
      if (code !== undefined) this.#exitCode = Number(code)
    })
  }
}

const signal = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended by itself in the meantime
  }
}

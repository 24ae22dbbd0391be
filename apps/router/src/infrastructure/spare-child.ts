import { fork, type ChildProcess } from 'node:child_process'

/** What every child process of the engine gets. */
export interface ChildProgram {
  /** The child's program. */
  readonly program: string
  /** Its heap, in MiB. */
  readonly memoryMiB: number
}

/**
 * Hands out child processes that nobody has used. While one works the next is already loading the engine,
 * which takes longer than most of the work.
 */
export class SpareChild {
  readonly #program: ChildProgram
  #spare: ChildProcess | undefined
  #closed = false

  constructor(program: ChildProgram) {
    this.#program = program
  }

  /** The process that waits, if one does. */
  get waiting(): number | undefined {
    return this.#spare?.pid
  }

  /** A child that nobody has used. */
  take(): ChildProcess {
    const spare = this.#spare
    this.#spare = undefined
    return spare?.connected && spare.exitCode === null && spare.signalCode === null ? spare : this.#fork()
  }

  /** Gets one ready for whoever comes next. */
  prepare(): void {
    if (this.#spare || this.#closed) return
    const child = this.#fork()
    this.#spare = child
    const forget = (): void => {
      if (this.#spare === child) this.#spare = undefined
    }
    child.once('exit', forget)
    child.once('error', forget)
  }

  close(): void {
    this.#closed = true
    this.#spare?.kill('SIGKILL')
  }

  #fork(): ChildProcess {
    const { program, memoryMiB } = this.#program
    const child = fork(program, {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${memoryMiB}`, '--disable-warning=ExperimentalWarning'],
      env: {}, // it needs nothing of ours
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.on('error', () => {}) // whoever gives it work hears of it
    return child
  }
}

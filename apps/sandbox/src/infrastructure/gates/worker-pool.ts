import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

export interface WorkerPoolOptions {
  /** Of a worker's heap, MiB. */
  readonly heapMegabytes: number
  /** Where Node keeps compiled code between starts; a worker starts in half the time with it. */
  readonly compileCache?: string | undefined
}

/** Workers that wait for an order, at most; each holds the compiler in memory. */
const MOST_WAITING = 2
/** After this many orders a worker is replaced, so that whatever piles up in it goes. */
const ORDERS_OF_A_LIFE = 25

/** The worker's program: beside the sources, or beside the bundle. */
const workerProgram = (): string => {
  const candidates = ['../../gate-worker.ts', 'gate-worker.js'].map((name) => path.join(import.meta.dirname, name))
  const found = candidates.find((candidate) => existsSync(candidate))
  if (!found) throw new Error(`the gate worker is missing: looked for ${candidates.join(', ')}`)
  return found
}

/**
 * Processes for heavy work. Loading the compiler takes longer than most orders, so a worker that has ended an order
 * well waits for the next one; one that failed, was cancelled or ran out of time is killed.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #waiting: ChildProcess[] = []
  readonly #orders = new WeakMap<ChildProcess, number>()
  #closed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Starts a worker unless one waits: an order is to be expected. */
  prepare(): void {
    if (!this.#closed && this.#waiting.length === 0) this.#waiting.push(this.#start())
  }

  take(): ChildProcess {
    for (let worker = this.#waiting.pop(); worker; worker = this.#waiting.pop()) {
      if (worker.connected) return worker
    }
    return this.#start()
  }

  /** Back after an order that ended well. */
  giveBack(worker: ChildProcess): void {
    const orders = (this.#orders.get(worker) ?? 0) + 1
    this.#orders.set(worker, orders)
    const room = this.#waiting.length < MOST_WAITING && orders < ORDERS_OF_A_LIFE
    if (!this.#closed && room && worker.connected) this.#waiting.push(worker)
    else worker.kill('SIGKILL')
  }

  /** Ends the workers that wait; those with an order end with their callers. */
  close(): void {
    this.#closed = true
    for (const worker of this.#waiting.splice(0)) worker.kill('SIGKILL')
  }

  #start(): ChildProcess {
    const { heapMegabytes, compileCache } = this.#options
    const worker = fork(workerProgram(), [], {
      execArgv: [`--max-old-space-size=${heapMegabytes}`, '--disable-warning=ExperimentalWarning'],
      env: compileCache ? { NODE_COMPILE_CACHE: compileCache } : {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    worker.on('error', () => {}) // whoever gives it an order hears of it
    return worker
  }
}

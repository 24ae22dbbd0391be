import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Work } from '../application/findings.ts'
import type {
  Analyzed,
  Characterized,
  Gates,
  Listener,
  PatchApplied,
  SandboxRuntime,
  TestsRan,
  Verified,
  VerifyOrder,
} from '../application/ports.ts'
import { Conversation, GateWorkerFailed } from './gates/conversation.ts'
import type { Answers, Order, OrderLimits } from './gates/protocol.ts'
import { sandboxCalls } from './gates/sandbox-calls.ts'

export interface GateOptions {
  /** Where Node keeps compiled code between starts; a worker starts in half the time with it. */
  readonly compileCache?: string | undefined
  /** Of a worker's heap, MiB. */
  readonly heapMegabytes: number
  /** Of one order from start to end, milliseconds. */
  readonly deadlineMs: number
  readonly limits: OrderLimits
}

const REMEMBERED = 64

/** The worker's program: beside the sources, or beside the bundle. */
const workerProgram = (): string => {
  const candidates = ['../gate-worker.ts', 'gate-worker.js'].map((name) => path.join(import.meta.dirname, name))
  const found = candidates.find((candidate) => existsSync(candidate))
  if (!found) throw new Error(`the gate worker is missing: looked for ${candidates.join(', ')}`)
  return found
}

/**
 * Runs the engine and the gates in a process of their own for each order: bounded in memory, killed at the deadline
 * or when the caller goes away. The process gets nothing of the service's environment and reaches the sandbox only through the service.
 */
export class ProcessGates implements Gates {
  readonly #runtime: SandboxRuntime
  readonly #options: GateOptions
  /** The last report about each sandbox's untouched code, so that characterization need not run the tests once more. */
  readonly #baselines = new Map<string, { readonly testCommand: string; readonly document: Uint8Array }>()

  /** Loading the compiler takes longer than most orders: the next worker is started when one has ended. */
  #spare: ChildProcess | undefined
  #closed = false

  constructor(runtime: SandboxRuntime, options: GateOptions) {
    this.#runtime = runtime
    this.#options = options
  }

  async analyze(sandboxId: string, work: Work, listener: Listener): Promise<Analyzed> {
    const order = { type: 'analyze', work, limits: this.#options.limits } as const
    const analyzed = await this.#carryOut(sandboxId, order, listener)
    this.#baselines.delete(sandboxId)
    this.#baselines.set(sandboxId, { testCommand: work.testCommand, document: analyzed.document })
    if (this.#baselines.size > REMEMBERED) this.#baselines.delete(this.#baselines.keys().next().value!)
    return analyzed
  }

  characterize(sandboxId: string, work: Work, files: readonly string[], listener: Listener): Promise<Characterized> {
    const { limits } = this.#options
    const known = this.#baselines.get(sandboxId)
    const baseline = known?.testCommand === work.testCommand ? known.document : undefined
    return this.#carryOut(sandboxId, { type: 'characterize', work, files, baseline, limits }, listener)
  }

  runTests(sandboxId: string, work: Work, sessions: Uint8Array | undefined, listener: Listener): Promise<TestsRan> {
    return this.#carryOut(sandboxId, { type: 'runTests', work, sessions, limits: this.#options.limits }, listener)
  }

  applyPatch(sandboxId: string, patch: Uint8Array, signal: AbortSignal): Promise<PatchApplied> {
    const listener: Listener = { progress: () => {}, gate: () => {}, signal }
    return this.#carryOut(sandboxId, { type: 'applyPatch', patch }, listener)
  }

  verify(sandboxId: string, order: VerifyOrder, listener: Listener): Promise<Verified> {
    return this.#carryOut(sandboxId, { type: 'verify', order, limits: this.#options.limits }, listener)
  }

  /** Ends the worker that waits for an order; those with one end with their callers. */
  close(): void {
    this.#closed = true
    this.#spare?.kill('SIGKILL')
    this.#spare = undefined
  }

  async #carryOut<Type extends Order['type']>(
    sandboxId: string,
    order: Extract<Order, { type: Type }>,
    listener: Listener,
  ): Promise<Answers[Type]> {
    listener.signal.throwIfAborted()
    const deadline = AbortSignal.timeout(this.#options.deadlineMs)
    const over = new AbortController()
    const calls = sandboxCalls(this.#runtime, sandboxId, over.signal)
    const worker = this.#takeWorker()
    const kill = () => worker.kill('SIGKILL')
    const signal = AbortSignal.any([listener.signal, deadline])
    signal.addEventListener('abort', kill)
    try {
      return (await new Conversation(worker, calls, listener).result(order)) as Answers[Type]
    } catch (error) {
      listener.signal.throwIfAborted()
      if (deadline.aborted) throw new GateWorkerFailed(`stopped after ${this.#options.deadlineMs} ms`)
      throw error
    } finally {
      signal.removeEventListener('abort', kill)
      over.abort()
      kill()
      if (!this.#closed) this.#spare ??= this.#startWorker()
    }
  }

  #takeWorker(): ChildProcess {
    const spare = this.#spare
    this.#spare = undefined
    return spare?.connected ? spare : this.#startWorker()
  }

  #startWorker(): ChildProcess {
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

import { sha256 } from '@iama/patch'
import type { Work } from '../application/findings.ts'
import type {
  Analyzed,
  Characterized,
  CharacterizeOrder,
  ExerciseOrder,
  Gates,
  Listener,
  PatchApplied,
  SandboxRuntime,
  TestsRan,
  Verified,
  VerifyOrder,
} from '../application/ports.ts'
import { Conversation, GateWorkerFailed } from './gates/conversation.ts'
import type { Answers, Order, OrderLimits, SecondRun } from './gates/protocol.ts'
import { sandboxCalls } from './gates/sandbox-calls.ts'
import { WorkerPool, type WorkerPoolOptions } from './gates/worker-pool.ts'

export interface GateOptions extends WorkerPoolOptions {
  /** Of one order from start to end, milliseconds. */
  readonly deadlineMs: number
  readonly limits: OrderLimits
}

const REMEMBERED = 64

/** Of the latest only: what is forgotten is found out once more. */
const remember = <Value>(map: Map<string, Value>, sandboxId: string, value: Value): void => {
  map.delete(sandboxId)
  map.set(sandboxId, value)
  if (map.size > REMEMBERED) map.delete(map.keys().next().value!)
}

const timedOut = (ms: number): GateWorkerFailed =>
  new GateWorkerFailed(`the step did not end within ${ms / 1_000} s; narrow the scope or give it more time`)

/**
 * Runs the engine and the gates in processes of their own, one order at a time in each: bounded in memory, killed at
 * the deadline or when the caller goes away. The process gets nothing of the service's environment and reaches the sandbox only through the service.
 */
export class ProcessGates implements Gates {
  readonly #runtime: SandboxRuntime
  readonly #options: GateOptions
  /** The last report about each sandbox's untouched code, so that characterization need not run the tests once more. */
  readonly #baselines = new Map<string, { readonly testCommand: string; readonly document: Uint8Array }>()
  /** The hash of the sessions that were last judged in each sandbox, and of the tree that they were judged on. */
  readonly #judged = new Map<string, { readonly sessions: string; readonly tree: string }>()
  /** The checks that were green beside the recording in each sandbox; taken once. */
  readonly #second = new Map<string, { readonly testCommand: string; readonly run: SecondRun | undefined }>()
  readonly #pool: WorkerPool

  constructor(runtime: SandboxRuntime, options: GateOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#pool = new WorkerPool(options)
  }

  prepare(): void {
    this.#pool.prepare()
  }

  async analyze(sandboxId: string, work: Work, listener: Listener): Promise<Analyzed> {
    const order = { type: 'analyze', work, limits: this.#options.limits } as const
    const analyzed = await this.#carryOut(sandboxId, order, listener)
    remember(this.#baselines, sandboxId, { testCommand: work.testCommand, document: analyzed.document })
    return analyzed
  }

  async characterize(sandboxId: string, order: CharacterizeOrder, listener: Listener): Promise<Characterized> {
    const { limits } = this.#options
    const known = this.#baselines.get(sandboxId)
    const baseline = known?.testCommand === order.work.testCommand ? known.document : undefined
    const asked = { type: 'characterize', order, baseline, limits } as const
    const { second, ...done } = await this.#carryOut(sandboxId, asked, listener)
    remember(this.#second, sandboxId, { testCommand: order.work.testCommand, run: second })
    remember(this.#judged, sandboxId, { sessions: sha256(done.sessions), tree: done.tree })
    return done
  }

  async exercise(sandboxId: string, order: ExerciseOrder, listener: Listener): Promise<Characterized> {
    const done = await this.#carryOut(sandboxId, { type: 'exercise', order, limits: this.#options.limits }, listener)
    // it adds to what was pinned, which it does not judge anew
    if (this.#judgedOn(sandboxId, order.sessions) === done.tree)
      remember(this.#judged, sandboxId, { sessions: sha256(done.sessions), tree: done.tree })
    return done
  }

  runTests(sandboxId: string, work: Work, sessions: Uint8Array | undefined, listener: Listener): Promise<TestsRan> {
    const judgedOn = sessions && this.#judgedOn(sandboxId, sessions)
    const known = this.#second.get(sandboxId)
    this.#second.delete(sandboxId)
    const second = known?.testCommand === work.testCommand ? known.run : undefined
    const { limits } = this.#options
    return this.#carryOut(sandboxId, { type: 'runTests', work, sessions, judgedOn, second, limits }, listener)
  }

  applyPatch(sandboxId: string, patch: Uint8Array, signal: AbortSignal): Promise<PatchApplied> {
    const listener: Listener = { progress: () => {}, gate: () => {}, signal }
    return this.#carryOut(sandboxId, { type: 'applyPatch', patch }, listener)
  }

  verify(sandboxId: string, order: VerifyOrder, listener: Listener): Promise<Verified> {
    return this.#carryOut(sandboxId, { type: 'verify', order, limits: this.#options.limits }, listener)
  }

  close(): void {
    this.#pool.close()
  }

  #judgedOn(sandboxId: string, sessions: Uint8Array): string | undefined {
    const known = this.#judged.get(sandboxId)
    return known?.sessions === sha256(sessions) ? known.tree : undefined
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
    const worker = this.#pool.take()
    const kill = () => void worker.kill('SIGKILL')
    const signal = AbortSignal.any([listener.signal, deadline])
    signal.addEventListener('abort', kill)
    try {
      const result = (await new Conversation(worker, calls, listener).result(order)) as Answers[Type]
      this.#pool.giveBack(worker)
      return result
    } catch (error) {
      kill()
      listener.signal.throwIfAborted()
      if (deadline.aborted) throw timedOut(this.#options.deadlineMs)
      throw error
    } finally {
      signal.removeEventListener('abort', kill)
      over.abort()
    }
  }
}

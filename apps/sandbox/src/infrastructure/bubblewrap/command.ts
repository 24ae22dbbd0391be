import type { ExecEvent, ExecOutcome } from '../../application/ports.ts'
import { SandboxUnavailable } from '../../domain/errors.ts'
import type { LimitName, SandboxLimits } from '../../domain/limits.ts'
import { STANDARD_SCRATCH } from './arguments.ts'
import { groupName, type ControlGroup, type ControlGroups } from './cgroup.ts'
import { Namespace, type NamespaceStart } from './namespace.ts'
import { OutputQueue } from './output-queue.ts'
import { Supervisor } from './supervisor.ts'

/** 128 + SIGXCPU: the kernel's word for a process beyond its processor time. */
const CPU_EXIT_CODE = 152

export interface CommandStart extends Omit<NamespaceStart, 'confine'> {
  readonly limits: SandboxLimits
  /** Folders in memory beyond /tmp and the like, counted against the memory limit. */
  readonly scratch: readonly string[]
  /** Counted against the disk limit. */
  readonly folder: string
  readonly groups: ControlGroups | undefined
  readonly signal?: AbortSignal | undefined
}

type Output = Extract<ExecEvent, { data: Uint8Array }>

let serial = 0

/** A command in its namespace under all its limits. Whoever stops reading the events, or aborts, kills it. */
export class Command {
  readonly #start: CommandStart
  readonly #queue = new OutputQueue<Output>()
  readonly #startedAt = performance.now()
  readonly #group: ControlGroup | undefined
  readonly #namespace: Namespace
  readonly #supervisor: Supervisor
  #stoppedBy: LimitName | 'CANCELLED' | null = null
  #outputBytes = 0
  #complaint = ''

  /** Somebody has ended it already; its last process may take a moment to go. */
  get isStopped(): boolean {
    return this.#stoppedBy !== null
  }

  /** Settles when nothing of the command is left. */
  get ended(): Promise<void> {
    return this.#namespace.ended.then(
      () => {},
      () => {},
    )
  }

  constructor(start: CommandStart) {
    this.#start = start
    const { limits } = start
    this.#group = start.groups?.create(groupName(++serial), limits)
    this.#namespace = new Namespace({ ...start, confine: async (pid) => await this.#group?.add(pid) })
    this.#supervisor = new Supervisor({
      limits,
      folder: start.folder,
      scratch: [...STANDARD_SCRATCH, ...start.scratch],
      group: this.#group,
      initPid: () => this.#namespace.initPid,
      exceeded: (limit) => this.stop(limit),
    })
    this.#queue.add(this.#namespace.stdout, (data) => this.#output('stdout', data))
    this.#queue.add(this.#namespace.stderr, (data) => this.#output('stderr', data))
  }

  stop(reason: LimitName | 'CANCELLED'): void {
    this.#stoppedBy ??= reason
    this.#namespace.kill()
  }

  async *events(): AsyncGenerator<ExecEvent, void, undefined> {
    const { signal } = this.#start
    const abort = () => this.stop('CANCELLED')
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    const ended = this.#namespace.ended.finally(() => {
      this.#supervisor.stop()
      this.#queue.end()
    })
    ended.catch(() => {}) // awaited below
    try {
      yield* this.#queue.drain()
      const end = await ended
      if (!end.started) throw new SandboxUnavailable(this.#complaint.trim().slice(0, 500), 'see the readiness report')
      yield { type: 'exit', outcome: this.#outcome(end.exitCode) }
    } finally {
      signal?.removeEventListener('abort', abort)
      this.stop('CANCELLED')
      this.#queue.discard()
      await ended.catch(() => {})
      // the kernel lets go of a group some time after its last process: nobody need wait for that
      void this.#group?.remove().catch(() => {})
    }
  }

  #output(type: 'stdout' | 'stderr', data: Buffer): Output | undefined {
    if (type === 'stderr' && this.#complaint.length < 500) this.#complaint += data.toString()
    const room = this.#start.limits.outputBytes - this.#outputBytes
    if (room <= 0) return undefined
    const kept = data.subarray(0, room)
    this.#outputBytes += kept.length
    if (kept.length < data.length) this.stop('OUTPUT')
    return { type, data: kept }
  }

  #outcome(exitCode: number | null): ExecOutcome {
    // the kernel's own killing may have come between two looks of the supervisor
    if (this.#stoppedBy === null && this.#group?.outOfMemory()) this.#stoppedBy = 'MEMORY'
    if (this.#stoppedBy === null && exitCode === CPU_EXIT_CODE) this.#stoppedBy = 'CPU'
    return {
      exitCode: this.#stoppedBy === null ? exitCode : null,
      stoppedBy: this.#stoppedBy,
      durationMs: Math.round(performance.now() - this.#startedAt),
      outputBytes: this.#outputBytes,
    }
  }
}

import type { ChildProcess } from 'node:child_process'

/** A person who chooses a strategy takes longer: then the snapshot is read again. */
const KEPT_MS = 60_000

interface Kept {
  readonly child: ChildProcess
  readonly timer: NodeJS.Timeout
}

/**
 * Children that have answered and know one snapshot: the phases of a job ask about it in a row. A child is handed out
 * for the same subject only, never to two at once, and ends a minute after its last answer.
 */
export class KeptChildren {
  readonly #most: number
  readonly #keptMs: number
  readonly #kept = new Map<string, Kept>()
  #closed = false

  constructor(most: number, keptMs = KEPT_MS) {
    this.#most = most
    this.#keptMs = keptMs
  }

  /** The child that knows the subject; undefined when none waits. */
  take(subject: string): ChildProcess | undefined {
    const kept = this.#kept.get(subject)
    if (!kept) return undefined
    this.#forget(subject, kept)
    const { child } = kept
    return child.connected && child.exitCode === null && child.signalCode === null ? child : undefined
  }

  /** In the place of one that knew the same, and of the oldest when there are too many. */
  keep(subject: string, child: ChildProcess): void {
    this.#end(subject)
    if (this.#closed || !child.connected) return void child.kill('SIGKILL')
    const timer = setTimeout(() => this.#end(subject), this.#keptMs)
    timer.unref()
    const kept = { child, timer }
    this.#kept.set(subject, kept)
    child.once('exit', () => this.#forget(subject, kept))
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break
      this.#end(oldest)
    }
  }

  close(): void {
    this.#closed = true
    for (const subject of [...this.#kept.keys()]) this.#end(subject)
  }

  #end(subject: string): void {
    const kept = this.#kept.get(subject)
    if (!kept) return
    this.#forget(subject, kept)
    kept.child.kill('SIGKILL')
  }

  #forget(subject: string, kept: Kept): void {
    clearTimeout(kept.timer)
    if (this.#kept.get(subject) === kept) this.#kept.delete(subject)
  }
}

import type { Progress } from '@iama/contracts/iama/jobs/v1/job'
import { Context } from '@temporalio/activity'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'

type Line = Pick<Progress, 'step' | 'phase' | 'text' | 'milliseconds'>

const FLUSH_MS = 200
const BATCH = 100

/**
 * Lines for the person who watches, sent in batches so that a chatty step does not become a call a line. Progress is
 * no fact: what cannot be written is dropped and never fails the work.
 */
export class ProgressLog implements AsyncDisposable {
  readonly #clients: Clients
  readonly #task: Task
  readonly #batchId: string
  #lines: Line[] = []
  #batches = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(clients: Clients, task: Task) {
    this.#clients = clients
    this.#task = task
    const { activityId, attempt, workflowExecution } = Context.current().info
    this.#batchId = `${workflowExecution?.runId}-${activityId}-${attempt}`
  }

  add(line: Line): void {
    this.#lines.push(line)
    if (this.#lines.length >= BATCH) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  started(step: string, text: string): void {
    this.add({ step, phase: 'started', text, milliseconds: 0n })
  }

  done(step: string, text: string, milliseconds: number): void {
    this.add({ step, phase: 'done', text, milliseconds: BigInt(Math.round(milliseconds)) })
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#lines.splice(0)
    if (entries.length === 0) return
    const batchId = `${this.#batchId}-${this.#batches++}`
    const { tenantId, jobId } = this.#task
    this.#sending = this.#sending
      .then(() => this.#clients.lifecycle.appendLog({ tenantId, jobId, entries, batchId }, { idempotent: true }))
      .then(
        () => undefined,
        () => undefined,
      )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush()
    await this.#sending
  }
}

import { CancellationScope } from '@temporalio/workflow'
import { destroySandbox, installDependencies, provisionSandbox } from './activities.ts'
import type { JobRef, JobView, Reanalysis, Session, Task, Verification } from './story.ts'

/** What a run of the workflow has at hand: its sandbox, and what the last verification left. */
export class Desk {
  readonly ref: JobRef
  /** The maximal green subset of the last red patch; empty when there is none. */
  greenPart = ''
  /** Which provider and model wrote the last patch. */
  engine = ''
  /** Addresses of lists of what was left out of the patch: refused by the engine, or dropped to reach green. */
  leftOut: string[] = []
  /** Hashes of what the routes' patches made of the code in this round, oldest first. */
  tried: string[] = []
  /** What a deep fix writes from. */
  reanalysis: Reanalysis | undefined
  /** The last verification, and the patch that it is about. */
  verified: { readonly patch: string; readonly verification: Verification } | undefined
  #session: Session | undefined

  constructor(ref: JobRef) {
    this.ref = ref
  }

  task(job: JobView): Task {
    return { ...this.ref, epoch: job.epoch }
  }

  /** A session with the snapshot and its dependencies; the one at hand, or a new one. */
  async openSandbox(job: JobView): Promise<Session> {
    if (this.#session) return this.#session
    const task = this.task(job)
    const session = await provisionSandbox(task)
    this.#session = session // from here on it has to be destroyed, whatever happens
    await installDependencies(task, session)
    return session
  }

  /** The wipe must complete, also when the work around it was cancelled. */
  async closeSandbox(): Promise<void> {
    const session = this.#session
    if (!session) return
    this.#session = undefined
    await CancellationScope.nonCancellable(() => destroySandbox(this.ref, session))
  }

  /** Its replica is gone: the next one that asks gets a new session. */
  forgetSandbox(): void {
    this.#session = undefined
  }
}

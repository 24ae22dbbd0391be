import { SandboxLost } from '../domain/errors.ts'
import { expectReady, SessionNotFound } from '../domain/session.ts'
import type { CommandSession } from './command-session.ts'
import type { SandboxRuntime, SessionRef, StoredSession, UnitOfWork } from './ports.ts'

/** Finds the session that a call is about, and makes sure that it can be worked in here. */
export class FindSession {
  readonly #unitOfWork: UnitOfWork
  readonly #runtime: SandboxRuntime
  readonly #command: CommandSession
  readonly #place: { readonly address: string }

  constructor(
    unitOfWork: UnitOfWork,
    runtime: SandboxRuntime,
    command: CommandSession,
    place: { readonly address: string },
  ) {
    this.#unitOfWork = unitOfWork
    this.#runtime = runtime
    this.#command = command
    this.#place = place
  }

  /** @throws SessionNotFound also for another job's session */
  async any(ref: SessionRef): Promise<StoredSession> {
    const stored = await this.#unitOfWork.run(ref.tenantId, ({ sessions }) => sessions.load(ref.sessionId))
    if (!stored || stored.session.jobId !== ref.jobId) throw new SessionNotFound()
    return stored
  }

  /** @throws SandboxLost when it is not on this replica, SessionEnded when it is over */
  async ready(ref: SessionRef): Promise<StoredSession> {
    const stored = await this.any(ref)
    const { status, endReason } = stored.session
    // nobody asked for its end: whoever needs it may have another one
    if (status === 'LOST' || endReason === 'lost' || endReason === 'idle') throw new SandboxLost(ref.sessionId)
    expectReady(stored.session)
    if (!this.#runtime.has(ref.sessionId)) {
      // this replica has been started again since: what it held is gone
      const ours = stored.session.address === this.#place.address
      if (ours) await this.#command.execute(ref.tenantId, ref.sessionId, { type: 'Lose' })
      throw new SandboxLost(ref.sessionId)
    }
    return stored
  }
}

import { DomainError, type Clock } from '@iama/kernel'
import { sessionDecider, SessionNotFound, type SessionCommand } from '../domain/session.ts'
import type { StoredSession, Stores, UnitOfWork } from './ports.ts'

const ATTEMPTS = 8

/** Decides a command on a stored session and stores what follows from it, announcement included. */
export class CommandSession {
  readonly #unitOfWork: UnitOfWork
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork, clock: Clock) {
    this.#unitOfWork = unitOfWork
    this.#clock = clock
  }

  /** Harmless to repeat. @throws SessionNotFound */
  async execute(tenantId: string, sessionId: string, command: SessionCommand): Promise<StoredSession> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#unitOfWork.run(tenantId, (stores) => this.#decide(stores, sessionId, command))
      } catch (error) {
        const raced = error instanceof DomainError && error.code === 'CONCURRENT_UPDATE'
        if (!raced || attempt >= ATTEMPTS) throw error
      }
    }
  }

  async #decide(stores: Stores, sessionId: string, command: SessionCommand): Promise<StoredSession> {
    const before = await stores.sessions.load(sessionId)
    if (!before) throw new SessionNotFound()
    const events = sessionDecider.decide(command, before.session)
    if (events.length === 0) return before
    const session = events.reduce(sessionDecider.evolve, before.session)
    const stored = await stores.sessions.save(before, session, this.#clock.now())
    for (const event of events) if (event.type === 'SessionWiped') await stores.evidences.add(event.evidence)
    await stores.announcements.announce(stored, events)
    return stored
  }
}

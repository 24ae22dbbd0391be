import {
  RefreshRefused,
  sessionDecider,
  type Session,
  type SessionCommand,
  type SessionEvent,
} from '../domain/session.ts'
import type { SignedIn, SignInParts } from './sign-in.ts'
import type { StoredSession, Stores } from './ports.ts'

/** Exchanges a refresh token for new tokens; a used one that comes back ends its session. */
export class Refresh {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(refreshToken: string): Promise<SignedIn> {
    const { secrets, directory, unitOfWork, tokens, clock } = this.#parts
    const token = secrets.hash(refreshToken)
    const found = await directory.sessionOfToken(token)
    if (!found) throw new RefreshRefused()
    const next = secrets.fresh()
    const command: SessionCommand = { type: 'Refresh', token, next: secrets.hash(next), at: clock.now().getTime() }
    const signedIn = await unitOfWork.run(found.tenantId, async (stores) => {
      const stored = await stores.sessions.load(found.id)
      if (!stored) throw new RefreshRefused()
      const [event] = sessionDecider.decide(command, stored.session)
      const session = await keep(stores, stored, event!, clock.now())
      const user = await stores.users.load(stored.userId)
      if (session.state !== 'OPEN' || !user) return undefined // the revocation must be committed
      return {
        user,
        access: await tokens.access(user),
        refresh: { token: next, expiresAt: new Date(session.expiresAt) },
      }
    })
    if (!signedIn) throw new RefreshRefused()
    return signedIn
  }
}

/** Ends the session of a refresh token; a token that is not known any more has ended already. */
export class Logout {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(refreshToken: string): Promise<void> {
    const { secrets, directory, unitOfWork, clock } = this.#parts
    const found = await directory.sessionOfToken(secrets.hash(refreshToken))
    if (!found) return
    await unitOfWork.run(found.tenantId, async (stores) => {
      const stored = await stores.sessions.load(found.id)
      const [event] = stored ? sessionDecider.decide({ type: 'Revoke' }, stored.session) : []
      if (stored && event) await keep(stores, stored, event, clock.now())
    })
  }
}

const keep = async (stores: Stores, stored: StoredSession, event: SessionEvent, at: Date): Promise<Session> => {
  const session = sessionDecider.evolve(stored.session, event) as Session
  await stores.sessions.save(stored, session)
  if (event.type === 'Revoked') {
    await stores.announcements.announce({ type: 'session.revoked', sessionId: stored.id, reason: event.reason }, at)
  }
  return session
}

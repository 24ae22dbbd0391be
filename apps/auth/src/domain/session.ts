import { assertNever, DomainError, type Decider } from '@iama/kernel'

/** How long a refresh token may be used, in milliseconds: 30 days. */
export const REFRESH_MS = 30 * 86_400_000

/** A signed-in session: a chain of refresh tokens of which only the last may be used, once. */
export interface Session {
  readonly state: 'OPEN' | 'REVOKED'
  /** Hash of the token that may be used next. */
  readonly current: string
  /** Hashes of tokens that were used. */
  readonly used: readonly string[]
  /** When the current token ends, in milliseconds since 1970. */
  readonly expiresAt: number
}

export interface NoSession {
  readonly state: 'NONE'
}

export type SessionCommand =
  | { readonly type: 'Open'; readonly token: string; readonly at: number }
  | { readonly type: 'Refresh'; readonly token: string; readonly next: string; readonly at: number }
  | { readonly type: 'Revoke' }

export type SessionEvent =
  | { readonly type: 'Opened'; readonly token: string; readonly expiresAt: number }
  | { readonly type: 'Refreshed'; readonly token: string; readonly expiresAt: number }
  | { readonly type: 'Revoked'; readonly reason: 'logout' | 'reuse' }

/** The token is unknown, ended, or its session was revoked: sign in again. */
export class RefreshRefused extends DomainError {
  readonly code = 'REFRESH_REFUSED'
  override readonly kind = 'unauthenticated'

  constructor() {
    super('the refresh token is not valid any more; sign in again')
  }
}

export const sessionDecider: Decider<SessionCommand, SessionEvent, Session | NoSession> = {
  initial: { state: 'NONE' },

  decide(command, session) {
    switch (command.type) {
      case 'Open':
        return [{ type: 'Opened', token: command.token, expiresAt: command.at + REFRESH_MS }]
      case 'Refresh':
        return refresh(command, session)
      case 'Revoke':
        return session.state === 'OPEN' ? [{ type: 'Revoked', reason: 'logout' }] : []
      default:
        return assertNever(command)
    }
  },

  evolve(session, event) {
    switch (event.type) {
      case 'Opened':
        return { state: 'OPEN', current: event.token, used: [], expiresAt: event.expiresAt }
      case 'Refreshed': {
        const before = session as Session
        return { ...before, current: event.token, used: [...before.used, before.current], expiresAt: event.expiresAt }
      }
      case 'Revoked':
        return { ...(session as Session), state: 'REVOKED' }
      default:
        return assertNever(event)
    }
  },
}

/** A used token that comes back was stolen, from the user or by the user's thief: nobody keeps the session. */
const refresh = (
  command: Extract<SessionCommand, { type: 'Refresh' }>,
  session: Session | NoSession,
): SessionEvent[] => {
  if (session.state !== 'OPEN') throw new RefreshRefused()
  if (session.used.includes(command.token)) return [{ type: 'Revoked', reason: 'reuse' }]
  if (command.token !== session.current || command.at >= session.expiresAt) throw new RefreshRefused()
  return [{ type: 'Refreshed', token: command.next, expiresAt: command.at + REFRESH_MS }]
}

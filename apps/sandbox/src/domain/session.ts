import { assertNever, DomainError, type Decider } from '@iama/kernel'
import type { WipeEvidence } from './wipe-evidence.ts'

/** Where a session stands. WIPED and FAILED are final; LOST waits for its leftovers to be wiped, if there are any. */
export type SessionStatus = 'NONE' | 'PROVISIONING' | 'READY' | 'DESTROYING' | 'WIPED' | 'LOST' | 'FAILED'

/** Why a session ended: somebody asked, its replica went away, or nobody used it. */
export type EndReason = 'asked' | 'lost' | 'idle'

export interface Session {
  readonly status: SessionStatus
  readonly sessionId: string
  readonly tenantId: string
  readonly jobId: string
  /** The key under which it was asked for. */
  readonly requestId: string
  /** `host:port` of the replica that holds it. */
  readonly address: string
  readonly endReason: EndReason | null
}

export type SessionCommand =
  | ({ readonly type: 'Provision' } & Pick<Session, 'sessionId' | 'tenantId' | 'jobId' | 'requestId' | 'address'>)
  | { readonly type: 'ConfirmReady' }
  | { readonly type: 'Abandon' }
  | { readonly type: 'Destroy'; readonly reason: EndReason }
  | { readonly type: 'Lose' }
  | { readonly type: 'RecordWipe'; readonly evidence: WipeEvidence }

export type SessionEvent =
  | ({ readonly type: 'ProvisioningStarted' } & Pick<
      Session,
      'sessionId' | 'tenantId' | 'jobId' | 'requestId' | 'address'
    >)
  | { readonly type: 'SessionReady' }
  | { readonly type: 'SessionFailed' }
  | { readonly type: 'DestructionStarted'; readonly reason: EndReason }
  | { readonly type: 'SessionLost' }
  | { readonly type: 'SessionWiped'; readonly evidence: WipeEvidence }

/** The session ended, or never became ready: provision another one. */
export class SessionEnded extends DomainError {
  readonly code = 'SANDBOX_ENDED'

  constructor(status: SessionStatus) {
    super(`the sandbox is ${status}; provision another one`, { status })
  }
}

export class SessionNotFound extends DomainError {
  readonly code = 'SANDBOX_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('there is no such sandbox; provision one')
  }
}

/** A wipe is recorded only of what was being destroyed. */
export class NotBeingDestroyed extends DomainError {
  readonly code = 'SANDBOX_NOT_BEING_DESTROYED'
}

const nothing: Session = {
  status: 'NONE',
  sessionId: '',
  tenantId: '',
  jobId: '',
  requestId: '',
  address: '',
  endReason: null,
}

const expectStatus = (session: Session, ...expected: SessionStatus[]): void => {
  if (!expected.includes(session.status)) throw new SessionEnded(session.status)
}

const destroy = (reason: EndReason, session: Session): SessionEvent[] => {
  switch (session.status) {
    case 'NONE':
      throw new SessionNotFound()
    case 'PROVISIONING':
    case 'READY':
    case 'LOST':
      return [{ type: 'DestructionStarted', reason }]
    case 'DESTROYING':
    case 'WIPED':
    case 'FAILED':
      return [] // it is on its way, or over
    default:
      return assertNever(session.status)
  }
}

const decide = (command: SessionCommand, session: Session): SessionEvent[] => {
  switch (command.type) {
    case 'Provision': {
      expectStatus(session, 'NONE')
      const { type: _type, ...asked } = command
      return [{ type: 'ProvisioningStarted', ...asked }]
    }
    case 'ConfirmReady':
      expectStatus(session, 'PROVISIONING')
      return [{ type: 'SessionReady' }]
    case 'Abandon':
      return session.status === 'PROVISIONING' ? [{ type: 'SessionFailed' }] : []
    case 'Destroy':
      return destroy(command.reason, session)
    case 'Lose':
      // what is being destroyed only waits for its wipe, whoever does it
      return ['PROVISIONING', 'READY'].includes(session.status) ? [{ type: 'SessionLost' }] : []
    case 'RecordWipe':
      if (session.status === 'WIPED') return []
      if (session.status !== 'DESTROYING' && session.status !== 'LOST') {
        throw new NotBeingDestroyed('the sandbox is in use; destroy it first', { status: session.status })
      }
      return [{ type: 'SessionWiped', evidence: command.evidence }]
    default:
      return assertNever(command)
  }
}

const evolve = (session: Session, event: SessionEvent): Session => {
  switch (event.type) {
    case 'ProvisioningStarted': {
      const { type: _type, ...asked } = event
      return { ...session, ...asked, status: 'PROVISIONING' }
    }
    case 'SessionReady':
      return { ...session, status: 'READY' }
    case 'SessionFailed':
      return { ...session, status: 'FAILED' }
    case 'DestructionStarted':
      return { ...session, status: 'DESTROYING', endReason: session.endReason ?? event.reason }
    case 'SessionLost':
      return { ...session, status: 'LOST', endReason: session.endReason ?? 'lost' }
    case 'SessionWiped':
      return { ...session, status: 'WIPED' }
    default:
      return assertNever(event)
  }
}

export const sessionDecider: Decider<SessionCommand, SessionEvent, Session> = { initial: nothing, decide, evolve }

/** Refuses to work in a session that is not ready. */
export const expectReady = (session: Session): void => expectStatus(session, 'READY')

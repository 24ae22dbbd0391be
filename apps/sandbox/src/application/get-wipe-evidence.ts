import { DomainError } from '@iama/kernel'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import type { FindSession } from './find-session.ts'
import type { SessionRef, UnitOfWork } from './ports.ts'

/** The session was not wiped yet, so there is nothing to prove. */
export class NotWiped extends DomainError {
  readonly code = 'SANDBOX_NOT_WIPED'
  override readonly kind = 'not-found'
}

export class GetWipeEvidence {
  readonly #unitOfWork: UnitOfWork
  readonly #find: FindSession

  constructor(unitOfWork: UnitOfWork, find: FindSession) {
    this.#unitOfWork = unitOfWork
    this.#find = find
  }

  /** @throws NotWiped */
  async execute(ref: SessionRef): Promise<WipeEvidence> {
    const { session } = await this.#find.any(ref)
    const evidence = await this.#unitOfWork.run(ref.tenantId, ({ evidences }) => evidences.load(ref.sessionId))
    if (!evidence) throw new NotWiped(`the sandbox is ${session.status}; destroy it first`, { status: session.status })
    return evidence
  }
}

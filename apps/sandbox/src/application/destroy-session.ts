import { DomainError } from '@iama/kernel'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import type { CommandSession } from './command-session.ts'
import type { EndSession } from './end-session.ts'
import type { FindSession } from './find-session.ts'
import type { SessionRef, UnitOfWork } from './ports.ts'

/** Ends a session because somebody asked, and answers with the proof; repeating gives the same proof. */
export class DestroySession {
  readonly #unitOfWork: UnitOfWork
  readonly #find: FindSession
  readonly #end: EndSession
  readonly #command: CommandSession

  constructor(unitOfWork: UnitOfWork, find: FindSession, end: EndSession, command: CommandSession) {
    this.#unitOfWork = unitOfWork
    this.#find = find
    this.#end = end
    this.#command = command
  }

  /** @throws SandboxLost when it lived on a replica that is gone: its leftovers are wiped where they are */
  async execute(ref: SessionRef): Promise<WipeEvidence> {
    const { tenantId, sessionId } = ref
    await this.#find.any(ref)
    const known = await this.#unitOfWork.run(tenantId, ({ evidences }) => evidences.load(sessionId))
    if (known) return known
    try {
      return await this.#end.execute(tenantId, sessionId, 'asked')
    } catch (error) {
      if (error instanceof DomainError && error.code === 'SANDBOX_LOST') {
        await this.#command.execute(tenantId, sessionId, { type: 'Lose' })
      }
      throw error
    }
  }
}

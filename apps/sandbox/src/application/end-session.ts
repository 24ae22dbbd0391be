import type { EndReason } from '../domain/session.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import type { CommandSession } from './command-session.ts'
import type { SandboxRuntime } from './ports.ts'

/**
 * Ends a session of this replica: says so, wipes, and records the proof. The runtime keeps the proof until it is
 * recorded, so that a crash at any point is made good by the next call or the next sweep.
 */
export class EndSession {
  readonly #runtime: SandboxRuntime
  readonly #command: CommandSession

  constructor(runtime: SandboxRuntime, command: CommandSession) {
    this.#runtime = runtime
    this.#command = command
  }

  /** @throws SandboxLost when nothing of it is here */
  async execute(tenantId: string, sessionId: string, reason: EndReason): Promise<WipeEvidence> {
    if (this.#runtime.has(sessionId)) await this.#command.execute(tenantId, sessionId, { type: 'Destroy', reason })
    const evidence = await this.#runtime.destroy(sessionId)
    await this.record(evidence)
    return evidence
  }

  /** Records a wipe, whatever the session was before: what is wiped is over. */
  async record(evidence: WipeEvidence): Promise<void> {
    const { tenantId, sandboxId } = evidence
    await this.#command.execute(tenantId, sandboxId, { type: 'Lose' })
    await this.#command.execute(tenantId, sandboxId, { type: 'RecordWipe', evidence })
    await this.#runtime.forgetEvidence(sandboxId)
  }
}

import type { EndReason } from '../domain/session.ts'
import type { EndSession } from './end-session.ts'
import type { SandboxRuntime } from './ports.ts'

/** Ends sessions that nobody has used for a while (their worker is gone), or all of them when the replica stops. */
export class EndIdleSessions {
  readonly #runtime: SandboxRuntime
  readonly #end: EndSession

  constructor(runtime: SandboxRuntime, end: EndSession) {
    this.#runtime = runtime
    this.#end = end
  }

  /** @returns how many sessions were ended */
  async execute(idleMs: number, reason: EndReason = 'idle'): Promise<number> {
    const idle = this.#runtime.idle(idleMs)
    for (const { tenantId, sandboxId } of idle) await this.#end.execute(tenantId, sandboxId, reason)
    return idle.length
  }
}

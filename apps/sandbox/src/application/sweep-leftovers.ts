import { SessionNotFound } from '../domain/session.ts'
import type { EndSession } from './end-session.ts'
import type { SandboxRuntime } from './ports.ts'

/** Wipes what dead processes left on this machine, and records the proof with the tenants that they belonged to. */
export class SweepLeftovers {
  readonly #runtime: SandboxRuntime
  readonly #end: EndSession

  constructor(runtime: SandboxRuntime, end: EndSession) {
    this.#runtime = runtime
    this.#end = end
  }

  /** @returns how many sessions were wiped */
  async execute(): Promise<number> {
    const evidences = await this.#runtime.sweep()
    for (const evidence of evidences) {
      try {
        // without a tenant, its owner died before it had written down whose it was: nothing was in it
        if (evidence.tenantId === '') throw new SessionNotFound()
        await this.#end.record(evidence)
      } catch (error) {
        // never stored, or of another installation's database
        if (!(error instanceof SessionNotFound)) throw error
        await this.#runtime.forgetEvidence(evidence.sandboxId)
      }
    }
    return evidences.length
  }
}

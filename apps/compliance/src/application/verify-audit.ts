import { EMPTY_CHAIN, flawOfHead, flawOfLink, headAt, type ChainHead, type Flaw, type Sha256 } from '../domain/chain.ts'
import type { UnitOfWork } from './ports.ts'

export interface Verification {
  /** The first record that does not fit; undefined when all do. */
  readonly flaw: Flaw | undefined
  /** Records that fit, from the first. */
  readonly sound: ChainHead
}

/** Records that are held in memory at a time: each may carry 64 KiB. */
const PAGE = 200

/**
 * Recomputes a tenant's chain from its first record. What is appended meanwhile belongs to the next verification: the
 * length is taken at the begin, and no transaction stays open between two pages.
 */
export class VerifyAudit {
  readonly #unitOfWork: UnitOfWork
  readonly #sha256: Sha256

  constructor(unitOfWork: UnitOfWork, sha256: Sha256) {
    this.#unitOfWork = unitOfWork
    this.#sha256 = sha256
  }

  async execute(tenantId: string, signal: AbortSignal): Promise<Verification> {
    const { head, last } = await this.#unitOfWork.run(tenantId, ({ trail }) => trail.extent())
    let sound = EMPTY_CHAIN
    while (sound.records < head.records) {
      signal.throwIfAborted()
      const limit = Math.min(PAGE, head.records - sound.records)
      const page = await this.#unitOfWork.run(tenantId, ({ trail }) => trail.after(sound.records, limit))
      if (page.length === 0) break
      for (const record of page) {
        const flaw = flawOfLink(record, sound, this.#sha256)
        if (flaw) return { flaw, sound }
        sound = headAt(record)
      }
    }
    // Records behind the head are not read: that they are there is the flaw.
    const reached = sound.records === head.records ? { ...sound, records: Math.max(sound.records, last) } : sound
    return { flaw: flawOfHead(reached, head), sound }
  }
}

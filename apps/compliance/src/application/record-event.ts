import { link, type AuditEntry, type Sha256 } from '../domain/chain.ts'
import type { Stores } from './ports.ts'

/** Makes an event the next link of its tenant's chain, in the transaction that takes it in. */
export class RecordEvent {
  readonly #sha256: Sha256

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  async execute(entry: AuditEntry, { trail }: Stores): Promise<void> {
    await trail.append(link(entry, await trail.lockHead(), this.#sha256))
  }
}

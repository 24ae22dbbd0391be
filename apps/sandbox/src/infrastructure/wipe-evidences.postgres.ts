import type { EntityManager } from 'typeorm'
import type { WipeEvidences } from '../application/ports.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import { evidenceRows, fromEvidenceRow, toEvidenceRow } from './rows.ts'

export class PostgresWipeEvidences implements WipeEvidences {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async load(sessionId: string): Promise<WipeEvidence | undefined> {
    const row = await this.#manager.findOneBy(evidenceRows, { tenantId: this.#tenantId, sessionId })
    return row ? fromEvidenceRow(row) : undefined
  }

  async add(evidence: WipeEvidence): Promise<void> {
    await this.#manager.insert(evidenceRows, toEvidenceRow(evidence) as never)
  }
}

import type { EntityManager } from 'typeorm'
import type { Deliveries, StoredDelivery } from '../application/ports.ts'
import type { Delivery } from '../domain/delivery.ts'
import { deliveryRows, fromRow, toRow } from './rows.ts'

export class PostgresDeliveries implements Deliveries {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async lock(jobId: string): Promise<void> {
    // By its name and not by its row: the first delivery of a job has none yet.
    await this.#manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('delivery:' || $1 || $2, 0))`, [
      this.#tenantId,
      jobId,
    ])
  }

  async load(jobId: string): Promise<StoredDelivery | undefined> {
    const row = await this.#manager.findOneBy(deliveryRows, { tenantId: this.#tenantId, jobId })
    return row ? fromRow(row) : undefined
  }

  async put(stored: StoredDelivery): Promise<void> {
    await this.#manager.upsert(deliveryRows, toRow(this.#tenantId, stored), ['tenantId', 'jobId'])
  }

  async setState({ jobId, state, appliedAt, revertedAt }: Delivery): Promise<void> {
    await this.#manager.update(deliveryRows, { tenantId: this.#tenantId, jobId }, { state, appliedAt, revertedAt })
  }
}

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

import type { UnitOfWork } from '@iama/persistence'
import type { EntityManager } from 'typeorm'
import type { DomainMessage } from './event.ts'

/** Which events a consumer has acted on, in the transaction that acts. */
export interface Inbox {
  /** False when this consumer has acted on the event before. */
  accept(consumer: string, message: DomainMessage): Promise<boolean>
}

export class PostgresInbox implements Inbox {
  readonly #manager: EntityManager

  constructor(manager: EntityManager) {
    this.#manager = manager
  }

  async accept(consumer: string, message: DomainMessage): Promise<boolean> {
    const inserted: unknown[] = await this.#manager.query(
      `INSERT INTO inbox (tenant_id, consumer, event_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING event_id`,
      [message.tenantId, consumer, message.id],
    )
    return inserted.length === 1
  }
}

/** Acts on each event once: the id and the effect commit together, in the name of the event's tenant. */
export const onceOnly =
  <Stores extends { readonly inbox: Inbox }>(
    unitOfWork: UnitOfWork<Stores>,
    consumer: string,
    act: (message: DomainMessage, stores: Stores) => Promise<void>,
  ) =>
  async (message: DomainMessage): Promise<void> => {
    await unitOfWork.run(message.tenantId, async (stores) => {
      if (await stores.inbox.accept(consumer, message)) await act(message, stores)
    })
  }

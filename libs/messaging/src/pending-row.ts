import type { DomainMessage } from './event.ts'

/** A row of the outbox that JetStream does not have yet, as far as is known. */
export interface PendingRow {
  readonly day: string
  readonly position: number
  readonly message: DomainMessage
}

/** Rows of one lane are published in their order. */
export const laneOf = ({ message }: PendingRow): string => `${message.tenantId}/${message.aggregateId}`

/** The lanes of which rows are on their way. */
export class BusyLanes {
  readonly #rows = new Map<string, number>()

  has(row: PendingRow): boolean {
    return this.#rows.has(laneOf(row))
  }

  add(row: PendingRow): void {
    this.#rows.set(laneOf(row), (this.#rows.get(laneOf(row)) ?? 0) + 1)
  }

  delete(row: PendingRow): void {
    const left = (this.#rows.get(laneOf(row)) ?? 1) - 1
    if (left > 0) this.#rows.set(laneOf(row), left)
    else this.#rows.delete(laneOf(row))
  }
}

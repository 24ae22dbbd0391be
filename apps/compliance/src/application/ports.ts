import type { AuditRecord, ChainHead } from '../domain/chain.ts'

/** A tenant's records in the order of the chain; append-only. */
export interface AuditTrail {
  /** The chain's end. Until the transaction ends, nobody else appends for this tenant. */
  lockHead(): Promise<ChainHead>
  /** Appends the link and moves the head to it. */
  append(record: AuditRecord): Promise<void>
  /** At most `limit` records after a position, in order. */
  after(position: number, limit: number): Promise<AuditRecord[]>
  /** The head and the position of the last record, as of one moment; `last` is 0 when there is no record. */
  extent(): Promise<{ readonly head: ChainHead; readonly last: number }>
}

/** What takes part in one transaction of one tenant. */
export interface Stores {
  readonly trail: AuditTrail
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

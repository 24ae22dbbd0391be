import { DomainError } from '@iama/kernel'

/** Somebody else changed the row since it was read. Read again, decide again. */
export class ConcurrentUpdate extends DomainError {
  readonly code = 'CONCURRENT_UPDATE'
  override readonly kind = 'conflict'
}

/** PostgreSQL is away. Nothing was changed, or it is not known: repeat with the same idempotency key. */
export class DatabaseUnavailable extends DomainError {
  readonly code = 'DATABASE_UNAVAILABLE'
  override readonly kind = 'unavailable'
}

// Classes 08 (connection) and 57P (operator intervention), and what node reports when the socket is gone.
const awaySqlStates = /^(08...|57P0[1-5])$/
const awayMessages =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|the database system is/i

/** Whether an error of the driver means that the server is away, and not that the statement is wrong. */
export const isDatabaseAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  return (typeof code === 'string' && awaySqlStates.test(code)) || awayMessages.test(`${String(code)} ${error.message}`)
}

/** PostgreSQL's SQLSTATE of a failed statement, or undefined. */
export const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

export const UNIQUE_VIOLATION = '23505'

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

/**
 * A statement of the transaction had failed and its error was swallowed: PostgreSQL then answers COMMIT with a rollback.
 * A defect of the work: let the error out, or use a savepoint.
 */
export class TransactionWasAborted extends Error {}

// Classes 08 (connection), 57P (operator intervention), 53300 (no connection left), 25P03 (idle for too long).
const awaySqlStates = /^(08...|57P0[1-5]|53300|25P03)$/
const awaySocketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])
// What pg says without a code.
const awayMessages =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed)/

/** Whether an error of the driver means that the server is away, and not that the statement is wrong. */
export const isDatabaseAway = (error: unknown): boolean => {
  // By their fields: the errors of sockets may come from another realm, where they are no instances of our Error.
  if (error instanceof DomainError) return false
  const code = sqlState(error) ?? ''
  const { message } = (error ?? {}) as { message?: unknown }
  return awaySqlStates.test(code) || awaySocketCodes.has(code) || awayMessages.test(String(message))
}

/** PostgreSQL's SQLSTATE of a failed statement, or undefined. */
export const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

export const UNIQUE_VIOLATION = '23505'

// A deadlock's victim, and what could not be serialised: the work is right, it only came at the wrong time.
const conflictStates = new Set(['40P01', '40001'])

/** The errors of the driver as those that callers understand; everything else stays as it is. */
export const translated = (error: unknown): unknown => {
  if (isDatabaseAway(error)) {
    return Object.assign(new DatabaseUnavailable('the database is away; try again'), { cause: error })
  }
  if (!(error instanceof DomainError) && conflictStates.has(sqlState(error) ?? '')) {
    return Object.assign(new ConcurrentUpdate('another transaction was in the way; try again'), { cause: error })
  }
  return error
}

import { ConcurrentUpdate, optimisticUpdate, sqlState, UNIQUE_VIOLATION } from '@iama/persistence'
import { In, type EntityManager } from 'typeorm'
import type { Sessions, StoredSession } from '../application/ports.ts'
import type { Session } from '../domain/session.ts'
import { fromSessionRow, sessionRows, toSessionRow } from './rows.ts'

export class PostgresSessions implements Sessions {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async load(sessionId: string): Promise<StoredSession | undefined> {
    const row = await this.#manager.findOneBy(sessionRows, { tenantId: this.#tenantId, id: sessionId })
    return row ? fromSessionRow(row) : undefined
  }

  async ofRequest(requestId: string, address: string): Promise<StoredSession | undefined> {
    const row = await this.#manager.findOneBy(sessionRows, {
      tenantId: this.#tenantId,
      requestId,
      address,
      status: In(['PROVISIONING', 'READY']),
    })
    return row ? fromSessionRow(row) : undefined
  }

  async add(stored: StoredSession): Promise<void> {
    try {
      await this.#manager.insert(sessionRows, toSessionRow(stored))
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) throw new ConcurrentUpdate('the same request is being carried out')
      throw error
    }
  }

  async save(before: StoredSession, session: Session, at: Date): Promise<StoredSession> {
    const stored = { ...before, session, version: before.version + 1, updatedAt: at }
    const { tenantId, id, version: _version, ...columns } = toSessionRow(stored)
    await optimisticUpdate(this.#manager, sessionRows, { tenantId, id }, before.version, columns)
    return stored
  }
}

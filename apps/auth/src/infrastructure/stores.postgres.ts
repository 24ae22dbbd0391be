import { ConcurrentUpdate, sqlState, UNIQUE_VIOLATION } from '@iama/persistence'
import type { Envelope } from '@iama/security'
import type { EntityManager } from 'typeorm'
import type { ApiKey, ApiKeys, DataKeys, Sessions, StoredSession, User, Users } from '../application/ports.ts'
import { ApiKeyExists, EmailTaken } from '../domain/errors.ts'
import type { Session } from '../domain/session.ts'

const EMAIL = 'auth.email'

export class PostgresUsers implements Users {
  readonly #manager: EntityManager
  readonly #tenantId: string
  readonly #envelope: Envelope

  constructor(manager: EntityManager, tenantId: string, envelope: Envelope) {
    this.#manager = manager
    this.#tenantId = tenantId
    this.#envelope = envelope
  }

  async add(user: User, emailHash: string, passwordHash: string, tenantName: string): Promise<void> {
    const sealed = await this.#envelope.seal({ tenantId: this.#tenantId }, EMAIL, Buffer.from(user.email))
    await this.#manager.query(`INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, $2, $3)`, [
      this.#tenantId,
      tenantName,
      user.createdAt,
    ])
    try {
      await this.#manager.query(
        `INSERT INTO users (tenant_id, id, email_hash, email_sealed, password_hash, role, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [this.#tenantId, user.id, emailHash, Buffer.from(sealed), passwordHash, user.role, user.createdAt],
      )
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) throw new EmailTaken()
      throw error
    }
  }

  async load(userId: string): Promise<(User & { passwordHash: string }) | undefined> {
    const [row]: UserRow[] = await this.#manager.query(
      `SELECT id, email_sealed, password_hash, role, created_at FROM users WHERE tenant_id = $1 AND id = $2`,
      [this.#tenantId, userId],
    )
    if (!row) return undefined
    const email = await this.#envelope.open({ tenantId: this.#tenantId }, EMAIL, row.email_sealed)
    return {
      id: row.id,
      tenantId: this.#tenantId,
      email: Buffer.from(email).toString(),
      role: row.role,
      createdAt: row.created_at,
      passwordHash: row.password_hash,
    }
  }
}

interface UserRow {
  id: string
  email_sealed: Buffer
  password_hash: string
  role: User['role']
  created_at: Date
}

export class PostgresSessions implements Sessions {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async add(id: string, userId: string, session: Session, at: Date): Promise<void> {
    await this.#manager.query(
      `INSERT INTO sessions (tenant_id, id, user_id, version, state, current_hash, expires_at, created_at)
       VALUES ($1, $2, $3, 1, $4, $5, $6, $7)`,
      [this.#tenantId, id, userId, session.state, session.current, new Date(session.expiresAt), at],
    )
    await this.#addToken(id, session)
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const [row]: SessionRow[] = await this.#manager.query(
      `SELECT user_id, version, state, current_hash, expires_at,
         ARRAY(SELECT hash FROM refresh_tokens t WHERE t.tenant_id = $1 AND t.session_id = $2 ORDER BY generation) AS hashes
       FROM sessions WHERE tenant_id = $1 AND id = $2`,
      [this.#tenantId, id],
    )
    if (!row) return undefined
    const session: Session = {
      state: row.state,
      current: row.current_hash,
      used: row.hashes.filter((hash) => hash !== row.current_hash),
      expiresAt: row.expires_at.getTime(),
    }
    return { id, userId: row.user_id, session, version: row.version }
  }

  async save(stored: StoredSession, session: Session): Promise<void> {
    const [, affected]: [unknown, number] = await this.#manager.query(
      `UPDATE sessions SET version = version + 1, state = $4, current_hash = $5, expires_at = $6
       WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [this.#tenantId, stored.id, stored.version, session.state, session.current, new Date(session.expiresAt)],
    )
    if (affected !== 1) throw new ConcurrentUpdate('the session was used at the same moment; sign in again')
    if (session.current !== stored.session.current) await this.#addToken(stored.id, session)
  }

  async #addToken(id: string, session: Session): Promise<void> {
    await this.#manager.query(
      `INSERT INTO refresh_tokens (tenant_id, session_id, hash, generation) VALUES ($1, $2, $3, $4)`,
      [this.#tenantId, id, session.current, session.used.length],
    )
  }
}

interface SessionRow {
  user_id: string
  version: number
  state: Session['state']
  current_hash: string
  expires_at: Date
  hashes: string[]
}

export class PostgresApiKeys implements ApiKeys {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async add(key: ApiKey, secretHash: string, at: Date): Promise<void> {
    try {
      await this.#manager.query(
        `INSERT INTO api_keys (tenant_id, id, user_id, name, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
        [this.#tenantId, key.id, key.userId, key.name, secretHash, at],
      )
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) throw new ApiKeyExists()
      throw error
    }
  }

  async load(id: string): Promise<ApiKey | undefined> {
    const [row]: { user_id: string; name: string; revoked_at: Date | null }[] = await this.#manager.query(
      `SELECT user_id, name, revoked_at FROM api_keys WHERE tenant_id = $1 AND id = $2`,
      [this.#tenantId, id],
    )
    return row && { id, userId: row.user_id, name: row.name, revoked: row.revoked_at !== null }
  }

  async revoke(id: string, at: Date): Promise<void> {
    await this.#manager.query(`UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2`, [
      this.#tenantId,
      id,
      at,
    ])
  }
}

export class PostgresDataKeys implements DataKeys {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async keep(wrapped: Uint8Array): Promise<{ wrapped: Uint8Array; version: number }> {
    await this.#manager.query(
      `INSERT INTO data_keys (tenant_id, version, wrapped) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING`,
      [this.#tenantId, Buffer.from(wrapped)],
    )
    const [row]: { wrapped: Buffer; version: number }[] = await this.#manager.query(
      `SELECT wrapped, version FROM data_keys WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1`,
      [this.#tenantId],
    )
    return row!
  }
}

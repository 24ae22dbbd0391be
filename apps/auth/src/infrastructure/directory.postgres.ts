import { withoutTenant } from '@iama/persistence'
import type { DataSource } from 'typeorm'
import type { Directory } from '../application/ports.ts'

type Found = { readonly tenantId: string; readonly id: string } | undefined

/** The look-ups of `exceptions.ts`. */
export class PostgresDirectory implements Directory {
  readonly #dataSource: DataSource

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource
  }

  userOfEmail(emailHash: string): Promise<Found> {
    return this.#find('find_user_by_email', emailHash)
  }

  sessionOfToken(tokenHash: string): Promise<Found> {
    return this.#find('find_session_by_token', tokenHash)
  }

  apiKeyOfSecret(secretHash: string): Promise<Found> {
    return this.#find('find_api_key_by_secret', secretHash)
  }

  async #find(lookUp: string, hash: string): Promise<Found> {
    return await withoutTenant(this.#dataSource, async (manager) => {
      const [row]: { tenant_id: string; id: string }[] = await manager.query(`SELECT * FROM ${lookUp}($1)`, [hash])
      return row && { tenantId: row.tenant_id, id: row.id }
    })
  }
}

import type { EntityManager } from 'typeorm'
import type { CachedInstallation, DependencyIndex } from '../application/ports.ts'

export class PostgresDependencyIndex implements DependencyIndex {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async record({ key, address, packages, bytes, at }: CachedInstallation): Promise<void> {
    await this.#manager.query(
      `INSERT INTO dependency_cache_index (tenant_id, key, address, packages, bytes, created_at, used_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6)
       ON CONFLICT (tenant_id, key, address) DO UPDATE SET used_at = excluded.used_at`,
      [this.#tenantId, key, address, packages, bytes, at],
    )
  }
}

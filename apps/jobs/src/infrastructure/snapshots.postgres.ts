import type { EntityManager } from 'typeorm'
import type { BlobPart, Snapshot, Snapshots } from '../application/ports.ts'
import { contentsOf } from '../domain/snapshot.ts'
import { snapshotRows, type SnapshotRow } from './rows.ts'

export class PostgresSnapshots implements Snapshots {
  readonly #manager: EntityManager
  readonly #tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.#manager = manager
    this.#tenantId = tenantId
  }

  async load(snapshotId: string): Promise<Snapshot | undefined> {
    return await this.#find({ id: snapshotId })
  }

  async ofRequest(requestId: string): Promise<Snapshot | undefined> {
    return await this.#find({ requestId })
  }

  async #find(key: { id: string } | { requestId: string }): Promise<Snapshot | undefined> {
    const row = await this.#manager.findOneBy(snapshotRows, { tenantId: this.#tenantId, ...key })
    return row ? fromRow(row) : undefined
  }

  async add(snapshot: Snapshot, requestId: string, missing: readonly string[], at: Date): Promise<void> {
    const sizes = contentsOf(snapshot.entries)
    await this.#manager.insert(snapshotRows, { tenantId: this.#tenantId, ...snapshot, requestId, createdAt: at })
    await this.#manager.query(
      `INSERT INTO snapshot_missing (tenant_id, snapshot_id, sha256, size)
       SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[])`,
      [this.#tenantId, snapshot.id, missing, missing.map((sha256) => sizes.get(sha256)!)],
    )
  }

  async missing(snapshotId: string): Promise<string[]> {
    const rows: { sha256: string }[] = await this.#manager.query(
      `SELECT sha256 FROM snapshot_missing WHERE tenant_id = $1 AND snapshot_id = $2 ORDER BY sha256`,
      [this.#tenantId, snapshotId],
    )
    return rows.map((row) => row.sha256)
  }

  async declared(snapshotId: string, sha256: readonly string[]): Promise<ReadonlyMap<string, number> | undefined> {
    const rows: { sha256: string; size: string }[] = await this.#manager.query(
      `SELECT sha256, size FROM snapshot_missing
       WHERE tenant_id = $1 AND snapshot_id = $2 AND sha256 = ANY($3) AND size IS NOT NULL`,
      [this.#tenantId, snapshotId, sha256],
    )
    const sizes = new Map(rows.map((row) => [row.sha256, Number(row.size)]))
    if (sizes.size > 0 && sha256.every((hash) => sizes.has(hash))) return sizes
    // Something that is not waited for: sent twice, or never declared. The manifest knows, at the price of reading it.
    const snapshot = await this.load(snapshotId)
    return snapshot && contentsOf(snapshot.entries)
  }

  async addPart(snapshotId: string, sha256: string, part: BlobPart): Promise<BlobPart[]> {
    await this.#manager.query(
      `INSERT INTO snapshot_parts (tenant_id, snapshot_id, sha256, part_offset, address, size)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [this.#tenantId, snapshotId, sha256, part.offset, part.address, part.size],
    )
    const rows: { part_offset: string; address: string; size: string }[] = await this.#manager.query(
      `SELECT part_offset, address, size FROM snapshot_parts
       WHERE tenant_id = $1 AND snapshot_id = $2 AND sha256 = $3 ORDER BY part_offset`,
      [this.#tenantId, snapshotId, sha256],
    )
    return rows.map((row) => ({ offset: Number(row.part_offset), address: row.address, size: Number(row.size) }))
  }

  async arrived(snapshotId: string, sha256: readonly string[]): Promise<number> {
    await this.#manager.query(
      `DELETE FROM snapshot_missing WHERE tenant_id = $1 AND snapshot_id = $2 AND sha256 = ANY($3)`,
      [this.#tenantId, snapshotId, sha256],
    )
    await this.#manager.query(
      `DELETE FROM snapshot_parts WHERE tenant_id = $1 AND snapshot_id = $2 AND sha256 = ANY($3)`,
      [this.#tenantId, snapshotId, sha256],
    )
    const [rows]: [{ missing: number }[], number] = await this.#manager.query(
      `UPDATE snapshots SET missing = (SELECT count(*) FROM snapshot_missing WHERE tenant_id = $1 AND snapshot_id = $2)
       WHERE tenant_id = $1 AND id = $2 RETURNING missing`,
      [this.#tenantId, snapshotId],
    )
    return rows[0]!.missing
  }

  async complete(snapshotId: string, manifest: string): Promise<void> {
    await this.#manager.query(`UPDATE snapshots SET manifest = $3 WHERE tenant_id = $1 AND id = $2`, [
      this.#tenantId,
      snapshotId,
      manifest,
    ])
  }
}

const fromRow = (row: SnapshotRow): Snapshot => ({
  id: row.id,
  manifest: row.manifest,
  entries: row.entries,
  missing: row.missing,
})

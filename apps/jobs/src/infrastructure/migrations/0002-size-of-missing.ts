import type { MigrationInterface, QueryRunner } from 'typeorm'

/** A content that comes is held against its declared size without reading the whole manifest. */
export class SizeOfMissing1763726400000 implements MigrationInterface {
  readonly name = 'SizeOfMissing1763726400000'

  async up(runner: QueryRunner): Promise<void> {
    // Null for snapshots that are under way: for those the manifest is read.
    await runner.query('ALTER TABLE snapshot_missing ADD COLUMN size bigint')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE snapshot_missing DROP COLUMN size')
  }
}

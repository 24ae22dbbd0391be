import type { MigrationInterface, QueryRunner } from 'typeorm'

const overBefore = `('ACCEPTED', 'CANCELLED', 'FAILED', 'REVERTED')`
const over = `('ACCEPTED', 'CANCELLED', 'CHECKED', 'FAILED', 'REVERTED')`

/** A check that has its verdict is over: the kill switch has nothing to stop. */
export class Checks1764547200000 implements MigrationInterface {
  readonly name = 'Checks1764547200000'

  async up(runner: QueryRunner): Promise<void> {
    await setOver(runner, over)
  }

  async down(runner: QueryRunner): Promise<void> {
    await setOver(runner, overBefore)
  }
}

/** `CREATE OR REPLACE` keeps who may execute the function. */
const setOver = async (runner: QueryRunner, states: string): Promise<void> => {
  await runner.query('DROP INDEX jobs_open')
  await runner.query(`CREATE INDEX jobs_open ON jobs (id) WHERE state NOT IN ${states}`)
  await runner.query(`CREATE OR REPLACE FUNCTION open_jobs(uuid, uuid, integer) RETURNS TABLE (tenant_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
      SELECT tenant_id, id FROM jobs
      WHERE state NOT IN ${states} AND ($1 IS NULL OR tenant_id = $1) AND ($2 IS NULL OR id = $2)
      ORDER BY id DESC LIMIT $3 $$`)
}

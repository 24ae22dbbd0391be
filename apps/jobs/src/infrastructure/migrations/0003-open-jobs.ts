import { rolesOf } from '@iama/persistence'
import type { MigrationInterface, QueryRunner } from 'typeorm'

const roles = rolesOf('jobs')
const over = `('ACCEPTED', 'CANCELLED', 'FAILED', 'REVERTED')`

/**
 * For the kill switch: which jobs are open, of one tenant, one job, or all. Its owner may see the table, whoever calls
 * it learns ids alone.
 */
export class OpenJobs1763956800000 implements MigrationInterface {
  readonly name = 'OpenJobs1763956800000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX jobs_open ON jobs (id) WHERE state NOT IN ${over}`)
    await runner.query(`CREATE POLICY open_jobs ON jobs FOR SELECT TO ${roles.owner} USING (true)`)
    await runner.query(`CREATE FUNCTION open_jobs(uuid, uuid, integer) RETURNS TABLE (tenant_id uuid, id uuid)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT tenant_id, id FROM jobs
        WHERE state NOT IN ${over} AND ($1 IS NULL OR tenant_id = $1) AND ($2 IS NULL OR id = $2)
        ORDER BY id DESC LIMIT $3 $$`)
    await runner.query('REVOKE ALL ON FUNCTION open_jobs(uuid, uuid, integer) FROM public')
    await runner.query(`GRANT EXECUTE ON FUNCTION open_jobs(uuid, uuid, integer) TO ${roles.app}`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION open_jobs(uuid, uuid, integer)')
    await runner.query('DROP POLICY open_jobs ON jobs')
    await runner.query('DROP INDEX jobs_open')
  }
}

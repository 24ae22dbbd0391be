import type pg from 'pg'

/**
 * Ways around the policies of tables that the role has: grants on a partition (the policies of the parent do not
 * count there), views that read with their owner's rights, and functions that run with them.
 */
export const sideDoors = async (superuser: pg.Client, role: string): Promise<Record<string, string[]>> => {
  const { rows } = await superuser.query<{ name: string; leak: string }>(
    `SELECT r.relname AS name, 'the role has a grant on this partition, past the policies of its parent' AS leak
     FROM pg_class r
     WHERE r.relispartition AND r.relkind = 'r'
       AND has_table_privilege($1, r.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
     UNION ALL
     SELECT 'table ' || r.relname, 'the role may truncate it, which no policy stops'
     FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
     WHERE r.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND has_table_privilege($1, r.oid, 'TRUNCATE')
     UNION ALL
     SELECT 'view ' || r.relname, 'it reads with the rights of its owner: create it WITH (security_invoker = true)'
     FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
     WHERE r.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND has_table_privilege($1, r.oid, 'SELECT')
       AND NOT coalesce('security_invoker=true' = ANY (r.reloptions), false)
     UNION ALL
     SELECT 'function ' || p.proname, 'it runs with the rights of its owner'
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND has_function_privilege($1, p.oid, 'EXECUTE')`,
    [role],
  )
  const doors: Record<string, string[]> = {}
  for (const { name, leak } of rows) (doors[name] ??= []).push(leak)
  return doors
}

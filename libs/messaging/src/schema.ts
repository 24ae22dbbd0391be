import { CURRENT_TENANT, tenantTable, type DatabaseRoles } from '@iama/persistence'

/** Published rows are kept for as long as a wiped stream may have to be refilled. */
export const OUTBOX_DAYS = 8
/** Ids outlive the outbox by a day, so that whatever it sends again is recognised. */
export const INBOX_DAYS = 9

/**
 * The outbox: rows are inserted with the state that they tell about, in one transaction.
 * Daily partitions make forgetting cheap; `outbox_maintain()` keeps two weeks of them ready.
 */
export const outboxSchema = (roles: DatabaseRoles): string[] => [
  `CREATE TABLE outbox (
    day date NOT NULL DEFAULT (now() AT TIME ZONE 'utc')::date,
    id uuid NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id uuid NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text NOT NULL,
    data bytea NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (day, id)
  ) PARTITION BY RANGE (day)`,
  `CREATE TABLE outbox_default PARTITION OF outbox DEFAULT`,
  `CREATE INDEX outbox_pending ON outbox (position) WHERE published_at IS NULL`,
  `ALTER TABLE outbox ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE outbox FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_appends ON outbox FOR INSERT TO ${roles.app} WITH CHECK (tenant_id = ${CURRENT_TENANT})`,
  `CREATE POLICY relay_reads ON outbox FOR SELECT TO ${roles.relay} USING (true)`,
  `CREATE POLICY relay_marks ON outbox FOR UPDATE TO ${roles.relay} USING (true) WITH CHECK (true)`,
  `CREATE POLICY owner_forgets ON outbox TO ${roles.owner} USING (true)`,
  `GRANT insert ON outbox TO ${roles.app}`,
  `GRANT select, update (published_at) ON outbox TO ${roles.relay}`,
  `CREATE TABLE outbox_stream (stream text PRIMARY KEY, created text NOT NULL, last_sequence bigint NOT NULL)`,
  `GRANT select, insert, update ON outbox_stream TO ${roles.relay}`,
  outboxMaintain,
  `SELECT outbox_maintain()`,
  `REVOKE ALL ON FUNCTION outbox_maintain() FROM public`,
  `GRANT EXECUTE ON FUNCTION outbox_maintain() TO ${roles.relay}`,
]

// Rows that landed in the default partition keep a day's partition from being made; they age there instead.
const outboxMaintain = `CREATE FUNCTION outbox_maintain() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
  DECLARE
    today date := (now() AT TIME ZONE 'utc')::date;
    d date;
    partition record;
    pending boolean;
  BEGIN
    FOR d IN SELECT generate_series(today, today + 14, interval '1 day')::date LOOP
      IF to_regclass('outbox_' || to_char(d, 'YYYYMMDD')) IS NULL
         AND NOT EXISTS (SELECT 1 FROM outbox_default WHERE day = d) THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                       'outbox_' || to_char(d, 'YYYYMMDD'), d, d + 1);
      END IF;
    END LOOP;
    FOR partition IN
      SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '^outbox_[0-9]{8}$'
        AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - ${OUTBOX_DAYS}
    LOOP
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE published_at IS NULL)', partition.relname) INTO pending;
      IF NOT pending THEN EXECUTE format('DROP TABLE %I', partition.relname); END IF;
    END LOOP;
    DELETE FROM outbox_default WHERE day < today - ${OUTBOX_DAYS} AND published_at IS NOT NULL;
  END $$`

/** The inbox: which events a consumer has acted on. The relay forgets the old ones, for it alone may see all tenants. */
export const inboxSchema = (roles: DatabaseRoles): string[] => [
  `CREATE TABLE inbox (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, consumer, event_id)
  )`,
  `CREATE INDEX inbox_age ON inbox (received_at)`,
  ...tenantTable('inbox', roles, ['select', 'insert']),
  `CREATE POLICY owner_forgets ON inbox TO ${roles.owner} USING (true)`,
  `CREATE FUNCTION inbox_maintain() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM inbox WHERE received_at < now() - interval '${INBOX_DAYS} days' $$`,
  `REVOKE ALL ON FUNCTION inbox_maintain() FROM public`,
  `GRANT EXECUTE ON FUNCTION inbox_maintain() TO ${roles.relay}`,
]

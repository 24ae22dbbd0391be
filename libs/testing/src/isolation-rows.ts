import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import pg from 'pg'

export interface SampleColumn {
  readonly name: string
  /** The type's name as in pg_type; that of the base type for a domain. */
  readonly type: string
  readonly maxLength: number | null
  /** The labels of an enumeration, in order. */
  readonly labels: readonly string[] | null
}

/** A table as the isolation suite sees it. */
export interface SampleTable {
  /** With its schema unless that is `public`. */
  readonly name: string
  /** Quoted, for statements. */
  readonly sql: string
  /** Without those whose value the database alone makes. */
  readonly columns: readonly SampleColumn[]
  /** Names of its CHECK constraints. */
  readonly checks: readonly string[]
}

/** Every table, partitioned ones included; their partitions are not tables of their own here. */
export const tablesOf = async (superuser: pg.Client): Promise<SampleTable[]> => {
  const { rows } = await superuser.query<SampleTable>(
    `SELECT CASE t.table_schema WHEN 'public' THEN t.table_name ELSE t.table_schema || '.' || t.table_name END AS name,
       format('%I.%I', t.table_schema, t.table_name) AS sql,
       (SELECT coalesce(json_agg(json_build_object(
          'name', c.column_name, 'type', c.udt_name, 'maxLength', c.character_maximum_length,
          'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e
                     JOIN pg_type y ON y.oid = e.enumtypid WHERE y.typname = c.udt_name)
        ) ORDER BY c.ordinal_position), '[]')
        FROM information_schema.columns c
        WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name
          AND c.identity_generation IS DISTINCT FROM 'ALWAYS' AND c.is_generated = 'NEVER') AS columns,
       (SELECT coalesce(json_agg(k.conname), '[]') FROM pg_constraint k
        WHERE k.contype = 'c' AND k.conrelid = r.oid) AS checks
     FROM information_schema.tables t
     JOIN pg_class r ON r.oid = format('%I.%I', t.table_schema, t.table_name)::regclass
     WHERE t.table_type = 'BASE TABLE' AND NOT r.relispartition
       AND t.table_schema NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 1`,
  )
  return rows
}

/**
 * The INSERT of a row of a tenant, with a value for each column by its type. The constraints that relate values to
 * each other or to other rows must be out of the way.
 */
export const insertRow = (table: SampleTable, tenant: string): { text: string; values: unknown[] } => ({
  text: `INSERT INTO ${table.sql} (${table.columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')})
    VALUES (${table.columns.map((_, index) => `$${index + 1}`).join(', ')})`,
  values: table.columns.map((column) => (column.name === 'tenant_id' ? tenant : sampleOf(column, table.name))),
})

const text = (): string => randomBytes(8).toString('hex')

const samples: Readonly<Record<string, () => unknown>> = {
  uuid: randomUUID,
  text,
  varchar: text,
  bpchar: text,
  citext: text,
  name: text,
  bool: () => true,
  int2: () => randomInt(1, 2 ** 15),
  int4: () => randomInt(1, 2 ** 31),
  int8: () => randomInt(1, 2 ** 47),
  numeric: () => 1,
  float4: () => 1,
  float8: () => 1,
  date: () => new Date(),
  timestamp: () => new Date(),
  timestamptz: () => new Date(),
  time: () => '12:00',
  interval: () => '1 hour',
  json: () => '{}',
  jsonb: () => '{}',
  bytea: () => randomBytes(8),
  inet: () => '127.0.0.1',
  tsvector: () => '',
}

const sampleOf = (column: SampleColumn, table: string): unknown => {
  if (column.labels) return column.labels[0]
  if (column.type.startsWith('_')) return []
  const sample = samples[column.type]
  if (!sample) throw new Error(`isolation suite: no sample value for ${table}.${column.name} of type ${column.type}`)
  const value = sample()
  return typeof value === 'string' && column.maxLength ? value.slice(0, column.maxLength) : value
}

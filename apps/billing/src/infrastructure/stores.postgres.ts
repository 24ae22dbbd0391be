import type { EntityManager } from 'typeorm'
import type { Budgets, Ledger, Plans, RecordedUsage, Reservations, UsageBook } from '../application/ports.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { Plan } from '../domain/plan.ts'
import type { Reservation, ReservationState, Usage } from '../domain/quota.ts'

/** A manager of one tenant's transaction. */
class Store {
  protected readonly manager: EntityManager
  protected readonly tenantId: string

  constructor(manager: EntityManager, tenantId: string) {
    this.manager = manager
    this.tenantId = tenantId
  }
}

interface PlanRow {
  tier: string
  context_tokens: string
  routes: string[]
  sandboxes: string[]
  jobs_per_month: number | null
  jobs_at_once: number
  price_micros: string
  currency: string
}

const toPlan = (row: PlanRow): Plan => ({
  tier: row.tier,
  contextTokens: Number(row.context_tokens),
  routes: row.routes,
  sandboxes: row.sandboxes,
  jobsPerMonth: row.jobs_per_month,
  jobsAtOnce: row.jobs_at_once,
  priceMicros: Number(row.price_micros),
  currency: row.currency,
})

export class PostgresPlans extends Store implements Plans {
  async ofTenant(usualTier: string): Promise<Plan> {
    const rows: PlanRow[] = await this.manager.query(
      `SELECT * FROM plans WHERE tier = coalesce((SELECT tier FROM subscriptions WHERE tenant_id = $1), $2)`,
      [this.tenantId, usualTier],
    )
    if (!rows[0]) throw new Error(`the catalogue has no tier ${usualTier}`)
    return toPlan(rows[0])
  }

  async all(): Promise<Plan[]> {
    const rows: PlanRow[] = await this.manager.query(`SELECT * FROM plans ORDER BY position`)
    return rows.map(toPlan)
  }
}

export class PostgresReservations extends Store implements Reservations {
  async lock(): Promise<void> {
    await this.manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('quota:' || $1, 0))`, [this.tenantId])
  }

  async ofJob(jobId: string): Promise<Reservation | undefined> {
    const [row]: { id: string; state: ReservationState; reserved_at: Date }[] = await this.manager.query(
      `SELECT id, state, reserved_at FROM reservations WHERE tenant_id = $1 AND job_id = $2`,
      [this.tenantId, jobId],
    )
    return row && { id: row.id, jobId, state: row.state, reservedAt: row.reserved_at }
  }

  async add(reservation: Reservation, expiresAt: Date): Promise<void> {
    await this.manager.query(
      `INSERT INTO reservations (tenant_id, id, job_id, state, reserved_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [this.tenantId, reservation.id, reservation.jobId, reservation.state, reservation.reservedAt, expiresAt],
    )
  }

  async setState(id: string, state: ReservationState, at: Date): Promise<void> {
    await this.manager.query(`UPDATE reservations SET state = $3, ended_at = $4 WHERE tenant_id = $1 AND id = $2`, [
      this.tenantId,
      id,
      state,
      at,
    ])
  }

  async usage(periodStart: Date): Promise<Usage> {
    const [row]: { month: string; active: string }[] = await this.manager.query(
      `SELECT count(*) FILTER (WHERE reserved_at >= $2) AS month, count(*) FILTER (WHERE state = 'ACTIVE') AS active
       FROM reservations WHERE tenant_id = $1 AND state IN ('ACTIVE', 'CONSUMED')`,
      [this.tenantId, periodStart],
    )
    return { month: Number(row!.month), active: Number(row!.active) }
  }
}

interface LedgerRow {
  id: string
  job_id: string
  kind: LedgerEntry['kind']
  amount_micros: string
  currency: string
  debit_account: string
  credit_account: string
  entered_at: Date
}

const toEntry = (row: LedgerRow): LedgerEntry => ({
  id: row.id,
  jobId: row.job_id,
  kind: row.kind,
  amountMicros: Number(row.amount_micros),
  currency: row.currency,
  debitAccount: row.debit_account,
  creditAccount: row.credit_account,
  enteredAt: row.entered_at,
})

export class PostgresLedger extends Store implements Ledger {
  async ofJob(jobId: string): Promise<LedgerEntry | undefined> {
    const [row]: LedgerRow[] = await this.manager.query(
      `SELECT * FROM ledger_entries WHERE tenant_id = $1 AND job_id = $2 AND kind = 'job'`,
      [this.tenantId, jobId],
    )
    return row && toEntry(row)
  }

  async add(entry: LedgerEntry): Promise<void> {
    await this.manager.query(`INSERT INTO ledger_entries VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      this.tenantId,
      entry.id,
      entry.jobId,
      entry.kind,
      entry.amountMicros,
      entry.currency,
      entry.debitAccount,
      entry.creditAccount,
      entry.enteredAt,
    ])
  }

  async list(limit: number, before: string | undefined): Promise<LedgerEntry[]> {
    // Ids are UUIDs of version 7: their order is the order of entry.
    const rows: LedgerRow[] = await this.manager.query(
      `SELECT * FROM ledger_entries WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [this.tenantId, before ?? null, limit],
    )
    return rows.map(toEntry)
  }
}

interface TotalsRow {
  input_tokens: string
  output_tokens: string
  cost_micros: string
  currency: string | null
}

export class PostgresBudgets extends Store implements Budgets {
  async monthMicros(): Promise<number> {
    const [row]: { month_micros: string }[] = await this.manager.query(
      `SELECT month_micros FROM budgets WHERE tenant_id = $1`,
      [this.tenantId],
    )
    return Number(row?.month_micros ?? 0)
  }

  async setMonth(micros: number, at: Date): Promise<void> {
    await this.manager.query(
      `INSERT INTO budgets VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id) DO UPDATE SET month_micros = excluded.month_micros, set_at = excluded.set_at`,
      [this.tenantId, micros, at],
    )
  }
}

export class PostgresUsageBook extends Store implements UsageBook {
  async add(usage: RecordedUsage): Promise<void> {
    await this.manager.query(
      `INSERT INTO usage_records VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
      [
        this.tenantId,
        usage.usageId,
        usage.jobId || null,
        usage.phase,
        usage.provider,
        usage.model,
        usage.inputTokens,
        usage.outputTokens,
        usage.costMicros,
        usage.currency,
        usage.at,
      ],
    )
  }

  async totals(since: Date) {
    const [row]: TotalsRow[] = await this.manager.query(
      `SELECT coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
         coalesce(sum(cost_micros), 0) AS cost_micros, min(currency) AS currency
       FROM usage_records WHERE tenant_id = $1 AND at >= $2`,
      [this.tenantId, since],
    )
    return {
      inputTokens: Number(row!.input_tokens),
      outputTokens: Number(row!.output_tokens),
      costMicros: Number(row!.cost_micros),
      currency: row!.currency ?? 'USD',
    }
  }
}

import type { Clock, Ids } from '@iama/kernel'
import { messagesOf } from '@iama/messaging'
import type { UnitOfWork } from '@iama/persistence'
import type { CallDetails, Ledger, Reservation } from '../application/budgets.ts'
import type { Usage } from '../application/ports.ts'
import { rangeOf } from '../domain/budget.ts'
import { CURRENCY } from '../domain/price.ts'
import { insertUsage, usageMessage, type UsageStores } from './usage-rows.postgres.ts'

const SUMS = `SELECT
  (SELECT coalesce(sum(cost_micros), 0) FROM generations
   WHERE tenant_id = $1 AND at >= $2 AND at < $3 AND id <> ALL ($5::uuid[])) AS month,
  (SELECT coalesce(sum(cost_micros), 0) FROM generations
   WHERE tenant_id = $1 AND job_id = $4 AND id <> ALL ($5::uuid[])) AS job`

/** What is known of a call whose maker died and had said nothing of it. */
const UNKNOWN: CallDetails = { requestId: '', phase: '', provider: '', model: '', tier: '', prompt: '', attempt: 0 }

/** The usage log's table, as budgets read it. */
export class PostgresLedger implements Ledger {
  readonly #unitOfWork: UnitOfWork<UsageStores>
  readonly #ids: Ids
  readonly #clock: Clock

  constructor(unitOfWork: UnitOfWork<UsageStores>, { ids, clock }: { ids: Ids; clock: Clock }) {
    this.#unitOfWork = unitOfWork
    this.#ids = ids
    this.#clock = clock
  }

  async sums(
    tenantId: string,
    { jobId, month }: { readonly jobId: string; readonly month: string },
    except: readonly string[],
  ): Promise<{ jobMicros: number; monthMicros: number }> {
    const { from, to } = rangeOf(month)
    const values = [tenantId, from, to, jobId === '' ? null : jobId, except]
    const [row] = await this.#unitOfWork.run<{ month: string; job: string }[]>(tenantId, ({ manager }) =>
      manager.query(SUMS, values),
    )
    return { jobMicros: Number(row!.job), monthMicros: Number(row!.month) }
  }

  async known(tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#unitOfWork.run<{ id: string }[]>(tenantId, ({ manager }) =>
      manager.query('SELECT id FROM generations WHERE tenant_id = $1 AND id = ANY ($2::uuid[])', [tenantId, ids]),
    )
    const written = new Set(rows.map(({ id }) => id)) // as the database writes it
    return new Set(ids.filter((id) => written.has(id.toLowerCase())))
  }

  async costOf(reservation: Reservation, call: CallDetails | undefined): Promise<number> {
    const { id, tenantId } = reservation
    const at = this.#clock.now()
    const usage = estimateOf(reservation, call)
    const tell = messagesOf({ source: 'router', ids: this.#ids, traceparent: () => '' })({ tenantId, time: at })
    return await this.#unitOfWork.run(tenantId, async (stores) => {
      // Of several at once one writes the row, and the others wait for it here.
      await insertUsage(stores, tenantId, [{ usage, at, message: usageMessage(tell, usage) }])
      const [row]: { cost_micros: string }[] = await stores.manager.query(
        'SELECT cost_micros FROM generations WHERE tenant_id = $1 AND id = $2',
        [tenantId, id],
      )
      return Number(row!.cost_micros)
    })
  }
}

/** All that was reserved: what the provider has counted nobody can tell any more. */
const estimateOf = ({ id, jobId, costMicros }: Reservation, call: CallDetails = UNKNOWN): Usage => ({
  ...call,
  id,
  jobId,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costMicros,
  currency: CURRENCY,
  milliseconds: 0,
  firstTokenMs: undefined,
  estimated: true,
})

import type { UnitOfWork } from '@iama/persistence'
import type { CostLine, UsageBook } from '../application/report-cost.ts'
import type { UsageStores } from './usage-log.postgres.ts'

/** Sums of `bigint` come as text. */
type Row = Readonly<Record<'phase' | 'provider' | 'model', string>> &
  Readonly<Record<'attempt' | 'calls', number>> &
  Readonly<Record<'input' | 'cached' | 'output' | 'reasoning' | 'cost' | 'milliseconds', string>> & {
    readonly estimated: boolean
  }

const query = `
  SELECT phase, attempt, provider, model, count(*)::int AS calls, sum(input_tokens) AS input,
    sum(cached_tokens) AS cached, sum(output_tokens) AS output, sum(reasoning_tokens) AS reasoning,
    sum(cost_micros) AS cost, sum(milliseconds) AS milliseconds, bool_or(estimated) AS estimated
  FROM generations WHERE job_id = $1
  GROUP BY phase, attempt, provider, model ORDER BY min(at), phase, attempt`

export class PostgresUsageBook implements UsageBook {
  readonly #unitOfWork: UnitOfWork<UsageStores>

  constructor(unitOfWork: UnitOfWork<UsageStores>) {
    this.#unitOfWork = unitOfWork
  }

  async ofJob(tenantId: string, jobId: string): Promise<readonly CostLine[]> {
    const rows: readonly Row[] = await this.#unitOfWork.run(tenantId, ({ manager }) => manager.query(query, [jobId]))
    return rows.map(({ phase, attempt, provider, model, calls, estimated, ...sums }) => ({
      phase,
      attempt,
      provider,
      model,
      calls,
      estimated,
      inputTokens: Number(sums.input),
      cachedTokens: Number(sums.cached),
      outputTokens: Number(sums.output),
      reasoningTokens: Number(sums.reasoning),
      costMicros: Number(sums.cost),
      milliseconds: Number(sums.milliseconds),
    }))
  }
}

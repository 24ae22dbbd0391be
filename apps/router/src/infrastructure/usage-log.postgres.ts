import type { Clock, Ids } from '@iama/kernel'
import { messagesOf, type Occasion, type Tell } from '@iama/messaging'
import type { UnitOfWork } from '@iama/persistence'
import type { Metrics } from '@iama/telemetry'
import type { Usage, UsageLog } from '../application/ports.ts'
import { GroupCommit } from './group-commit.ts'
import { insertUsage, usageMessage, type UsageRow, type UsageStores } from './usage-rows.postgres.ts'

export { type UsageStores } from './usage-rows.postgres.ts'

/** With it, those that are over at the same moment are written in one. */
const PATIENCE_MS = 2

/** A row for each call, and an event for each row; what comes at about the same time is one transaction. */
export class PostgresUsageLog implements UsageLog {
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #messages: (occasion: Occasion) => Tell
  readonly #commits: GroupCommit<UsageRow, boolean>

  constructor(
    unitOfWork: UnitOfWork<UsageStores>,
    parts: { ids: Ids; clock: Clock; metrics: Metrics; traceparent: () => string },
  ) {
    this.#clock = parts.clock
    this.#metrics = parts.metrics
    this.#messages = messagesOf({ source: 'router', ids: parts.ids, traceparent: parts.traceparent })
    this.#commits = new GroupCommit({
      commit: async (tenantId, rows) => {
        const fresh = await unitOfWork.run(tenantId, (stores) => insertUsage(stores, tenantId, rows))
        return rows.map(({ usage }) => fresh.has(usage.id.toLowerCase()))
      },
    })
  }

  async record(tenantId: string, usage: Usage, patienceMs = PATIENCE_MS): Promise<void> {
    const at = this.#clock.now()
    const message = usageMessage(this.#messages({ tenantId, time: at }), usage)
    if (await this.#commits.add(tenantId, { usage, at, message }, patienceMs)) this.#measure(usage)
  }

  #measure(usage: Usage): void {
    const { tier, phase, model } = usage
    this.#metrics.llmRequestDuration.record(usage.milliseconds / 1_000, { phase, model })
    const tokens = {
      input: usage.inputTokens,
      output: usage.outputTokens,
      cached: usage.cachedTokens,
      reasoning: usage.reasoningTokens,
    } as const
    for (const type of ['input', 'output', 'cached', 'reasoning'] as const) {
      this.#metrics.llmTokens.add(tokens[type], { tier, phase, model, type })
    }
  }
}

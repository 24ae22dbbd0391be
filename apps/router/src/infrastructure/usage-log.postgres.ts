import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import type { Clock, Ids } from '@iama/kernel'
import { messagesOf, type DomainMessage, type Occasion, type PostgresOutbox, type Tell } from '@iama/messaging'
import type { UnitOfWork } from '@iama/persistence'
import type { Metrics } from '@iama/telemetry'
import type { EntityManager } from 'typeorm'
import type { Usage, UsageLog } from '../application/ports.ts'

/** What takes part in a transaction: rows by hand, and the outbox. */
export interface UsageStores {
  readonly manager: EntityManager
  readonly outbox: PostgresOutbox
}

export class PostgresUsageLog implements UsageLog {
  readonly #unitOfWork: UnitOfWork<UsageStores>
  readonly #ids: Ids
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #messages: (occasion: Occasion) => Tell

  constructor(
    unitOfWork: UnitOfWork<UsageStores>,
    parts: { ids: Ids; clock: Clock; metrics: Metrics; traceparent: () => string },
  ) {
    this.#unitOfWork = unitOfWork
    this.#ids = parts.ids
    this.#clock = parts.clock
    this.#metrics = parts.metrics
    this.#messages = messagesOf({ source: 'router', ids: parts.ids, traceparent: parts.traceparent })
  }

  async record(tenantId: string, usage: Usage): Promise<void> {
    const id = this.#ids.next()
    const at = this.#clock.now()
    await this.#unitOfWork.run(tenantId, async ({ manager, outbox }) => {
      await manager.query(`INSERT INTO generations VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, [
        tenantId,
        id,
        usage.jobId,
        usage.requestId,
        usage.phase,
        usage.provider,
        usage.model,
        usage.inputTokens,
        usage.outputTokens,
        usage.costMicros,
        usage.currency,
        usage.milliseconds,
        at,
      ])
      await outbox.append([this.#message(tenantId, id, usage, at)])
    })
    this.#measure(usage)
  }

  #message(tenantId: string, id: string, usage: Usage, at: Date): DomainMessage {
    return this.#messages({ tenantId, time: at })('usage.recorded', usage.jobId, UsageRecordedEventSchema, {
      usageId: id,
      jobId: usage.jobId,
      phase: usage.phase,
      provider: usage.provider,
      model: usage.model,
      inputTokens: BigInt(usage.inputTokens),
      outputTokens: BigInt(usage.outputTokens),
      costMicros: BigInt(usage.costMicros),
      currency: usage.currency,
      milliseconds: BigInt(usage.milliseconds),
    })
  }

  #measure(usage: Usage): void {
    const { tier, phase, model } = usage
    this.#metrics.llmRequestDuration.record(usage.milliseconds / 1_000, { phase, model })
    this.#metrics.llmTokens.add(usage.inputTokens, { tier, phase, model, type: 'input' })
    this.#metrics.llmTokens.add(usage.outputTokens, { tier, phase, model, type: 'output' })
  }
}

import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import type { DomainMessage, PostgresOutbox, Tell } from '@iama/messaging'
import type { EntityManager } from 'typeorm'
import type { Usage } from '../application/ports.ts'

/** What takes part in a transaction: rows by hand, and the outbox. */
export interface UsageStores {
  readonly manager: EntityManager
  readonly outbox: PostgresOutbox
}

/** A row of the usage log with what the others are told of it. */
export interface UsageRow {
  readonly usage: Usage
  readonly at: Date
  readonly message: DomainMessage
}

export const usageMessage = (tell: Tell, usage: Usage): DomainMessage =>
  // of calls without a job each stands for itself
  tell('usage.recorded', usage.jobId === '' ? usage.id : usage.jobId, UsageRecordedEventSchema, {
    usageId: usage.id,
    jobId: usage.jobId,
    phase: usage.phase,
    provider: usage.provider,
    model: usage.model,
    inputTokens: BigInt(usage.inputTokens),
    outputTokens: BigInt(usage.outputTokens),
    costMicros: BigInt(usage.costMicros),
    currency: usage.currency,
    milliseconds: BigInt(usage.milliseconds),
    cachedTokens: BigInt(usage.cachedTokens),
    reasoningTokens: BigInt(usage.reasoningTokens),
    ...(usage.firstTokenMs === undefined ? {} : { firstTokenMs: BigInt(usage.firstTokenMs) }),
    estimated: usage.estimated,
    prompt: usage.prompt,
  })

/** The type of each column and its value in a row. */
const columns: Readonly<Record<string, readonly [type: string, value: (row: UsageRow) => unknown]>> = {
  id: ['uuid', ({ usage }) => usage.id],
  job_id: ['uuid', ({ usage }) => (usage.jobId === '' ? null : usage.jobId)],
  request_id: ['text', ({ usage }) => usage.requestId],
  phase: ['text', ({ usage }) => usage.phase],
  provider: ['text', ({ usage }) => usage.provider],
  model: ['text', ({ usage }) => usage.model],
  input_tokens: ['bigint', ({ usage }) => usage.inputTokens],
  output_tokens: ['bigint', ({ usage }) => usage.outputTokens],
  cached_tokens: ['bigint', ({ usage }) => usage.cachedTokens],
  reasoning_tokens: ['bigint', ({ usage }) => usage.reasoningTokens],
  cost_micros: ['bigint', ({ usage }) => usage.costMicros],
  currency: ['text', ({ usage }) => usage.currency],
  milliseconds: ['bigint', ({ usage }) => usage.milliseconds],
  first_token_ms: ['bigint', ({ usage }) => usage.firstTokenMs ?? null],
  estimated: ['boolean', ({ usage }) => usage.estimated],
  prompt: ['text', ({ usage }) => usage.prompt],
  attempt: ['integer', ({ usage }) => usage.attempt],
  at: ['timestamptz', ({ at }) => at],
}

const names = Object.keys(columns).join(', ')
const arrays = Object.values(columns).map(([type], at) => `$${at + 2}::${type}[]`)
const values = Object.values(columns).map(([, value]) => value)

const INSERT = `INSERT INTO generations (tenant_id, ${names})
  SELECT $1, * FROM unnest(${arrays.join(', ')}) ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id`

/**
 * Writes rows of one tenant and announces those that were not there yet.
 * @returns their ids
 */
export const insertUsage = async (
  { manager, outbox }: UsageStores,
  tenantId: string,
  rows: readonly UsageRow[],
): Promise<ReadonlySet<string>> => {
  const inserted: { id: string }[] = await manager.query(INSERT, [
    tenantId,
    ...values.map((value) => rows.map((row) => value(row))),
  ])
  const fresh = new Set(inserted.map(({ id }) => id))
  const told = new Map<string, DomainMessage>()
  for (const { usage, message } of rows) {
    const id = usage.id.toLowerCase() // as the database writes it
    if (fresh.has(id) && !told.has(id)) told.set(id, message)
  }
  await outbox.append([...told.values()])
  return fresh
}

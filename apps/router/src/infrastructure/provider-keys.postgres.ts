import { ProviderKeyRemovedEventSchema, ProviderKeySetEventSchema } from '@iama/contracts/iama/router/v1/events'
import type { Clock, Ids } from '@iama/kernel'
import { messagesOf, type Occasion, type Tell } from '@iama/messaging'
import type { UnitOfWork } from '@iama/persistence'
import type { Envelope } from '@iama/security'
import type { ProviderKeys } from '../application/offer-ports.ts'
import { ProviderKey } from '../domain/provider-key.ts'
import type { UsageStores } from './usage-rows.postgres.ts'

/** A key cannot be moved to another provider's row: its endpoint would get to see it. */
const purposeOf = (provider: string): string => `provider-key.${provider}`
/** Names may hold what a subject may not. */
const aggregateOf = (provider: string): string => encodeURIComponent(provider).slice(0, 200)

const UPSERT = `INSERT INTO provider_keys (tenant_id, provider, key_sealed, hint, set_by, set_at)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (tenant_id, provider) DO UPDATE
  SET key_sealed = excluded.key_sealed, hint = excluded.hint, set_by = excluded.set_by, set_at = excluded.set_at`

/** A row for each key, sealed with the tenant's data key; every change is told in its own transaction. */
export class PostgresProviderKeys implements ProviderKeys {
  readonly #unitOfWork: UnitOfWork<UsageStores>
  readonly #envelope: Envelope
  readonly #clock: Clock
  readonly #messages: (occasion: Occasion) => Tell

  constructor(
    unitOfWork: UnitOfWork<UsageStores>,
    parts: { envelope: Envelope; ids: Ids; clock: Clock; traceparent: () => string },
  ) {
    this.#unitOfWork = unitOfWork
    this.#envelope = parts.envelope
    this.#clock = parts.clock
    this.#messages = messagesOf({ source: 'router', ids: parts.ids, traceparent: parts.traceparent })
  }

  /** Opened, by provider. */
  async read(tenantId: string): Promise<ReadonlyMap<string, ProviderKey>> {
    const rows = await this.#unitOfWork.run<{ provider: string; key_sealed: Buffer }[]>(tenantId, ({ manager }) =>
      manager.query('SELECT provider, key_sealed FROM provider_keys WHERE tenant_id = $1', [tenantId]),
    )
    const opened = rows.map(async ({ provider, key_sealed: sealed }) => {
      const text = Buffer.from(await this.#envelope.open({ tenantId }, purposeOf(provider), sealed)).toString()
      return [provider, ProviderKey.parse(text)] as const
    })
    return new Map(await Promise.all(opened))
  }

  async set(tenantId: string, provider: string, key: ProviderKey, userId: string): Promise<void> {
    const sealed = await this.#envelope.seal({ tenantId }, purposeOf(provider), Buffer.from(key.text))
    const time = this.#clock.now()
    const { hint: keyHint } = key
    const row = [tenantId, provider, Buffer.from(sealed), keyHint, userId, time]
    const tell = this.#messages({ tenantId, time })
    const event = { provider, keyHint, userId }
    await this.#unitOfWork.run(tenantId, async ({ manager, outbox }) => {
      await manager.query(UPSERT, row)
      await outbox.append([tell('providerkey.set', aggregateOf(provider), ProviderKeySetEventSchema, event)])
    })
  }

  async remove(tenantId: string, provider: string, userId: string): Promise<boolean> {
    const tell = this.#messages({ tenantId, time: this.#clock.now() })
    return await this.#unitOfWork.run(tenantId, async ({ manager, outbox }) => {
      const [rows]: [{ hint: string }[], number] = await manager.query(
        'DELETE FROM provider_keys WHERE tenant_id = $1 AND provider = $2 RETURNING hint',
        [tenantId, provider],
      )
      const [removed] = rows
      if (!removed) return false
      const event = { provider, keyHint: removed.hint, userId }
      await outbox.append([tell('providerkey.removed', aggregateOf(provider), ProviderKeyRemovedEventSchema, event)])
      return true
    })
  }
}

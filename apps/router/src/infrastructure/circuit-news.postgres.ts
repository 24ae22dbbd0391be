import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { CircuitClosedEventSchema, CircuitOpenedEventSchema } from '@iama/contracts/iama/router/v1/events'
import { messagesOf, type DomainMessage, type PostgresOutbox } from '@iama/messaging'
import { sqlState, UNIQUE_VIOLATION, type UnitOfWork } from '@iama/persistence'
import type { CircuitChange, CircuitNews } from '../application/circuits.ts'
import { SYSTEM_TENANT } from './system-tenant.ts'

/** Changes of circuits as events through the outbox: of the system, or of the tenant whose circuit it is. */
export class PostgresCircuitNews implements CircuitNews {
  readonly #unitOfWork: UnitOfWork<{ readonly outbox: PostgresOutbox }>
  readonly #traceparent: () => string

  constructor(unitOfWork: UnitOfWork<{ readonly outbox: PostgresOutbox }>, traceparent: () => string) {
    this.#unitOfWork = unitOfWork
    this.#traceparent = traceparent
  }

  async tell(change: CircuitChange): Promise<void> {
    const { tenantId = SYSTEM_TENANT } = change.target
    try {
      await this.#unitOfWork.run(tenantId, ({ outbox }) => outbox.append([this.#message(change)]))
    } catch (error) {
      // The id is that of the change: it has been told. (Two days apart the outbox takes both, and readers know the id.)
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error
    }
  }

  #message(change: CircuitChange): DomainMessage {
    const { provider, model, tenantId = SYSTEM_TENANT } = change.target
    const teller = { source: 'router', ids: { next: () => change.id }, traceparent: this.#traceparent }
    const tell = messagesOf(teller)({ tenantId, time: new Date(change.at) })
    // news of one circuit stay in order
    const aggregate = `${encodeURIComponent(provider)}/${encodeURIComponent(model)}`.slice(0, 200)
    return change.to === 'open'
      ? tell('circuit.opened', aggregate, CircuitOpenedEventSchema, {
          provider,
          model,
          failures: change.failures,
          retryAt: timestampFromMs(change.retryAt),
        })
      : tell('circuit.closed', aggregate, CircuitClosedEventSchema, { provider, model })
  }
}

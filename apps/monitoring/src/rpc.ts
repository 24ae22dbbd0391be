import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { MonitoringService } from '@iama/contracts/iama/monitoring/v1/service'
import { DomainError, InvalidRequest } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, type CallerMatrix } from '@iama/security'
import type { ServiceHealth } from './health.http.ts'
import type { NatsStreams } from './streams.nats.ts'

export const callers: CallerMatrix = { [MonitoringService.typeName]: ['people'] }

/** Anybody may be the owner of a tenant; the figures here are of all of them. */
export class NotAnOperator extends DomainError {
  readonly code = 'NOT_AN_OPERATOR'
  override readonly kind = 'forbidden'

  constructor() {
    super('these figures are of all tenants, for those who run IAMA; they name their tenants in OPERATOR_TENANTS')
  }
}

const DEFAULT_PAGE = 20
const MAX_PAGE = 100

export const monitoringRpc = (
  streams: NatsStreams,
  health: () => Promise<readonly ServiceHealth[]>,
  operatorTenants: readonly string[],
): ServiceImplementation => {
  const mayRead = ({ principal }: CallContext): void => {
    requirePermission(principal, 'monitoring.read')
    if (!operatorTenants.includes(principal.tenantId)) throw new NotAnOperator()
  }
  return implement(MonitoringService, {
    listStreams: async (_request, context) => {
      mayRead(context)
      const found = await streams.streams()
      return {
        streams: found.map(({ name, messages, bytes, consumers, lastAt }) => ({
          name,
          messages: BigInt(messages),
          bytes: BigInt(bytes),
          consumers,
          ...(lastAt && { lastAt: timestampFromDate(lastAt) }),
        })),
      }
    },

    listConsumers: async (_request, context) => {
      mayRead(context)
      const found = await streams.consumers()
      return {
        consumers: found.map(({ pending, unacknowledged, redelivered, ...rest }) => ({
          ...rest,
          pending: BigInt(pending),
          unacknowledged: BigInt(unacknowledged),
          redelivered: BigInt(redelivered),
        })),
      }
    },

    listDeadLetters: async ({ pageSize }, context) => {
      mayRead(context)
      const { letters, total } = await streams.deadLetters(pageSizeOf(pageSize))
      return {
        total: BigInt(total),
        deadLetters: letters.map(({ sequence, eventId, type, consumer, reason, at }) => ({
          sequence: BigInt(sequence),
          eventId,
          type,
          consumer,
          reason,
          at: timestampFromDate(at),
        })),
      }
    },

    getHealth: async (_request, context) => {
      mayRead(context)
      return { services: [...(await health())] }
    },
  })
}

const pageSizeOf = (asked: number): number => {
  if (asked < 0 || asked > MAX_PAGE)
    throw new InvalidRequest([
      { field: 'page_size', reason: `is not between 0 and ${MAX_PAGE}`, fix: `send at most ${MAX_PAGE}` },
    ])
  return asked || DEFAULT_PAGE
}

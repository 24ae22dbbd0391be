import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { MonitoringService, type KillJobsRequest } from '@iama/contracts/iama/monitoring/v1/service'
import { DomainError, InvalidRequest, isUuid } from '@iama/kernel'
import type { OperatorService } from '@iama/contracts/iama/jobs/v1/operator'
import { implement, type CallContext, type Client, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, type CallerMatrix, type Permission } from '@iama/security'
import type { ServiceHealth } from './health.http.ts'
import type { NatsStreams } from './streams.nats.ts'

export const callers: CallerMatrix = { [MonitoringService.typeName]: ['people'] }

/** Anybody may be the owner of a tenant; the figures here are of all of them. */
export class NotAnOperator extends DomainError {
  readonly code = 'NOT_AN_OPERATOR'
  override readonly kind = 'forbidden'

  constructor() {
    super('this is about all tenants, and for those who run IAMA; they name their tenants in OPERATOR_TENANTS')
  }
}

const DEFAULT_PAGE = 20
const MAX_PAGE = 100

interface Sources {
  readonly streams: NatsStreams
  readonly health: () => Promise<readonly ServiceHealth[]>
  readonly jobs: Client<typeof OperatorService>
  readonly operatorTenants: readonly string[]
}

export const monitoringRpc = ({ streams, health, jobs, operatorTenants }: Sources): ServiceImplementation => {
  const admit = ({ principal }: CallContext, permission: Permission = 'monitoring.read'): void => {
    requirePermission(principal, permission)
    if (!operatorTenants.includes(principal.tenantId)) throw new NotAnOperator()
  }
  return implement(MonitoringService, {
    listStreams: async (_request, context) => {
      admit(context)
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
      admit(context)
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
      admit(context)
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
      admit(context)
      return { services: [...(await health())] }
    },

    killJobs: async ({ which }, context) => {
      admit(context, 'monitoring.operate')
      const operatorId = context.principal.userId ?? ''
      const { killed, spared, more } = await jobs.killJobs({ ...idsOf(which), operatorId })
      return { killed: killed.map(({ jobId }) => jobId), spared: spared.map(({ jobId }) => jobId), more }
    },
  })
}

/** What is meant has to be said: nobody ends all jobs by leaving an id out. */
const idsOf = (which: KillJobsRequest['which']): { onlyJob?: string; onlyTenant?: string } => {
  if (which.case === 'all' && which.value) return {}
  if (which.case === 'jobId' && isUuid(which.value)) return { onlyJob: which.value }
  if (which.case === 'tenantId' && isUuid(which.value)) return { onlyTenant: which.value }
  throw new InvalidRequest([
    { field: 'which', reason: 'says no jobs', fix: 'send a job_id or a tenant_id (UUIDs), or all as true' },
  ])
}

const pageSizeOf = (asked: number): number => {
  if (asked < 0 || asked > MAX_PAGE)
    throw new InvalidRequest([
      { field: 'page_size', reason: `is not between 0 and ${MAX_PAGE}`, fix: `send at most ${MAX_PAGE}` },
    ])
  return asked || DEFAULT_PAGE
}

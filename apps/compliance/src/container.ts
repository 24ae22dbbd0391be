import { onceOnly, PostgresInbox, readStreams, type Inbox } from '@iama/messaging'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { Container, type ServiceIdentifier } from 'inversify'
import { ListRecords } from './application/list-records.ts'
import type { Stores, UnitOfWork } from './application/ports.ts'
import { RecordEvent } from './application/record-event.ts'
import { VerifyAudit } from './application/verify-audit.ts'
import type { ComplianceConfig } from './config.ts'
import { callers, complianceRpc, type ComplianceUseCases } from './infrastructure/rpc.ts'
import { sha256 } from './infrastructure/sha256.ts'
import { auditing, CONSUMER } from './infrastructure/subscriptions.ts'
import { PostgresAuditTrail } from './infrastructure/trail.postgres.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const UNIT_OF_WORK = token<UnitOfWork & InboxWork>('UnitOfWork')
const RECORD_EVENT = token<RecordEvent>('RecordEvent')
const USE_CASES = token<ComplianceUseCases>('ComplianceUseCases')

interface InboxWork {
  run<Result>(tenantId: string, work: (stores: Stores & { readonly inbox: Inbox }) => Promise<Result>): Promise<Result>
}

/** What a test may put in place of the real thing. */
export type ComplianceOverrides = Pick<HostOptions, 'identity'>

/** Opens the service as it runs in production; the composition root. */
export const createCompliance = async (
  config: ComplianceConfig,
  overrides: ComplianceOverrides = {},
): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [], ...(identity && { identity }) })
  try {
    const container = compose(host)
    const record = onceOnly(container.get(UNIT_OF_WORK), CONSUMER, auditing(container.get(RECORD_EVENT)))
    for (const stream of await auditedStreams(config.streamsFile)) host.consume(stream, CONSUMER, record)
    return await host.serve({ services: complianceRpc(container.get(USE_CASES)), callers })
  } catch (error) {
    await host.stop()
    throw error
  }
}

/** Every stream that declares us as a reader: a new service is audited as soon as its stream is declared. */
const auditedStreams = async (file: string): Promise<string[]> =>
  (await readStreams(file))
    .filter(({ consumers }) => consumers.some(({ name }) => name === CONSUMER))
    .map(({ name }) => name)

const compose = (host: ServiceHost): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(UNIT_OF_WORK).toDynamicValue(() =>
    host.unitOfWork((manager, tenantId) => ({
      trail: new PostgresAuditTrail(manager, tenantId),
      inbox: new PostgresInbox(manager),
    })),
  )
  container.bind(RECORD_EVENT).toDynamicValue(() => new RecordEvent(sha256))
  container
    .bind(USE_CASES)
    .toResolvedValue(
      (work: UnitOfWork) => ({ listRecords: new ListRecords(work), verifyAudit: new VerifyAudit(work, sha256) }),
      [UNIT_OF_WORK],
    )
  return container
}

import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { client } from '@iama/rpc'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import type { Artifacts, Stores, UnitOfWork } from './application/ports.ts'
import { PrepareBundle } from './application/prepare-bundle.ts'
import { ReadBundle } from './application/read-bundle.ts'
import { RecordOutcome } from './application/record-outcome.ts'
import type { DeliveryConfig } from './config.ts'
import { OutboxAnnouncements } from './infrastructure/announcements.outbox.ts'
import { GrpcArtifacts } from './infrastructure/artifacts.grpc.ts'
import { PostgresDeliveries } from './infrastructure/deliveries.postgres.ts'
import { patches } from './infrastructure/patches.ts'
import { deliveryRows } from './infrastructure/rows.ts'
import { callers, deliveryRpc, type DeliveryUseCases } from './infrastructure/rpc.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const ARTIFACTS = token<Artifacts>('Artifacts')
const UNIT_OF_WORK = token<UnitOfWork>('UnitOfWork')
const USE_CASES = token<DeliveryUseCases>('DeliveryUseCases')

/** What a test may put in place of the real thing. */
export interface DeliveryOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Opens the service as it runs in production; the composition root. */
export const createDelivery = async (
  config: DeliveryConfig,
  overrides: DeliveryOverrides = {},
): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [deliveryRows], ...(identity && { identity }) })
  try {
    const container = compose(config, host, overrides)
    return await host.serve({ services: deliveryRpc(container.get(USE_CASES)), callers })
  } catch (error) {
    await host.stop()
    throw error
  }
}

const compose = (config: DeliveryConfig, host: ServiceHost, overrides: DeliveryOverrides): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container
    .bind(ARTIFACTS)
    .toDynamicValue(
      () => new GrpcArtifacts(client(ArtifactService, config.jobsAddress, { token: host.identity.tokens })),
    )
  container.bind(UNIT_OF_WORK).toResolvedValue((ids: Ids) => unitOfWork(host, ids), [IDS])
  container.bind(USE_CASES).toResolvedValue(
    (work: UnitOfWork, artifacts: Artifacts, clock: Clock) => ({
      prepareBundle: new PrepareBundle(work, artifacts, patches, clock),
      readBundle: new ReadBundle(work, artifacts, patches),
      recordOutcome: new RecordOutcome(work, clock),
    }),
    [UNIT_OF_WORK, ARTIFACTS, CLOCK],
  )
  return container
}

const unitOfWork = (host: ServiceHost, ids: Ids): UnitOfWork =>
  host.unitOfWork<Stores>((manager, tenantId) => ({
    deliveries: new PostgresDeliveries(manager, tenantId),
    announcements: new OutboxAnnouncements(
      new PostgresOutbox(manager),
      tenantId,
      ids,
      () => currentTraceparent() ?? '',
    ),
  }))

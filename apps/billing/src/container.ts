import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { onceOnly, PostgresInbox, PostgresOutbox, type Inbox } from '@iama/messaging'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import { BillingApplication } from './application/billing-application.ts'
import type { QuotaMeter, Stores, UnitOfWork } from './application/ports.ts'
import type { BillingConfig } from './config.ts'
import { OutboxAnnouncements } from './infrastructure/announcements.outbox.ts'
import { billingRpc, callers } from './infrastructure/rpc.ts'
import {
  PostgresBudgets,
  PostgresLedger,
  PostgresPlans,
  PostgresReservations,
  PostgresUsageBook,
} from './infrastructure/stores.postgres.ts'
import { recordUsage } from './infrastructure/subscriptions.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const METER = token<QuotaMeter>('QuotaMeter')
const UNIT_OF_WORK = token<UnitOfWork & InboxWork>('UnitOfWork')
const APPLICATION = token<BillingApplication>('BillingApplication')

interface InboxWork {
  run<Result>(tenantId: string, work: (stores: Stores & { readonly inbox: Inbox }) => Promise<Result>): Promise<Result>
}

/** What a test may put in place of the real thing. */
export interface BillingOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Opens the service as it runs in production; the composition root. */
export const createBilling = async (
  config: BillingConfig,
  overrides: BillingOverrides = {},
): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [], ...(identity && { identity }) })
  try {
    const container = compose(config, host, overrides)
    host.consume('EVENTS_ROUTER', 'billing', onceOnly(container.get(UNIT_OF_WORK), 'billing', recordUsage))
    return await host.serve({ services: billingRpc(container.get(APPLICATION)), callers })
  } catch (error) {
    await host.stop()
    throw error
  }
}

const compose = (config: BillingConfig, host: ServiceHost, overrides: BillingOverrides): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  container.bind(CLOCK).toConstantValue(overrides.clock ?? systemClock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container.bind(METER).toConstantValue({
    count: (tier, phase, result) => host.metrics.quotaReservations.add(1, { tier, phase, result }),
  })
  container.bind(UNIT_OF_WORK).toResolvedValue((ids: Ids) => unitOfWork(host, ids), [IDS])
  container
    .bind(APPLICATION)
    .toResolvedValue(
      (work: UnitOfWork, ids: Ids, clock: Clock, meter: QuotaMeter) =>
        new BillingApplication(work, ids, clock, meter, config.usualTier),
      [UNIT_OF_WORK, IDS, CLOCK, METER],
    )
  return container
}

const unitOfWork = (host: ServiceHost, ids: Ids) =>
  host.unitOfWork((manager, tenantId) => ({
    plans: new PostgresPlans(manager, tenantId),
    reservations: new PostgresReservations(manager, tenantId),
    ledger: new PostgresLedger(manager, tenantId),
    usage: new PostgresUsageBook(manager, tenantId),
    budgets: new PostgresBudgets(manager, tenantId),
    inbox: new PostgresInbox(manager),
    announcements: new OutboxAnnouncements(
      new PostgresOutbox(manager),
      tenantId,
      ids,
      () => currentTraceparent() ?? '',
    ),
  }))

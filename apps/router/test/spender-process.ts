import type { SpendingOrder } from '../src/application/budgets.ts'
import { openReplica, usageOf, type ReplicaOptions } from './replicas.ts'

/** What the process does before it is killed. */
export interface SpenderArgument {
  readonly options: ReplicaOptions
  readonly orders: readonly SpendingOrder[]
  /** Ids of calls whose row is written, at this cost, and not settled. */
  readonly written: Readonly<Record<string, number>>
}

// A replica that reserves, writes some rows, says so, and waits for its end.
process.once('disconnect', () => process.exit())
const { options, orders, written } = JSON.parse(process.argv[2]!) as SpenderArgument
const replica = await openReplica(options)
for (const order of orders) {
  await replica.budgets.reserve(order)
  const costMicros = written[order.id]
  if (costMicros !== undefined) {
    await replica.usageLog.record(order.tenantId, usageOf(order.id, order.jobId, { costMicros }))
  }
}
process.send!('reserved')

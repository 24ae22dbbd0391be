import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { BillingService } from '@iama/contracts/iama/billing/v1/service'
import { InvalidRequest, isUuid } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { BillingApplication } from '../application/billing-application.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { Plan } from '../domain/plan.ts'

/** Who may call what. */
export const callers: CallerMatrix = {
  [BillingService.typeName]: ['people'],
  [QuotaService.typeName]: ['worker'],
  [`${QuotaService.typeName}/GetEntitlements`]: ['worker', 'router'],
}

export const billingRpc = (app: BillingApplication): ServiceImplementation[] => [billingService(app), quotaService(app)]

const billingService = (app: BillingApplication): ServiceImplementation =>
  implement(BillingService, {
    getPlan: async (_request, context) => ({ plan: toWirePlan(await app.plan(reader(context))) }),

    listPlans: async (_request, context) => ({ plans: (await app.plans(reader(context))).map(toWirePlan) }),

    getUsage: async (_request, context) => {
      const report = await app.usage(reader(context))
      return {
        periodStart: timestampFromDate(report.periodStart),
        jobsUsed: report.jobsUsed,
        jobsLimit: report.plan.jobsPerMonth ?? 0,
        jobsActive: report.jobsActive,
        inputTokens: BigInt(report.inputTokens),
        outputTokens: BigInt(report.outputTokens),
        costMicros: BigInt(report.costMicros),
        currency: report.currency,
        monthBudgetMicros: BigInt(report.monthBudgetMicros),
      }
    },

    setBudget: async ({ monthMicros }, context) => {
      requirePermission(context.principal, 'billing.manage')
      if (monthMicros < 0n || monthMicros > BigInt(Number.MAX_SAFE_INTEGER)) {
        const fix = 'send micro-units of USD, or 0 for no limit'
        throw new InvalidRequest([{ field: 'month_micros', reason: 'is no amount', fix }])
      }
      await app.setBudget(tenantOf(context.principal), context.principal.userId ?? '', Number(monthMicros))
      return { monthMicros }
    },

    listLedger: async ({ pageSize, pageToken }, context) => {
      if (pageToken !== '' && !isUuid(pageToken)) {
        throw new InvalidRequest([{ field: 'page_token', reason: 'is unknown', fix: 'send the one you were given' }])
      }
      const size = pageSize <= 0 ? 20 : Math.min(pageSize, 100)
      const { entries, next } = await app.ledger(reader(context), size, pageToken)
      return { entries: entries.map(toWireEntry), nextPageToken: next }
    },
  })

const quotaService = (app: BillingApplication): ServiceImplementation => {
  const tenant = (context: CallContext, request: { tenantId: string }): string =>
    tenantOf(context.principal, request.tenantId)
  return implement(QuotaService, {
    reserve: async (request, context) => {
      const { reservationId, plan, expiresAt } = await app.reserve.execute(tenant(context, request), request.jobId)
      return { reservationId, plan: toWirePlan(plan), expiresAt: timestampFromDate(expiresAt) }
    },
    consume: async (request, context) => {
      await app.endReservation.execute(tenant(context, request), request.jobId, 'Consume')
      return {}
    },
    release: async (request, context) => {
      await app.endReservation.execute(tenant(context, request), request.jobId, 'Release')
      return {}
    },
    expire: async (request, context) => ({
      expired: await app.endReservation.expire(tenant(context, request), jobIds(request.finalJobIds)),
    }),
    settle: async (request, context) => ({
      ledgerEntryId: await app.settle.execute(tenant(context, request), request.jobId),
    }),
    getEntitlements: async (request, context) => {
      const { plan, monthBudgetMicros } = await app.entitlements(tenant(context, request))
      return { plan: toWirePlan(plan), monthBudgetMicros: BigInt(monthBudgetMicros) }
    },
  })
}

const MOST_JOBS = 1_000

const jobIds = (ids: readonly string[]): readonly string[] => {
  const refuse = (reason: string, fix: string): never => {
    throw new InvalidRequest([{ field: 'final_job_ids', reason, fix }])
  }
  if (ids.length > MOST_JOBS) refuse(`are ${ids.length}`, `send at most ${MOST_JOBS} in one request`)
  if (!ids.every(isUuid)) refuse('are not all UUIDs', 'send ids of jobs')
  return ids
}

const reader = ({ principal }: CallContext): string => {
  requirePermission(principal, 'billing.read')
  return tenantOf(principal)
}

const toWirePlan = (plan: Plan) => ({
  tier: plan.tier,
  contextTokens: BigInt(plan.contextTokens),
  routes: [...plan.routes],
  sandboxes: [...plan.sandboxes],
  jobsPerMonth: plan.jobsPerMonth ?? 0,
  jobsAtOnce: plan.jobsAtOnce,
})

const toWireEntry = (entry: LedgerEntry) => ({
  ...entry,
  amountMicros: BigInt(entry.amountMicros),
  enteredAt: timestampFromDate(entry.enteredAt),
})

import { readEnvironment, serviceSettings, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'

export interface BillingConfig extends ServiceSettings {
  /** The tier of tenants that never chose one. */
  readonly usualTier: string
}

const schema = serviceSettings.extend({
  DEFAULT_TIER: z.enum(['free', 'plus', 'pro', 'max', 'enterprise']).default('free'),
})

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): BillingConfig => {
  const env = readEnvironment('billing', schema, environment)
  return { ...toServiceSettings('billing', env), usualTier: env.DEFAULT_TIER }
}

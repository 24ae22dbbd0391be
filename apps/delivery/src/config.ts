import { readEnvironment, serviceSettings, target, toServiceSettings, type ServiceSettings } from '@iama/service'

export interface DeliveryConfig extends ServiceSettings {
  readonly jobsAddress: string
}

const schema = serviceSettings.extend({ JOBS_ADDRESS: target })

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): DeliveryConfig => {
  const env = readEnvironment('delivery', schema, environment)
  return { ...toServiceSettings('delivery', env), jobsAddress: env.JOBS_ADDRESS }
}

import { readEnvironment, serviceSettings, toServiceSettings, type ServiceSettings } from '@iama/service'

export type ComplianceConfig = ServiceSettings

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): ComplianceConfig =>
  toServiceSettings('compliance', readEnvironment('compliance', serviceSettings, environment))

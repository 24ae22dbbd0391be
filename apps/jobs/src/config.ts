import { readEnvironment, serviceSettings, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'

export interface JobsConfig extends ServiceSettings {
  /** The folder of the artifacts. */
  readonly artifacts: string
}

const schema = serviceSettings.extend({ DATA_DIR: z.string() })

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): JobsConfig => {
  const env = readEnvironment('jobs', schema, environment)
  return { ...toServiceSettings('jobs', env), artifacts: env.DATA_DIR }
}

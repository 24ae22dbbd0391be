import { readEnvironment, serviceSettings, target, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'

export interface RouterConfig extends ServiceSettings {
  readonly jobsAddress: string
  /** Heap of an engine process, in MiB. */
  readonly engineMemoryMiB: number
  readonly engineTimeoutMs: number
  /** Engine processes at once. */
  readonly enginesAtOnce: number
  /** The program of an engine process. */
  readonly engineProgram: string
}

const schema = serviceSettings.extend({
  JOBS_ADDRESS: target,
  ENGINE_MEMORY_MIB: z.coerce.number().int().min(128).default(1_024),
  ENGINE_TIMEOUT_SECONDS: z.coerce.number().positive().default(300),
  ENGINES_AT_ONCE: z.coerce.number().int().min(1).default(2),
})

/** @throws Error that names each wrong variable */
export const readConfig = (
  engineProgram: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RouterConfig => {
  const env = readEnvironment('router', schema, environment)
  return {
    ...toServiceSettings('router', env),
    jobsAddress: env.JOBS_ADDRESS,
    engineMemoryMiB: env.ENGINE_MEMORY_MIB,
    engineTimeoutMs: env.ENGINE_TIMEOUT_SECONDS * 1_000,
    enginesAtOnce: env.ENGINES_AT_ONCE,
    engineProgram,
  }
}

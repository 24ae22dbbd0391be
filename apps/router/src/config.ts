import { readFileSync } from 'node:fs'
import { readEnvironment, serviceSettings, target, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'
import { readModels, type ModelSettings } from './infrastructure/models-file.ts'

export interface RouterConfig extends ServiceSettings {
  readonly jobsAddress: string
  readonly billingAddress: string
  readonly redisUrl: string
  /** `host:port` of OpenAI's protocol; undefined when it is not served. */
  readonly openAiListen?: string
  /** Best first; without any, the offline engine does everything. */
  readonly models: readonly ModelSettings[]
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
  BILLING_ADDRESS: target,
  REDIS_URL: z.string(),
  HTTP_LISTEN: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, 'is not host:port')
    .default('127.0.0.1:0'),
  MODELS_FILE: z.string().optional(),
  ENGINE_MEMORY_MIB: z.coerce.number().int().min(128).default(1_024),
  ENGINE_TIMEOUT_SECONDS: z.coerce.number().positive().default(300),
  ENGINES_AT_ONCE: z.coerce.number().int().min(1).default(2),
})

/** @throws Error that names each wrong variable, and what is wrong with the file of models */
export const readConfig = (
  engineProgram: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RouterConfig => {
  const env = readEnvironment('router', schema, environment)
  return {
    ...toServiceSettings('router', env),
    jobsAddress: env.JOBS_ADDRESS,
    billingAddress: env.BILLING_ADDRESS,
    redisUrl: env.REDIS_URL,
    openAiListen: env.HTTP_LISTEN,
    models: env.MODELS_FILE ? modelsOf(env.MODELS_FILE, environment) : [],
    engineMemoryMiB: env.ENGINE_MEMORY_MIB,
    engineTimeoutMs: env.ENGINE_TIMEOUT_SECONDS * 1_000,
    enginesAtOnce: env.ENGINES_AT_ONCE,
    engineProgram,
  }
}

const modelsOf = (
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly ModelSettings[] => {
  try {
    return readModels(file, readFileSync(file, 'utf8'), environment)
  } catch (error) {
    throw new Error(`router cannot start: MODELS_FILE ${(error as Error).message}`, { cause: error })
  }
}

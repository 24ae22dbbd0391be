import { readEnvironment, serviceSettings, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'

export interface AuthConfig extends ServiceSettings {
  readonly redisUrl: string
  /** The folder of the signing key and the master key. */
  readonly keys: string
  /** Hex SHA-256 of each service's secret. */
  readonly serviceSecretHashes: Readonly<Record<string, string>>
}

const secretHashes = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)))

const schema = serviceSettings
  .extend({ REDIS_URL: z.string(), DATA_DIR: z.string(), SERVICE_SECRET_HASHES: secretHashes })
  // auth asks nobody who it is
  .extend({ AUTH_ADDRESS: z.string().default(''), SERVICE_SECRET: z.string().default('') })

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): AuthConfig => {
  const env = readEnvironment('auth', schema, environment)
  return {
    ...toServiceSettings('auth', env),
    redisUrl: env.REDIS_URL,
    keys: env.DATA_DIR,
    serviceSecretHashes: env.SERVICE_SECRET_HASHES,
  }
}

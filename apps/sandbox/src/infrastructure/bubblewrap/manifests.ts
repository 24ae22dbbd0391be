import { createHash } from 'node:crypto'
import { InstallFailed } from '../../domain/errors.ts'
import { openRoot } from './folder-handles.ts'
import { readFileOf, walk } from './safe-tree.ts'

const MAX_MANIFESTS = 2_000
const LOCK_FILES = ['npm-shrinkwrap.json', 'package-lock.json', 'yarn.lock'] as const
const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'overrides',
  'workspaces',
] as const

/** What an installation needs of a tree: its manifests and lock file, by path. */
export interface Manifests {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Whether npm's own lock file is there, so that `npm ci` reproduces it. */
  readonly locked: boolean
  /** Lines of the project's .npmrc that say how versions are resolved. */
  readonly resolution: readonly string[]
  readonly anyDependency: boolean
}

type Json = Record<string, unknown>

const parse = (path: string, content: Uint8Array): Json => {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(content)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    )
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Json
  } catch {
    // reported below, together with what is no object
  }
  throw new InstallFailed(`${path} is not a JSON object; mend it and submit again`)
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : value !== null && typeof value === 'object' ? Object.keys(value).length : 0

const refersToFolders = (manifest: Json): boolean =>
  sizeOf(manifest['workspaces']) > 0 ||
  ['dependencies', 'devDependencies', 'optionalDependencies'].some((field) =>
    Object.values((manifest[field] as Json | undefined) ?? {}).some((spec) => /^(file|link):/.test(String(spec))),
  )

/** Only what decides how versions are resolved; a project must not choose the registry or the proxy. */
const resolutionLines = (npmrc: Uint8Array | undefined): string[] =>
  Buffer.from(npmrc ?? [])
    .toString('utf8')
    .split('\n')
    .map((line) => line.replace(/\s/g, ''))
    .filter((line) => /^(legacy-peer-deps|strict-peer-deps|engine-strict|force)=(true|false)$/.test(line))

const read = async (folder: string, paths: readonly string[]): Promise<Map<string, Uint8Array>> => {
  const root = await openRoot(folder)
  const files = new Map<string, Uint8Array>()
  try {
    for (const path of paths) {
      const content = await (await readFileOf(root, path))?.read()
      if (content) files.set(path, content)
    }
  } finally {
    await root.close()
  }
  return files
}

const innerManifests = async (folder: string): Promise<string[]> => {
  const root = await openRoot(folder)
  const paths: string[] = []
  try {
    for await (const entry of walk(root, (path) => !/(^|\/)(node_modules|\.git)$/.test(path.toString('latin1')))) {
      const path = entry.path.toString()
      if (entry.kind === 'file' && path.endsWith('/package.json')) paths.push(path)
      if (paths.length >= MAX_MANIFESTS) break
    }
  } finally {
    await root.close()
  }
  return paths
}

/** Undefined when the tree has no package.json. */
export const readManifests = async (folder: string): Promise<Manifests | undefined> => {
  const files = await read(folder, ['package.json', ...LOCK_FILES, '.npmrc'])
  const content = files.get('package.json')
  if (!content) return undefined
  const resolution = resolutionLines(files.get('.npmrc'))
  files.delete('.npmrc')
  const manifest = parse('package.json', content)
  if (refersToFolders(manifest)) {
    for (const [path, inner] of await read(folder, await innerManifests(folder))) files.set(path, inner)
  }
  return {
    files,
    locked: files.has('package-lock.json') || files.has('npm-shrinkwrap.json'),
    resolution,
    anyDependency: DEPENDENCY_FIELDS.some((field) => !/Meta$/.test(field) && sizeOf(manifest[field]) > 0),
  }
}

/**
 * The cache's key: equal only for the same tenant, tools and registry, the same lock file, and manifests that ask for
 * the same packages (their other fields may differ).
 */
export const dependencyKey = (tenantId: string, manifests: Manifests, tools: readonly string[]): string => {
  const hash = createHash('sha256')
  const add = (text: string | Uint8Array) => hash.update(`${text.length}:`).update(text)
  for (const part of [tenantId, ...tools, ...manifests.resolution]) add(part)
  for (const path of [...manifests.files.keys()].sort()) {
    add(path)
    const content = manifests.files.get(path)!
    if (!path.endsWith('package.json')) {
      add(content)
      continue
    }
    const manifest = path === 'package.json' ? parse(path, content) : safeParse(content)
    add(JSON.stringify([manifest['name'], manifest['version'], ...DEPENDENCY_FIELDS.map((field) => manifest[field])]))
  }
  return hash.digest('hex')
}

/** A test fixture may be a broken package.json on purpose: npm decides whether it matters. */
const safeParse = (content: Uint8Array): Json => {
  try {
    return parse('', content)
  } catch {
    return { name: createHash('sha256').update(content).digest('hex') }
  }
}

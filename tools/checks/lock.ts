import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StepFailed } from '../bootstrap/progress.mjs'
import { root } from '../workspace.ts'

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly workspaces?: readonly string[]
  readonly dev?: boolean
}

interface LockEntry extends Manifest {
  readonly cpu?: readonly string[]
  readonly os?: readonly string[]
  readonly optional?: boolean
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/** An optional package that the lock file does not name, although one that it names may want it. */
export interface Absent {
  readonly name: string
  readonly version: string
  readonly wantedBy: string
  readonly dev: boolean
}

const systems = ['darwin', 'win32', 'linux', 'freebsd', 'android', 'openharmony', 'netbsd', 'openbsd', 'sunos', 'aix']

/** Words in the names of packages with native code, and what npm calls the processor. */
const processors: Readonly<Record<string, string>> = {
  ...{ x64: 'x64', arm64: 'arm64', aarch64: 'arm64', ia32: 'ia32', arm: 'arm', armv7: 'arm', ppc64: 'ppc64' },
  ...{ s390x: 's390x', riscv64: 'riscv64', loong64: 'loong64' },
}

/**
 * Optional packages without an entry. npm leaves out those that the registry at hand did not have, as a rule the
 * native code of another system, and then `npm ci` refuses the lock file that npm itself has written.
 */
export const absentOptionals = ({ packages }: Lock): Absent[] =>
  Object.entries(packages).flatMap(([at, entry]) =>
    Object.entries(at === '' ? {} : (entry.optionalDependencies ?? {})).flatMap(([name, version]) =>
      packages[`${at}/node_modules/${name}`] || packages[`node_modules/${name}`]
        ? []
        : [{ name, version, wantedBy: at.replace(/^.*node_modules\//, ''), dev: entry.dev ?? false }],
    ),
  )

/** The entry of such a package, from its name: enough for npm to pass it over on every other system. */
export const entryOf = ({ name, version, dev }: Absent): LockEntry => {
  const words = name.split(/[/-]/)
  const os = systems.find((system) => words.includes(system))
  const cpu = words.map((word) => processors[word]).find((found) => found !== undefined)
  if (os === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version}: its name tells no system: npm install`)
  return { version, ...(cpu && { cpu: [cpu] }), ...(dev && { dev }), optional: true, os: [os] }
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

const differs = (a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name])

/** Why `npm ci` would refuse this workspace, a sentence each; a fresh clone begins with it. */
export const lockProblems = (workspace: string = root): string[] => {
  const lock = read(path.join(workspace, 'package-lock.json')) as Lock
  const libs = path.join(workspace, 'libs')
  const folders = existsSync(libs) ? readdirSync(libs).map((name) => `libs/${name}`) : []
  const manifests = ['', ...folders].filter((folder) => existsSync(path.join(workspace, folder, 'package.json')))
  const stale = manifests.flatMap((folder) => {
    const manifest = read(path.join(workspace, folder, 'package.json')) as Manifest
    const entry = lock.packages[folder]
    if (entry === undefined) return [`${folder} is not in package-lock.json: npm install`]
    return (['dependencies', 'devDependencies'] as const).flatMap((kind) =>
      differs(manifest[kind], entry[kind]).map(
        (name) => `${path.join(folder, 'package.json')} and package-lock.json differ on ${name}: npm install`,
      ),
    )
  })
  const absent = absentOptionals(lock).map(
    ({ name, version, wantedBy }) =>
      `${name}@${version}, wanted by ${wantedBy}, has no entry: node tools/complete-lock.ts`,
  )
  return [...stale, ...absent]
}

/** Enters the optional packages that npm left out. Returns how many those were. */
export const completeLock = (workspace: string = root): number => {
  const file = path.join(workspace, 'package-lock.json')
  const lock = read(file) as Lock
  const absent = absentOptionals(lock)
  if (absent.length === 0) return 0
  const added = Object.fromEntries(absent.map((one) => [`node_modules/${one.name}`, entryOf(one)]))
  const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`)
  return absent.length
}

/** The check of `npm run check -- lock`. */
export const checkLock = async (logFile: string): Promise<void> => {
  const problems = lockProblems()
  writeFileSync(logFile, `${problems.join('\n')}\n`)
  if (problems.length === 0) return
  const hint = 'npm ci refuses such a lock file, so no fresh clone would start; each line ends with what mends it'
  throw new StepFailed('package-lock.json does not fit', { tail: problems.slice(0, 10).join('\n'), logFile, hint })
}

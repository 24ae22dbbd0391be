import { execFile } from 'node:child_process'
import { access, lstat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { SandboxUnavailable } from '../../domain/errors.ts'
import { Accounts } from './accounts.ts'
import { detectControlGroups, type ControlGroups } from './cgroup.ts'
import { makeFolder } from './folders.ts'
import { inheritedDescriptors } from './descriptors.ts'
import { prepareFolders, type StateFolders } from './layout.ts'
import { findNpm, findProgram, reachable, reachableByOthers, type Toolchain } from './toolchain.ts'

export interface HostOptions {
  /**
   * Folders for sessions, caches and tools, absolute, in order of preference. Where the service is root, sandboxes have
   * accounts of their own: the first folder that they can reach is taken.
   */
  readonly roots: readonly string[]
  /** Where `bwrap` and `npm` are looked for. */
  readonly searchPath: string
  /** The node program for the inside. */
  readonly node: string
  /** The npm package's folder; found by itself when absent. */
  readonly npm?: string | undefined
  /** `auto` looks for control groups, `none` leaves the limits to the supervisor, a path names a delegated group. */
  readonly cgroup: string
}

/** What of this machine the runtime has found and prepared. */
export interface Host {
  readonly folders: StateFolders
  readonly toolchain: Toolchain
  readonly accounts: Accounts
  readonly groups: ControlGroups | undefined
  readonly version: string
  readonly inherited: readonly number[]
  /** Versions that decide what an installation gives. */
  readonly tools: readonly string[]
}

const INSTALL_HINT = 'install it (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install bubblewrap)'

const versionOf = async (program: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(program, [...args, '--version'], { cwd: '/', timeout: 20_000 })).stdout.trim()

/** The first folder that sandboxes can reach, made if need be; nobody else may own it. */
const chooseRoot = async (roots: readonly string[], accounts: Accounts): Promise<string> => {
  for (const root of roots) {
    await makeFolder(root)
    const found = await lstat(root)
    if (!found.isDirectory() || found.uid !== process.getuid?.()) continue
    if (!accounts.separate || (await reachableByOthers(path.join(root, 'x')))) return root
  }
  throw new SandboxUnavailable(
    `the accounts of sandboxes cannot reach ${roots.join(' or ')}`,
    'set SANDBOX_ROOT to a folder of this service that others may pass through, such as one below /var/tmp',
  )
}

/** Finds the programs and prepares the folders. Throws SANDBOX_UNAVAILABLE with the fix when something is missing. */
export const prepareHost = async (options: HostOptions): Promise<Host> => {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new SandboxUnavailable(`bubblewrap needs Linux on x64 or arm64`, 'run this service in a Linux machine')
  }
  const bwrap = await findProgram('bwrap', options.searchPath)
  if (!bwrap) throw new SandboxUnavailable('bubblewrap (bwrap) is not installed', INSTALL_HINT)
  for (const program of ['/usr/bin/prlimit', '/usr/bin/env']) {
    await access(program).catch(() => {
      throw new SandboxUnavailable(`${program} is missing`, 'install util-linux and coreutils')
    })
  }
  const npm = options.npm ?? (await findNpm(options.node, options.searchPath))
  if (!npm) throw new SandboxUnavailable('npm was not found', 'put npm on PATH or set SANDBOX_NPM to its folder')
  const accounts = new Accounts(process.getuid?.() === 0)
  const folders = await prepareFolders(await chooseRoot(options.roots, accounts), process.arch)
  const place = (original: string) =>
    accounts.separate ? reachable(original, folders.tools) : Promise.resolve(original)
  const toolchain = { bwrap, node: await place(options.node), npm: await place(npm) }
  const [version, node, npmVersion, groups] = await Promise.all([
    versionOf(bwrap),
    versionOf(toolchain.node),
    versionOf(toolchain.node, path.join(toolchain.npm, 'bin/npm-cli.js')),
    options.cgroup === 'none' ? undefined : detectControlGroups(options.cgroup === 'auto' ? undefined : options.cgroup),
  ])
  await groups?.sweep()
  const tools = [process.platform, process.arch, node, npmVersion]
  return { folders, toolchain, accounts, groups, version, inherited: inheritedDescriptors(), tools }
}

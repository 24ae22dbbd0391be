import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import type { Toolchain } from './toolchain.ts'

/** Where the command's tree appears: the same place whichever tree it is, so that two trees print the same paths. */
export const PROJECT = '/w/project'
export const HOME = '/home/u'
/** Folders in memory that every namespace has. */
export const STANDARD_SCRATCH = ['/tmp', HOME, '/dev/shm'] as const

export interface Mount {
  readonly source: string
  readonly target: string
  readonly writable: boolean
}

export interface NamespaceLayout {
  readonly toolchain: Toolchain
  /** Folder with passwd, group and hosts for the inside. */
  readonly etc: string
  readonly mounts: readonly Mount[]
  /** Folders that start empty and are forgotten: /tmp and the like, inside of read-only mounts as well. */
  readonly scratch: readonly string[]
  readonly scratchBytes: number
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** File descriptors that the parent passes. */
export const STATUS_FD = 3
export const BLOCK_FD = 4
export const SECCOMP_FD = 5

/** /bin and the like are links into /usr on today's systems; elsewhere they are bound. */
const systemFolders = (): string[] =>
  ['/bin', '/sbin', '/lib', '/lib64', '/lib32'].flatMap((folder) => {
    if (!existsSync(folder)) return []
    return lstatSync(folder).isSymbolicLink()
      ? ['--symlink', readlinkSync(folder), folder]
      : ['--ro-bind', folder, folder]
  })

/** The variables that every command has; nothing is inherited from the host. */
export const baseEnvironment = (): Record<string, string> => ({
  PATH: `${PROJECT}/node_modules/.bin:/opt/node/bin:/usr/bin:/bin`,
  HOME,
  USER: 'u',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  npm_config_cache: '/tmp/.npm',
  npm_config_update_notifier: 'false',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
})

/** The arguments of `bwrap` up to the command. Later mounts cover earlier ones, so the order counts. */
export const namespaceArguments = (layout: NamespaceLayout): string[] => {
  const size = String(layout.scratchBytes)
  const scratch = (folder: string, mode = '0755') => ['--perms', mode, '--size', size, '--tmpfs', folder]
  return [
    '--die-with-parent',
    '--new-session',
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try'],
    '--disable-userns',
    ...['--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    '--clearenv',
    ...Object.entries(layout.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--ro-bind', '/usr', '/usr'],
    ...systemFolders(),
    ...['--ro-bind', layout.etc, '/etc'],
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'], // Debian's programs in /usr/bin are links to it
    ...['--ro-bind', layout.toolchain.node, '/opt/node/bin/node'],
    ...['--ro-bind', layout.toolchain.npm, '/opt/node/lib/node_modules/npm'],
    ...['--symlink', '../lib/node_modules/npm/bin/npm-cli.js', '/opt/node/bin/npm'],
    ...['--symlink', '../lib/node_modules/npm/bin/npx-cli.js', '/opt/node/bin/npx'],
    ...['--proc', '/proc', '--dev', '/dev'],
    ...scratch('/dev/shm', '1777'),
    ...['--remount-ro', '/dev'], // a tmpfs without a size: it must not be a place to write
    ...scratch('/tmp', '1777'),
    ...scratch(HOME),
    ...['--dir', '/w'],
    ...layout.mounts.flatMap((mount) => [mount.writable ? '--bind' : '--ro-bind', mount.source, mount.target]),
    ...layout.scratch.flatMap((folder) => scratch(folder)),
    ...['--remount-ro', '/'],
    ...['--chdir', layout.cwd],
    ...['--json-status-fd', String(STATUS_FD), '--block-fd', String(BLOCK_FD), '--seccomp', String(SECCOMP_FD)],
    '--',
  ]
}

export interface ProcessLimits {
  readonly processes: number
  readonly fileBytes: number
  readonly cpuSeconds: number
}

/**
 * Limits that hold for everything in the namespace, its first process included: they are set before it is made. The
 * number of processes is counted for an account, so it can be limited here only where the account is the sandbox's own.
 * RLIMIT_AS is left alone: Node reserves far more address space than it uses.
 */
export const outerLimits = (limits: ProcessLimits, ownAccount: boolean): string[] => [
  '/usr/bin/prlimit',
  `--fsize=${limits.fileBytes}`,
  `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 5}`,
  '--nofile=4096',
  '--core=0',
  ...(ownAccount ? [`--nproc=${limits.processes}`] : []),
  '--',
]

/**
 * The command under its limit of processes, which inside counts the namespace's own. It is set before the command's own
 * variables, so that a preloaded library cannot get in front.
 */
export const limitedCommand = (
  limits: ProcessLimits,
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
): string[] => [
  '/usr/bin/prlimit',
  `--nproc=${limits.processes}`,
  '--',
  '/usr/bin/env',
  '--',
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ...argv,
]

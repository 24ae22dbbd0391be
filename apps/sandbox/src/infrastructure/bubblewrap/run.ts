import { lstat } from 'node:fs/promises'
import path from 'node:path'
import type { ExecEvent, ExecSpec, InstallResult } from '../../application/ports.ts'
import { SandboxBusy, SandboxLost, UploadRefused } from '../../domain/errors.ts'
import type { SandboxLimits } from '../../domain/limits.ts'
import { parseTreeName, type TreeName } from '../../domain/paths.ts'
import { baseEnvironment, limitedCommand, namespaceArguments, outerLimits, PROJECT, type Mount } from './arguments.ts'
import { Command, type CommandStart } from './command.ts'
import { CACHE_FOLDERS, type CachedDependencies } from './dependency-cache.ts'
import { unlessGone } from './folder-handles.ts'
import type { Host } from './host.ts'
import { installDependencies, type CommandRequest, type InstallEnvironment } from './installer.ts'
import { treeFolder, treesFolder, type Session } from './session.ts'

const INSTALL_TREE = parseTreeName('install')
const KEPT_BYTES = 16_384

const checkCommand = (spec: ExecSpec): void => {
  const refuse = (reason: string, fix: string) => new UploadRefused(spec.argv[0] ?? '', reason, fix)
  const texts = [...spec.argv, ...Object.values(spec.env ?? {})]
  if (!spec.argv[0]) throw refuse('is no program', 'name the program to run')
  // env(1) would take it for a variable
  if (spec.argv[0].includes('=')) throw refuse('has "=" in the name of the program', 'use a name without it')
  if (texts.some((text) => text.includes('\0'))) throw refuse('has a NUL byte among its arguments', 'remove it')
  for (const name of Object.keys(spec.env ?? {})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw refuse(`sets ${JSON.stringify(name)}`, 'use a plain name')
  }
}

/** Bubblewrap would follow a link to the place of a mount: every part of the way must be a real folder or absent. */
const isPlainWay = async (folder: string, place: string): Promise<boolean> => {
  let current = folder
  for (const name of place.split('/')) {
    current = path.join(current, name)
    const found = await unlessGone(lstat(current))
    if (!found) return true
    if (!found.isDirectory()) return false
  }
  return true
}

/** Where the installed packages appear, and the empty folders inside of them that tools expect to write to. */
const dependencyMounts = async (dependencies: CachedDependencies | undefined, folder: string, target: string) => {
  const mounts: Mount[] = []
  const scratch: string[] = []
  for (const place of dependencies?.places ?? []) {
    if (!(await isPlainWay(folder, place))) continue
    mounts.push({ source: path.join(dependencies!.folder, place), target: `${target}/${place}`, writable: false })
    scratch.push(...CACHE_FOLDERS.map((name) => `${target}/${place}/${name}`))
  }
  return { mounts, scratch }
}

/**
 * Starts a command and counts it among those of its session, in one go: whoever destroys the session either finds it
 * there or has said so before. What began after that would be ended by nobody, under an account that is free again.
 */
export const startCommand = (
  host: Host,
  session: Session,
  {
    tree,
    ...parts
  }: Pick<CommandStart, 'account' | 'limits' | 'folder' | 'stdin' | 'signal'> & { readonly tree: TreeName },
  inside: { mounts: readonly Mount[]; scratch: readonly string[]; env: Readonly<Record<string, string>>; cwd: string },
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
): Command => {
  if (session.ending) throw new SandboxLost(session.sandboxId)
  const command = new Command({
    ...parts,
    inherited: host.inherited,
    scratch: inside.scratch,
    bwrap: host.toolchain.bwrap,
    prefix: outerLimits(parts.limits, parts.account !== undefined),
    arguments: namespaceArguments({
      ...inside,
      toolchain: host.toolchain,
      etc: host.folders.etc,
      scratchBytes: parts.limits.scratchBytes,
    }),
    command: limitedCommand(parts.limits, env, argv),
    seccompFile: host.folders.seccompFile,
    groups: host.groups,
  })
  session.running.set(command, tree)
  return command
}

/**
 * Runs a command in a tree of a session; the tree is the only thing on disk that it can write. `mostAtOnce` is how many
 * the session may run, this one included.
 */
export async function* runInTree(
  host: Host,
  session: Session,
  spec: ExecSpec & { readonly limits: SandboxLimits; readonly mostAtOnce: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<ExecEvent, void, undefined> {
  checkCommand(spec)
  const folder = treeFolder(session, spec.tree)
  const own = await dependencyMounts(session.dependencies, folder, PROJECT)
  const mounts: Mount[] = [{ source: folder, target: PROJECT, writable: true }, ...own.mounts]
  for (const tree of spec.readTrees ?? []) {
    const target = `/w/${tree}`
    const source = treeFolder(session, tree)
    const others = await dependencyMounts(session.dependencies, source, target)
    mounts.push({ source, target, writable: false }, ...others.mounts)
  }
  // after all that is waited for: others may have begun meanwhile
  if (session.running.size >= spec.mostAtOnce) throw new SandboxBusy(session.running.size)
  const { account } = session
  const command = startCommand(
    host,
    session,
    { tree: spec.tree, account, limits: spec.limits, folder: treesFolder(session), stdin: spec.stdin, signal },
    { mounts, scratch: own.scratch, env: baseEnvironment(), cwd: spec.cwd ? `${PROJECT}/${spec.cwd}` : PROJECT },
    spec.env ?? {},
    spec.argv,
  )
  try {
    yield* command.events()
  } finally {
    session.running.delete(command)
    session.usedAt = Date.now()
  }
}

export interface InstallParts extends Omit<InstallEnvironment, 'run' | 'tools'> {
  readonly host: Host
}

/** Installs a tree's dependencies under an account of the tenant, so that no session's account may change them. */
export const installInto = async (
  session: Session,
  tree: string,
  signal: AbortSignal | undefined,
  parts: InstallParts,
): Promise<{ result: InstallResult; dependencies: CachedDependencies | undefined }> => {
  const { host } = parts
  const accountOf = `installer of ${session.sandboxId}`
  const account = host.accounts.claim(accountOf)
  const run = async (request: CommandRequest) => {
    const command = startCommand(
      host,
      session,
      { tree: INSTALL_TREE, account, limits: session.limits, folder: request.folder, signal },
      { mounts: request.mounts, scratch: [], env: request.env, cwd: PROJECT },
      {},
      request.argv,
    )
    try {
      return await collect(command)
    } finally {
      session.running.delete(command)
      session.usedAt = Date.now()
    }
  }
  try {
    return await installDependencies(
      { ...parts, tools: host.tools, run },
      {
        tenantId: session.tenantId,
        tree,
        workFolder: path.join(host.folders.installs, session.sandboxId),
        account,
        limits: session.limits,
      },
    )
  } finally {
    host.accounts.release(accountOf)
  }
}

/** Waits for a command's end and keeps the beginning of what it printed. */
export const collect = async (command: Command): Promise<{ ended: string; ok: boolean; output: string }> => {
  let output = Buffer.alloc(0)
  for await (const event of command.events()) {
    if (event.type !== 'exit') {
      output = Buffer.concat([output, event.data]).subarray(0, KEPT_BYTES)
      continue
    }
    const { exitCode, stoppedBy } = event.outcome
    const ended = stoppedBy === null ? `it ended with ${exitCode}` : `stopped by ${stoppedBy}`
    return { ended, ok: exitCode === 0, output: output.toString() }
  }
  return { ended: 'no answer', ok: false, output: output.toString() }
}

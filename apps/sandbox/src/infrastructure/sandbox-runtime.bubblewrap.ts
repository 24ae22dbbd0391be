import type {
  ExecEvent,
  ExecSpec,
  InstallResult,
  ProvisionRequest,
  RuntimeProbe,
  SandboxRuntime,
  TreeEntry,
  UploadEntry,
  UploadSummary,
} from '../application/ports.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import { SandboxBusy, SandboxLost, SandboxUnavailable, UploadRefused } from '../domain/errors.ts'
import { tighten } from '../domain/limits.ts'
import type { TreeName, TreePath } from '../domain/paths.ts'
import { copyTree } from './bubblewrap/copy-tree.ts'
import { DependencyCache } from './bubblewrap/dependency-cache.ts'
import { diskUsage } from './bubblewrap/disk-usage.ts'
import { prepareHost, type Host, type HostOptions } from './bubblewrap/host.ts'
import { readNpmSettings, type NpmSettings } from './bubblewrap/npm-settings.ts'
import { probeHost } from './bubblewrap/probe.ts'
import { installInto, runInTree } from './bubblewrap/run.ts'
import { openRoot } from './bubblewrap/folder-handles.ts'
import { removeFolder } from './bubblewrap/remove-folder.ts'
import { removeFrom } from './bubblewrap/safe-tree.ts'
import { Sessions } from './bubblewrap/sessions.ts'
import { treeFolder, treesFolder, type Session } from './bubblewrap/session.ts'
import { downloadFrom, listFiles, uploadInto } from './bubblewrap/transfer.ts'

export interface BubblewrapOptions extends HostOptions {
  /** The environment that the host's own npm is asked in. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>
  /** Destinations that an installation may reach beyond the registries, `host:port`. */
  readonly egressAllowed: readonly string[]
  readonly maxSessions: number
  readonly maxCommandsPerSession: number
  readonly cacheBytes: number
  readonly now: () => Date
}

/** Sandboxes made of Linux namespaces by bubblewrap: each command has its own, and none outlives its command. */
export class BubblewrapRuntime implements SandboxRuntime {
  readonly #options: BubblewrapOptions
  #host: Promise<Host> | undefined
  #probe: Promise<RuntimeProbe> | undefined
  #sessions: Sessions | undefined
  #settings: Promise<NpmSettings> | undefined

  constructor(options: BubblewrapOptions) {
    this.#options = options
  }

  /** Runs `true` in a real namespace. A refusal is asked again the next time: the fix may have been made. */
  async probe(): Promise<RuntimeProbe> {
    this.#probe ??= probeHost(() => this.#prepare())
    const found = await this.#probe
    if (!found.available) this.#probe = this.#host = undefined
    return found
  }

  async provision(request: ProvisionRequest): Promise<void> {
    await this.#available()
    await this.#sessions!.create(request)
  }

  has(sandboxId: string): boolean {
    return this.#sessions?.find(sandboxId) !== undefined
  }

  async upload(sandboxId: string, tree: TreeName, entries: AsyncIterable<UploadEntry>): Promise<UploadSummary> {
    const session = this.#session(sandboxId)
    const used = await diskUsage(treesFolder(session))
    const folder = await this.#sessions!.makeTree(session, tree)
    return await uploadInto(folder, session.account, entries, session.limits, used)
  }

  async copyTree(sandboxId: string, from: TreeName, to: TreeName): Promise<void> {
    const host = await this.#available()
    const session = this.#session(sandboxId)
    const source = this.#tree(session, from)
    const [all, copied] = [await diskUsage(treesFolder(session)), await diskUsage(source)]
    if (
      all.bytes + copied.bytes > session.limits.diskBytes ||
      all.entries + copied.entries > session.limits.diskEntries
    ) {
      throw new UploadRefused(to, 'a copy does not fit into the sandbox', 'submit a part of the tree')
    }
    await copyTree(host, session, { from, to, size: copied })
    session.trees.add(to)
  }

  async removeTree(sandboxId: string, tree: TreeName): Promise<void> {
    const session = this.#session(sandboxId)
    if ([...session.running.values()].includes(tree)) throw new SandboxBusy(1)
    session.trees.delete(tree)
    await removeFolder(treeFolder(session, tree))
  }

  async removePaths(sandboxId: string, tree: TreeName, paths: readonly TreePath[]): Promise<void> {
    const root = await openRoot(this.#tree(this.#session(sandboxId), tree))
    try {
      for (const each of paths) await removeFrom(root, each)
    } finally {
      await root.close()
    }
  }

  async installDependencies(sandboxId: string, tree: TreeName, signal?: AbortSignal): Promise<InstallResult> {
    const host = await this.#available()
    const session = this.#session(sandboxId)
    const before = session.installing
    const own = Promise.withResolvers<void>()
    session.installing = own.promise
    try {
      // whoever asks again, for he has given up on his first call, finds what that has come to
      await before
      if (session.running.size > 0) throw new SandboxBusy(session.running.size)
      const { result, dependencies } = await installInto(session, this.#tree(session, tree), signal, {
        host,
        cache: new DependencyCache(host.folders.dependencies, this.#options.cacheBytes),
        allowed: this.#options.egressAllowed,
        settings: () => (this.#settings ??= readNpmSettings(host.toolchain, this.#options.hostEnv)),
      })
      session.dependencies = dependencies
      return result
    } finally {
      own.resolve()
    }
  }

  async *exec(sandboxId: string, spec: ExecSpec, signal?: AbortSignal): AsyncGenerator<ExecEvent, void, undefined> {
    const host = await this.#available()
    const session = this.#session(sandboxId)
    this.#tree(session, spec.tree)
    const bounds = { limits: tighten(session.limits, spec.limits), mostAtOnce: this.#options.maxCommandsPerSession }
    yield* runInTree(host, session, { ...spec, ...bounds }, signal)
  }

  async *download(
    sandboxId: string,
    tree: TreeName,
    paths?: readonly TreePath[],
  ): AsyncGenerator<TreeEntry, void, undefined> {
    const session = this.#session(sandboxId)
    yield* downloadFrom(this.#tree(session, tree), session.limits.fileBytes, paths)
  }

  async list(sandboxId: string, tree: TreeName): Promise<string[]> {
    return await listFiles(this.#tree(this.#session(sandboxId), tree))
  }

  /** A file of the installed dependencies, by its path in the project. */
  async *downloadDependency(sandboxId: string, file: TreePath): AsyncGenerator<TreeEntry, void, undefined> {
    const session = this.#session(sandboxId)
    if (session.dependencies) yield* downloadFrom(session.dependencies.folder, session.limits.fileBytes, [file])
  }

  async destroy(sandboxId: string): Promise<WipeEvidence> {
    await this.#prepare()
    return await this.#sessions!.destroy(sandboxId)
  }

  idle(forMs: number): { sandboxId: string; tenantId: string }[] {
    return this.#sessions?.idle(forMs).map(({ sandboxId, tenantId }) => ({ sandboxId, tenantId })) ?? []
  }

  async forgetEvidence(sandboxId: string): Promise<void> {
    await this.#sessions?.forgetEvidence(sandboxId)
  }

  async sweep(): Promise<WipeEvidence[]> {
    await this.#prepare()
    return await this.#sessions!.sweep()
  }

  async forgetTenant(tenantId: string): Promise<number> {
    const host = await this.#prepare()
    return await new DependencyCache(host.folders.dependencies, this.#options.cacheBytes).forget(tenantId)
  }

  /** Destroys what still runs; the evidence of each is the answer. */
  async close(): Promise<WipeEvidence[]> {
    return (await this.#sessions?.close()) ?? []
  }

  #prepare(): Promise<Host> {
    this.#host ??= prepareHost(this.#options).then((host) => {
      this.#sessions ??= new Sessions(host, this.#options)
      return host
    })
    this.#host.catch(() => (this.#host = undefined))
    return this.#host
  }

  async #available(): Promise<Host> {
    const found = await this.probe()
    if (!found.available) throw new SandboxUnavailable(found.reason, found.fix)
    return await this.#prepare()
  }

  #session(sandboxId: string): Session {
    const session = this.#sessions?.find(sandboxId)
    if (!session || session.ending) throw new SandboxLost(sandboxId)
    session.usedAt = this.#options.now().getTime()
    return session
  }

  #tree(session: Session, tree: TreeName): string {
    if (!session.trees.has(tree)) throw new UploadRefused(tree, 'is no tree of this sandbox', 'upload it first')
    return treeFolder(session, tree)
  }
}

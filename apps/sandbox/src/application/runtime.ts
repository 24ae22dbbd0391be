import type { LimitName, SandboxLimits } from '../domain/limits.ts'
import type { TreeName, TreePath } from '../domain/paths.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'

/** What the runtime can do here and now; a refusal carries the reason and the fix. */
export type RuntimeProbe =
  | { readonly available: true; readonly version: string; readonly memoryLimit: 'cgroup' | 'supervisor' }
  | { readonly available: false; readonly reason: string; readonly fix: string }

export interface ProvisionRequest {
  readonly sandboxId: string
  readonly tenantId: string
  readonly limits: SandboxLimits
}

/** One thing to put into a tree. A link is stored as it is and never followed outside the namespace. */
export type UploadEntry =
  | { readonly kind: 'file'; readonly path: TreePath; readonly content: Uint8Array; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly path: TreePath; readonly target: string }

export interface UploadSummary {
  readonly files: number
  readonly symlinks: number
  readonly bytes: number
}

export interface ExecSpec {
  /** The tree whose folder is the working directory; only it can be written. */
  readonly tree: TreeName
  /** Other trees the command may read. */
  readonly readTrees?: readonly TreeName[]
  /** Relative to the tree; the tree itself when absent. */
  readonly cwd?: TreePath
  /** Program and arguments, run without a shell. `node`, `npm` and `npx` are on PATH. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
  /** Only ever tightens what the session has. */
  readonly limits?: Partial<SandboxLimits>
}

export interface ExecOutcome {
  /** Null when the command did not end by itself. */
  readonly exitCode: number | null
  /** The limit that ended the command, or CANCELLED by the caller. */
  readonly stoppedBy: LimitName | 'CANCELLED' | null
  readonly durationMs: number
  readonly outputBytes: number
}

export type ExecEvent =
  | { readonly type: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly type: 'exit'; readonly outcome: ExecOutcome }

export interface InstallResult {
  readonly status: 'installed' | 'cached' | 'nothing-to-install'
  /** Hash of manifest and lock file, tenant included; empty when nothing was installed. */
  readonly cacheKey: string
  /** Development dependencies that the registry does not have; what needs them cannot run. */
  readonly leftOut: readonly string[]
  readonly packages: number
  /** Taken on disk, bytes. */
  readonly bytes: number
  readonly durationMs: number
}

/** A file of a tree as it stands on disk. */
export interface TreeEntry {
  readonly path: string
  readonly kind: 'file' | 'symlink'
  readonly content: Uint8Array
  readonly executable: boolean
}

/** Runs strangers' code. Every method that runs code refuses with SANDBOX_UNAVAILABLE when isolation is missing. */
export interface SandboxRuntime {
  probe(): Promise<RuntimeProbe>
  provision(request: ProvisionRequest): Promise<void>
  has(sandboxId: string): boolean
  /** Adds entries to a tree, creating it. Nothing outside the tree is ever touched. */
  upload(sandboxId: string, tree: TreeName, entries: AsyncIterable<UploadEntry>): Promise<UploadSummary>
  /** Makes `to` a copy of `from`; what `to` held before is gone. */
  copyTree(sandboxId: string, from: TreeName, to: TreeName): Promise<void>
  /** Harmless when the tree is not there. */
  removeTree(sandboxId: string, tree: TreeName): Promise<void>
  removePaths(sandboxId: string, tree: TreeName, paths: readonly TreePath[]): Promise<void>
  /** The one step with a network: through a proxy that lets the package registry through and nothing else. */
  installDependencies(sandboxId: string, tree: TreeName, signal?: AbortSignal): Promise<InstallResult>
  /** Streams output; leaving the loop, or aborting, kills the command and all it started. */
  exec(sandboxId: string, spec: ExecSpec, signal?: AbortSignal): AsyncGenerator<ExecEvent, void, undefined>
  /** Files of a tree in path order; `paths` narrows it. Dependencies are not part of a tree. */
  download(sandboxId: string, tree: TreeName, paths?: readonly TreePath[]): AsyncGenerator<TreeEntry, void, undefined>
  /** Paths of the regular files of a tree, in code-unit order; dependencies are not part of a tree. */
  list(sandboxId: string, tree: TreeName): Promise<string[]>
  /** A file of the installed dependencies, by its path in the project. */
  downloadDependency(sandboxId: string, file: TreePath): AsyncGenerator<TreeEntry, void, undefined>
  /** Sandboxes that no call has used for this long, milliseconds, and that run nothing. */
  idle(forMs: number): { readonly sandboxId: string; readonly tenantId: string }[]
  /**
   * Kills, removes and verifies. The evidence is kept, also over a restart, until it is forgotten; until then
   * destroying again gives it again. Throws SANDBOX_LOST when nothing of the sandbox is or was here.
   */
  destroy(sandboxId: string): Promise<WipeEvidence>
  forgetEvidence(sandboxId: string): Promise<void>
  /** Wipes what dead processes left behind; answers with that and with evidence that nobody has recorded yet. */
  sweep(): Promise<WipeEvidence[]>
  /** Removes the tenant's cached dependencies; answers how many entries there were. */
  forgetTenant(tenantId: string): Promise<number>
  /** Destroys what still runs; the evidence of each is the answer. */
  close(): Promise<WipeEvidence[]>
}

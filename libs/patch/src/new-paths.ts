import { parentsOf } from './tree-path.ts'

/**
 * The paths that a patch makes. Each must be free in the base tree, whatever else the patch deletes or renames, and
 * taken once: only then does any part of a patch apply when the whole does.
 */
export class NewPaths {
  private readonly existing: ReadonlySet<string>
  private readonly folders: ReadonlySet<string>
  private readonly claimed = new Map<string, string>()
  private readonly claimedFolders = new Map<string, string>()

  constructor(existing: Iterable<string>) {
    this.existing = new Set(existing)
    this.folders = new Set([...this.existing].flatMap(parentsOf))
  }

  /** Takes a path for somebody, or says why it cannot be had. */
  claim(target: string, claimant: string): string | undefined {
    const above = [target, ...parentsOf(target)]
    const file = above.find((path) => this.existing.has(path))
    if (file !== undefined) return `${file} already exists`
    if (this.folders.has(target)) return `${target} is a folder`
    const other = above.map((path) => this.claimed.get(path)).find((name) => name !== undefined)
    const owner = other ?? this.claimedFolders.get(target)
    if (owner !== undefined) return `${target} is taken by ${owner}`
    this.claimed.set(target, claimant)
    for (const folder of parentsOf(target)) this.claimedFolders.set(folder, claimant)
    return undefined
  }
}

import path from 'node:path'

/** The parts of a package.json that matter here; anything else in it is ignored. */
export interface PackageJson {
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

export type Scripts = ReadonlyMap<string, string>

const scriptsOf = (manifest: PackageJson): Scripts => {
  const entries = Object.entries(manifest.scripts ?? {})
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The globs of `workspaces`, npm's way or yarn's. */
const globsOf = (value: unknown): string[] => {
  const list = Array.isArray(value) ? value : (value as { packages?: unknown } | undefined)?.packages
  if (!Array.isArray(list)) return []
  return list.filter((each) => typeof each === 'string').map((each) => each.replace(/^(!?)\.?\/|\/+$/g, '$1'))
}

const fits = (name: string, pattern: string): boolean => name === pattern || path.posix.matchesGlob(name, pattern)

/** The packages of a project: the one at the top, its workspaces, and others that lie in its folders. */
export class Packages {
  /** Folders of the workspaces, those of the first glob first. */
  readonly workspaces: readonly string[]
  private readonly manifests: ReadonlyMap<string, PackageJson>

  /** @param inner manifests below the top, by folder */
  constructor(top: PackageJson, inner: ReadonlyMap<string, PackageJson> = new Map()) {
    this.manifests = new Map([...inner, ['', top]])
    const folders = [...inner.keys()].sort()
    const globs = globsOf(top['workspaces'])
    const left = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
    const found = globs.flatMap((glob) => folders.filter((folder) => fits(folder, glob)))
    this.workspaces = [...new Set(found)].filter((folder) => !left.some((glob) => fits(folder, glob)))
  }

  scriptsIn(folder: string): Scripts {
    return scriptsOf(this.manifests.get(this.home(folder))!)
  }

  /** The folder of the package that a folder belongs to. */
  home(folder: string): string {
    for (let at = folder; at !== '' && at !== '.'; at = path.posix.dirname(at)) if (this.manifests.has(at)) return at
    return ''
  }

  /** What a command means by a workspace: its name, its folder, a folder of several, or a glob of either. */
  named(what: string, from: string): string[] {
    const place = path.posix.join(from, what).replace(/\/$/, '')
    const names = (folder: string): boolean => {
      const name = this.manifests.get(folder)?.['name']
      return fits(folder, place) || folder.startsWith(`${place}/`) || (typeof name === 'string' && fits(name, what))
    }
    return this.workspaces.filter(names)
  }

  /** Names of everything that the top and the workspaces depend on. */
  dependencies(): string[] {
    return ['', ...this.workspaces].flatMap((folder) => {
      const { dependencies, devDependencies } = this.manifests.get(folder)!
      return [dependencies, devDependencies].flatMap((each) => Object.keys(each ?? {}))
    })
  }
}

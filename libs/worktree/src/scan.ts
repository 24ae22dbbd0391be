import type { Stats } from 'node:fs'
import { lstat, readlink, realpath } from 'node:fs/promises'
import path from 'node:path'

import { DomainError } from '@iama/kernel'
import picomatch from 'picomatch'

import { checkCount, checkSizes, defaultLimits, type Limits } from './limits.ts'
import { listPaths, type Environment } from './list-paths.ts'

const PARALLEL = 64

/** The folder to scan does not exist or is none. */
export class NotAFolder extends DomainError {
  readonly code = 'NOT_A_FOLDER'
  override readonly kind = 'invalid'
}

export interface ScanOptions {
  /** Globs of the only files to take; empty takes all. */
  readonly include?: readonly string[]
  /** Globs of files to leave out. */
  readonly ignore?: readonly string[]
  readonly limits?: Limits
  /** The environment for git, without GIT_DIR and the like, which make it look elsewhere; usually the process's own. */
  readonly environment?: Environment
}

/** A regular file; its bytes are read with `readTreeFile`. */
export interface ScannedFile {
  /** POSIX, relative to the root, spelt exactly as found. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly executable: boolean
}

/** A symbolic link; it is never followed. */
export interface ScannedLink {
  readonly path: string
  readonly target: string
  /** Whether it points out of the tree. */
  readonly outside: boolean
}

export interface ScannedTree {
  /** Absolute, with no symbolic link in it. */
  readonly root: string
  readonly files: readonly ScannedFile[]
  readonly links: readonly ScannedLink[]
  /** What was listed but is neither file nor link, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  readonly listedBy: 'git' | 'walk'
}

const lstatOrNothing = async (file: string): Promise<Stats | undefined> => {
  try {
    return await lstat(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Whether a link's target, taken by its letters, stays below the root. */
const pointsOut = (root: string, name: string, target: string): boolean => {
  const aim = path.resolve(path.dirname(path.join(root, name)), target)
  return path.isAbsolute(target) || (aim !== root && !aim.startsWith(root + path.sep))
}

type Seen = { readonly file: ScannedFile } | { readonly link: ScannedLink } | { readonly path: string; reason: string }

/** Looks at one listed path without following any link, not even one that stands for a folder above it. */
class Looker {
  private readonly folders = new Map<string, Promise<boolean>>()
  private readonly root: string

  constructor(root: string) {
    this.root = root
  }

  async look(name: string): Promise<Seen> {
    const trimmed = name.endsWith('/') ? name.slice(0, -1) : name
    if (!(await this.isPlainFolder(path.posix.dirname(trimmed)))) {
      return { path: name, reason: 'a folder above it is a symbolic link' }
    }
    const full = path.join(this.root, trimmed)
    const stats = await lstatOrNothing(full)
    if (stats === undefined) return { path: name, reason: 'deleted' }
    if (stats.isSymbolicLink()) {
      const target = await readlink(full)
      return { link: { path: trimmed, target, outside: pointsOut(this.root, trimmed, target) } }
    }
    if (stats.isDirectory()) return { path: trimmed, reason: 'a repository of its own' }
    if (!stats.isFile()) return { path: trimmed, reason: 'neither a file nor a link' }
    return { file: { path: trimmed, size: stats.size, executable: (stats.mode & 0o100) !== 0 } }
  }

  private isPlainFolder(folder: string): Promise<boolean> {
    if (folder === '.') return Promise.resolve(true)
    const known = this.folders.get(folder)
    if (known) return known
    const answer = this.isPlainFolder(path.posix.dirname(folder)).then(
      async (above) => above && !(await lstatOrNothing(path.join(this.root, folder)))?.isSymbolicLink(),
    )
    this.folders.set(folder, answer)
    return answer
  }
}

const selector = ({ include = [], ignore = [] }: ScanOptions): ((name: string) => boolean) => {
  const wanted = include.length > 0 ? picomatch([...include], { dot: true }) : () => true
  const unwanted = ignore.length > 0 ? picomatch([...ignore], { dot: true }) : () => false
  return (name) => wanted(name) && !unwanted(name)
}

/**
 * The files of a project as a snapshot would hold them. Contents are not read.
 * @throws NotAFolder, TreeTooLarge, UnsupportedFileName
 */
export const scanTree = async (dir: string, options: ScanOptions = {}): Promise<ScannedTree> => {
  const stats = await lstatOrNothing(dir).then((found) => (found ? realpath(dir).then(lstat) : undefined))
  if (!stats?.isDirectory()) throw new NotAFolder(`${dir} is not a folder`)
  const root = await realpath(dir)
  const limits = options.limits ?? defaultLimits
  const listing = await listPaths(root, options.environment)
  const selected = listing.paths.filter(selector(options))
  checkCount(selected, limits)
  const looker = new Looker(root)
  const seen: Seen[] = []
  for (let at = 0; at < selected.length; at += PARALLEL) {
    seen.push(...(await Promise.all(selected.slice(at, at + PARALLEL).map((name) => looker.look(name)))))
  }
  const files = seen.flatMap((each) => ('file' in each ? [each.file] : []))
  checkSizes(files, limits)
  return {
    root,
    files,
    links: seen.flatMap((each) => ('link' in each ? [each.link] : [])),
    skipped: seen.flatMap((each) => ('reason' in each ? [{ path: each.path, reason: each.reason }] : [])),
    listedBy: listing.listedBy,
  }
}

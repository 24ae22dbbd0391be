import { statSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { usageError, type CliError } from '../errors.ts'
import { git, GitFailed } from './git.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A folder as it was in a commit, checked out beside the working tree, which is not touched. */
export interface BaseTree extends AsyncDisposable {
  /** Holds the files of the folder at that commit. */
  readonly dir: string
  /** In which git lists exactly these files. */
  readonly environment: Environment
  readonly commit: string
}

/** Where a folder lies in its repository. */
export interface Place {
  readonly gitDir: string
  /** The folder relative to the top, with a slash at its end; empty for the top itself. */
  readonly prefix: string
}

/** @returns undefined outside of a repository */
export const placeOf = async (dir: string, environment: Environment): Promise<Place | undefined> => {
  try {
    const said = await git(['rev-parse', '--absolute-git-dir', '--show-prefix'], { cwd: dir, env: environment })
    const [gitDir = '', prefix = ''] = said.toString().split('\n')
    return { gitDir, prefix }
  } catch (error) {
    if (error instanceof GitFailed) return undefined
    throw error
  }
}

const unknownCommit = (ref: string): CliError =>
  usageError(
    `there is no commit ${ref} here`,
    'In CI the history may be cut off: fetch it (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0).',
  )

const commitOf = async (dir: string, ref: string, env: Environment): Promise<string> => {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
    return (await git(args, { cwd: dir, env })).toString().trim()
  } catch (error) {
    throw error instanceof GitFailed ? unknownCommit(ref) : error
  }
}

/**
 * Checks a folder out as it was in a commit, with the repository's own conversions of line ends, into a temporary folder.
 * @throws CliError (usage) when there is no repository, no such commit, or no such folder in it
 */
export const checkOutBase = async (dir: string, ref: string, environment: Environment): Promise<BaseTree> => {
  const place = await placeOf(dir, environment)
  if (!place) throw usageError(`${dir} is in no git repository`, 'Check a diff instead: iama check DIR --patch FILE.')
  const commit = await commitOf(dir, ref, environment)
  const home = await realpath(await mkdtemp(path.join(tmpdir(), 'iama-base-')))
  const dispose = (): Promise<void> => rm(home, { recursive: true, force: true })
  try {
    const top = path.join(home, 'tree')
    const folder = path.join(top, place.prefix)
    await mkdir(folder, { recursive: true })
    const env = {
      ...environment,
      GIT_DIR: place.gitDir,
      GIT_WORK_TREE: top,
      GIT_INDEX_FILE: path.join(home, 'index'),
    }
    await git(['read-tree', commit], { cwd: top, env })
    const paths = await git(['ls-files', '-z', '--full-name'], { cwd: folder, env })
    if (paths.length === 0)
      throw usageError(`${dir} has no files in ${ref}`, 'Without a base there is nothing to compare.')
    await git(['checkout-index', '-q', '-z', '--stdin'], { cwd: top, env, input: paths })
    return { dir: folder, environment: env, commit, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** @throws CliError (usage) */
export const expectFolder = async (dir: string): Promise<void> => {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw usageError(`${dir} is not a folder`)
}

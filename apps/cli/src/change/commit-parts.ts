import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { usageError } from '../errors.ts'
import { placeOf, type Place } from './base-tree.ts'
import { git, GitFailed } from './git.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A file as it is to be in a commit; null where it is not there. */
export type FileState = { readonly content: Uint8Array; readonly executable: boolean } | null

/** Paths relative to the folder. */
export type FileStates = ReadonlyMap<string, FileState>

export interface CommitDraft {
  readonly message: string
  /** What this commit changes. */
  readonly files: FileStates
}

/** Commits that are in the repository, and that no branch leads to yet. */
export interface PreparedCommits {
  /** Full ids, the oldest first. */
  readonly ids: readonly string[]
  /**
   * Moves the branch to the last one, and the index with it for the files of these commits.
   * @throws GitFailed when the branch has moved meanwhile
   */
  publish(): Promise<void>
}

/** What git has in its way for commits of somebody else. */
const underWay: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
}

interface Repository extends Place {
  readonly head: string
  /** Runs git at the folder, with paths taken as they are. */
  run(args: readonly string[], input?: string | Uint8Array, index?: string): Promise<string>
}

const openRepository = async (dir: string, environment: Environment): Promise<Repository> => {
  const place = await placeOf(dir, environment)
  if (!place)
    throw usageError(`${dir} is in no git repository`, 'Leave --commits out, or run git init and commit first.')
  for (const [file, what] of Object.entries(underWay))
    if (existsSync(path.join(place.gitDir, file)))
      throw usageError(`${what} is under way in this repository`, 'Finish it, or give it up, and try again.')
  const run: Repository['run'] = async (args, input = '', index) => {
    const env = index === undefined ? environment : { ...environment, GIT_INDEX_FILE: index }
    return (await git(['--literal-pathspecs', ...args], { cwd: dir, env, input })).toString()
  }
  try {
    const head = (await run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])).trim()
    return { ...place, head, run }
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    throw usageError('the repository has no commit yet', 'Commit what is there first.')
  }
}

interface Entry {
  readonly mode: string
  readonly blob: string
}

const entriesOf = async ({ run, head, prefix }: Repository, files: FileStates): Promise<ReadonlyMap<string, Entry>> => {
  const said = await run([
    'ls-tree',
    '-z',
    '--full-tree',
    head,
    '--',
    ...[...files.keys()].map((file) => prefix + file),
  ])
  const lines = said.split('\0').filter((line) => line !== '')
  return new Map(
    lines.map((line): [string, Entry] => {
      const [, mode, blob, name] = /^(\d+) \w+ (\w+)\t([^]*)$/.exec(line)!
      return [name!.slice(prefix.length), { mode: mode!, blob: blob! }]
    }),
  )
}

/** Writes a file as git would take it from the folder: with the repository's own conversions. */
const toBlob = async ({ run, prefix }: Repository, file: string, content: Uint8Array): Promise<string> =>
  (await run(['hash-object', '-w', '--stdin', '--path', prefix + file], content)).trim()

/** The commits would take along what is not the patch's. */
const expectUntouched = async (repository: Repository, before: FileStates): Promise<ReadonlyMap<string, Entry>> => {
  const entries = await entriesOf(repository, before)
  const others: string[] = []
  for (const [file, state] of before) {
    const entry = entries.get(file)
    const blob = state === null ? undefined : await toBlob(repository, file, state.content)
    if (entry?.blob !== blob) others.push(file)
  }
  const staged = await repository.run(['diff-index', '--cached', '--name-only', '-z', '--relative', repository.head, '--', ...before.keys()]) // prettier-ignore
  others.push(...staged.split('\0').filter((file) => file !== ''))
  if (others.length === 0) return entries
  const names = [...new Set(others)].sort().join(', ')
  throw usageError(
    `there is uncommitted work in files of the patch: ${names}`,
    'Without --commits the patch is written all the same, and you commit it yourself.',
  )
}

const removed = '0000000000000000000000000000000000000000'

/** Lines as `update-index --index-info` reads them. */
const indexLines = async (
  repository: Repository,
  files: FileStates,
  known: ReadonlyMap<string, Entry>,
): Promise<string> => {
  const lines: string[] = []
  for (const [file, state] of files) {
    const name = repository.prefix + file
    if (state === null) {
      lines.push(`0 ${removed}\t${name}\0`)
      continue
    }
    const mode = known.get(file)?.mode ?? (state.executable ? '100755' : '100644')
    lines.push(`${mode} ${await toBlob(repository, file, state.content)}\t${name}\0`)
  }
  return lines.join('')
}

const update = ['update-index', '-z', '--index-info'] as const

/**
 * Writes commits on top of the present one. The folder, the index and the branch stay as they are until they are
 * published. Hooks do not run, and nothing is signed.
 * @param before the files of all drafts as they are without them: as they stand in the last commit
 * @throws CliError (usage) where the repository has other work in these files, or git does not know its user
 */
export const prepareCommits = async (
  dir: string,
  environment: Environment,
  before: FileStates,
  drafts: readonly CommitDraft[],
): Promise<PreparedCommits> => {
  const repository = await openRepository(dir, environment)
  const { run, head } = repository
  const known = await expectUntouched(repository, before)
  const home = await mkdtemp(path.join(tmpdir(), 'iama-commits-'))
  const index = path.join(home, 'index')
  const ids: string[] = []
  const changes: string[] = []
  try {
    await run(['read-tree', head], '', index)
    for (const { message, files } of drafts) {
      const lines = await indexLines(repository, files, known)
      changes.push(lines)
      await run(update, lines, index)
      const tree = (await run(['write-tree'], '', index)).trim()
      ids.push((await run(['commit-tree', tree, '-p', ids.at(-1) ?? head], message)).trim())
    }
  } catch (error) {
    if (!(error instanceof GitFailed) || !/tell me who you are|ident/i.test(error.said)) throw error
    throw usageError('git does not know who commits', 'git config user.name NAME; git config user.email ADDRESS')
  } finally {
    await rm(home, { recursive: true, force: true })
  }
  return {
    ids,
    publish: async () => {
      await run(['update-ref', '-m', 'iama accept', 'HEAD', ids.at(-1) ?? head, head])
      await run(update, changes.join(''))
    },
  }
}

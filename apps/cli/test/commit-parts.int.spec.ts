import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { prepareCommits, type CommitDraft, type FileState, type FileStates } from '../src/change/commit-parts.ts'
import { GitFailed } from '../src/change/git.ts'

let repository: string
let dir: string
let environment: Readonly<Record<string, string | undefined>>

const git = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', args, { cwd: repository, env: environment as NodeJS.ProcessEnv })).stdout

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(path.dirname(path.join(dir, file)), { recursive: true })
  await writeFile(path.join(dir, file), text)
}

const text = (content: string, executable = false): FileState => ({ content: Buffer.from(content), executable })
const states = (files: Readonly<Record<string, string | null>>): FileStates =>
  new Map(Object.entries(files).map(([file, content]) => [file, content === null ? null : text(content)]))

const before = states({ 'a.js': 'a\n', 'sub/b [1].js': 'b\n', 'new.js': null })
const drafts: readonly CommitDraft[] = [
  { message: 'refactor: first\n', files: states({ 'a.js': 'a1\n' }) },
  { message: 'refactor: second\n\nwhy\n', files: states({ 'a.js': 'a2\n', 'sub/b [1].js': null, 'new.js': 'n\n' }) },
]

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = (await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as { message: string; hints: readonly string[] } | undefined
  return error === undefined ? 'not refused' : [error.message, ...error.hints].join('\n')
}

beforeEach(async () => {
  repository = await realpath(await mkdtemp(path.join(tmpdir(), 'iama-commits-')))
  dir = path.join(repository, 'packages/one')
  const { PATH } = process.env
  environment = {
    ...{ PATH, HOME: repository, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z' },
    ...{ GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.org' }, // prettier-ignore
  }
  await write('a.js', 'a\n')
  await write('sub/b [1].js', 'b\n')
  await write('sub/b 1.js', 'another\n')
  await write('other.js', 'other\n')
  await git('init', '-q', '-b', 'trunk')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'base')
})

afterEach(async () => await rm(repository, { recursive: true, force: true }))

describe('commits of a delivery', () => {
  it('stand on the last commit with what each changes, and nothing moves before they are published', async () => {
    const head = await git('rev-parse', 'HEAD')
    const prepared = await prepareCommits(dir, environment, before, drafts)

    expect(await git('rev-parse', 'HEAD')).toBe(head)
    expect(await git('status', '--porcelain')).toBe('')
    await prepared.publish()
    expect(await git('log', '--format=%s', 'trunk')).toBe('refactor: second\nrefactor: first\nbase\n')
    expect(await git('show', 'HEAD~1:packages/one/a.js')).toBe('a1\n')
    expect(await git('show', 'HEAD:packages/one/a.js')).toBe('a2\n')
    expect(await git('show', '--name-status', '--format=', 'HEAD')).toBe(
      'M\tpackages/one/a.js\nA\tpackages/one/new.js\nD\tpackages/one/sub/b [1].js\n',
    )
  })

  it('leave a clean folder once the patch is in it, and what was staged of other files as it is', async () => {
    await write('other.js', 'mine\n')
    await git('add', '-A')
    const prepared = await prepareCommits(dir, environment, before, drafts)
    await write('a.js', 'a2\n')
    await write('new.js', 'n\n')
    await rm(path.join(dir, 'sub/b [1].js'))
    await prepared.publish()

    expect(await git('status', '--porcelain')).toBe('M  packages/one/other.js\n')
    expect(await git('show', 'HEAD:packages/one/other.js')).toBe('other\n')
  })

  it('keep the line ends that the repository keeps', async () => {
    await writeFile(path.join(repository, '.gitattributes'), '*.js text eol=crlf\n')
    await git('add', '-A')
    await git('commit', '-q', '-m', 'line ends')
    const windows = states({ 'a.js': 'a\r\n' })
    const prepared = await prepareCommits(dir, environment, windows, [
      { message: 'refactor: it\n', files: states({ 'a.js': 'b\r\n' }) },
    ])
    await prepared.publish()

    expect(await git('show', 'HEAD:packages/one/a.js')).toBe('b\n')
  })

  it('are refused where files of the patch have other work in them, staged or committed', async () => {
    await write('a.js', 'staged\n')
    await git('add', '-A')
    const message = 'there is uncommitted work in files of the patch: a.js'
    expect(await refusal(prepareCommits(dir, environment, before, drafts))).toContain(message)

    await git('commit', '-q', '-m', 'other work')
    expect(await refusal(prepareCommits(dir, environment, before, drafts))).toContain(message)
  })

  it('are refused outside of a repository, before the first commit and during a merge', async () => {
    await writeFile(path.join(repository, '.git/MERGE_HEAD'), await git('rev-parse', 'HEAD'))
    expect(await refusal(prepareCommits(dir, environment, before, drafts))).toContain('a merge is under way')
    await rm(path.join(repository, '.git'), { recursive: true })
    expect(await refusal(prepareCommits(dir, environment, before, drafts))).toContain('in no git repository')
    await git('init', '-q')
    expect(await refusal(prepareCommits(dir, environment, before, drafts))).toContain('has no commit yet')
  })

  it('say what to do when git does not know its user', async () => {
    const { PATH, HOME } = environment
    const nobody = { PATH, HOME, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.useConfigOnly', GIT_CONFIG_VALUE_0: 'true' } // prettier-ignore

    expect(await refusal(prepareCommits(dir, nobody, before, drafts))).toContain('git config user.name NAME')
  })

  it('do not overwrite a branch that has moved meanwhile', async () => {
    const prepared = await prepareCommits(dir, environment, before, drafts)
    await git('commit', '-q', '--allow-empty', '-m', 'meanwhile')

    await expect(prepared.publish()).rejects.toBeInstanceOf(GitFailed)
    expect(await git('log', '--format=%s', '-1')).toBe('meanwhile\n')
    expect(await readFile(path.join(dir, 'a.js'), 'utf8')).toBe('a\n')
    expect(await git('status', '--porcelain')).toBe('')
  })
})

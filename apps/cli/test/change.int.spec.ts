import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { NotExpressible, type Operation, type Patch } from '@iama/patch'

import { patchOfDiff } from '../src/change/apply-diff.ts'
import { checkOutBase } from '../src/change/base-tree.ts'
import { changesBetween } from '../src/change/compare-trees.ts'
import type { CliError } from '../src/errors.ts'

let repository: string
let dir: string
/** As the client runs git: nothing of a hook that may surround the tests. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))

const git = async (...args: string[]): Promise<string> => {
  const settings = ['user.name=Ada', 'user.email=ada@example.org', 'commit.gpgsign=false', 'core.autocrlf=false']
  const options = { cwd: repository, env: environment }
  return (await promisify(execFile)('git', [...settings.flatMap((one) => ['-c', one]), ...args], options)).stdout
}

const write = async (name: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
  await writeFile(path.join(dir, name), content)
}

const lines = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n}\n`).join('')

beforeEach(async () => {
  repository = await realpath(await mkdtemp(path.join(tmpdir(), 'iama-change-')))
  dir = path.join(repository, 'packages/one')
  await write('../two/index.js', 'two\n')
  await write('.gitignore', 'out/\nkept.log\n')
  await write('a.js', lines(30))
  await write('windows.js', 'a\r\nb\r\nc\r\n')
  await write('last.js', 'a\nb')
  await write('gone.js', 'gone\n')
  await write('moved.js', `moved\n${lines(20)}`)
  await write('run.sh', '#!/bin/sh\n')
  await write('logo.png', Buffer.from([0, 1, 2]))
  await write('sp ace ü.js', 'x\n')
  await write('kept.log', 'tracked in spite of .gitignore\n')
  await symlink('a.js', path.join(dir, 'link.js'))
  await git('init', '-q')
  await git('add', '-A')
  await git('add', '-f', path.join(dir, 'kept.log'))
  await git('commit', '-q', '-m', 'base')
})

afterEach(async () => await rm(repository, { recursive: true, force: true }))

const sinceBase = async (ref = 'HEAD', exclude: readonly string[] = []): Promise<Patch> => {
  await using base = await checkOutBase(dir, ref, environment)
  return await changesBetween(base, { dir, environment }, exclude)
}

/** The same change as a diff, which the folder does not have in it any more. */
const asDiff = async (): Promise<string> => {
  await git('add', '-A')
  const diff = await git('diff', '--cached', '-M')
  await git('reset', '-q', '--hard')
  return diff
}

const shown = ({ edits }: Patch): string[] =>
  edits.flatMap(({ operations }) =>
    operations.map((operation: Operation) => {
      const to = operation.type === 'rename_file' ? ` -> ${operation.to}` : ''
      const text = operation.type === 'replace' ? ` ${JSON.stringify([operation.anchor, operation.text])}` : ''
      const bit = operation.type === 'create_file' && operation.executable ? ' executable' : ''
      return `${operation.type} ${operation.path}${to}${text}${bit}`
    }),
  )

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown as CliError,
  )
  if (!error) throw new Error('it was not refused')
  return [error.message, ...(error.hints ?? [])].join('\n')
}

const changeMuch = async (): Promise<void> => {
  await write('a.js', lines(30).replace('line 3\n', 'three\n').replace('line 25\n', ''))
  await write('windows.js', 'a\r\nB\r\nc\r\n')
  await write('last.js', 'a\nb\n')
  await rm(path.join(dir, 'gone.js'))
  await rename(path.join(dir, 'moved.js'), path.join(dir, 'new-name.js'))
  await write('new-name.js', `Moved\n${lines(20)}`)
  await write('made.js', 'made')
  await write('bin/made', '#!/bin/sh\n')
  await chmod(path.join(dir, 'bin/made'), 0o755)
  await write('sp ace ü.js', 'y\n')
}

const much = [
  'replace a.js ["line 3\\n","three\\n"]',
  'replace a.js ["line 25\\n",""]',
  'create_file bin/made executable',
  'delete_file gone.js',
  'replace last.js ["b","b\\n"]',
  'create_file made.js',
  'rename_file moved.js -> new-name.js',
  'replace moved.js ["moved\\n","Moved\\n"]',
  'replace sp ace ü.js ["x\\n","y\\n"]',
  'replace windows.js ["b\\r\\n","B\\r\\n"]',
]

describe('the change since a commit', () => {
  it('is nothing in an untouched folder, links, binary and tracked but ignored files and all', async () => {
    expect((await sinceBase()).edits).toEqual([])
  })

  it('is what was created, deleted, renamed and changed below the folder, whether it is committed or not', async () => {
    await changeMuch()
    await write('out/ignored.js', 'not part of it\n')
    await write('../two/index.js', 'another package\n')
    expect(shown(await sinceBase())).toEqual(much)
    await git('add', '-A')
    await git('commit', '-q', '-m', 'much')
    expect(shown(await sinceBase('HEAD~1'))).toEqual(much)
    expect((await sinceBase('HEAD')).edits).toEqual([])
  })

  it('has nothing of excluded files, and leaves the index and the folder as they are', async () => {
    await write('a.js', 'all new\n')
    const before = await git('status', '--porcelain=v2')
    expect((await sinceBase('HEAD', ['a.js'])).edits).toEqual([])
    expect(shown(await sinceBase())).toHaveLength(1)
    expect(await git('status', '--porcelain=v2')).toBe(before)
  })

  it('cannot be judged when it is one of modes, bytes or links', async () => {
    await chmod(path.join(dir, 'run.sh'), 0o755)
    await write('logo.png', Buffer.from([0, 1, 3]))
    await expect(sinceBase()).rejects.toThrow(NotExpressible)
    expect(await refusal(sinceBase())).toMatch(/logo\.png: it is not UTF-8 text\nrun\.sh: its executable bit changed/)
    await rm(path.join(dir, 'link.js'))
    expect(await refusal(sinceBase())).toContain('symbolic links changed, which no check can judge: link.js')
  })

  it('needs a commit that is there, a folder in it, and a repository', async () => {
    expect(await refusal(sinceBase('no-such-ref'))).toMatch(/no commit no-such-ref[\s\S]*fetch-depth: 0/)
    expect(await refusal(sinceBase('--help'))).toContain('no commit --help')
    const fresh = path.join(repository, 'packages/three')
    await mkdir(fresh)
    expect(await refusal(checkOutBase(fresh, 'HEAD', environment))).toContain('has no files in HEAD')
    const outside = await mkdtemp(path.join(tmpdir(), 'iama-outside-'))
    expect(await refusal(checkOutBase(outside, 'HEAD', environment))).toContain('in no git repository')
    await rm(outside, { recursive: true })
  })

  it('leaves nothing behind when the base goes', async () => {
    const base = await checkOutBase(dir, 'HEAD', environment)
    expect(await readFile(path.join(base.dir, 'windows.js'), 'utf8')).toBe('a\r\nb\r\nc\r\n')
    await base[Symbol.asyncDispose]()
    await expect(readdir(base.dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('the change in a diff', () => {
  it('is the same, with paths from the top of the repository', async () => {
    await changeMuch()
    const diff = await asDiff()
    const before = await git('status', '--porcelain=v2')
    expect(shown(await patchOfDiff(diff, dir, environment))).toEqual(much)
    expect(await git('status', '--porcelain=v2')).toBe(before)
  })

  it('is the same with paths from the folder, and where there is no repository', async () => {
    await write('a.js', lines(30).replace('line 3\n', 'three\n'))
    const diff = (await asDiff()).replaceAll('packages/one/', '')
    const three = ['replace a.js ["line 3\\n","three\\n"]']
    expect(shown(await patchOfDiff(diff, dir, environment))).toEqual(three)
    await rm(path.join(repository, '.git'), { recursive: true })
    expect(shown(await patchOfDiff(diff, dir, environment))).toEqual(three)
  })

  it('is not repaired by what the user has set for git', async () => {
    await write('a.js', lines(30).replace('line 3\n', 'trailing   \n'))
    const diff = await asDiff()
    await write('../../config', '[apply]\n\twhitespace = fix\n')
    const settings = { ...environment, GIT_CONFIG_GLOBAL: path.join(repository, 'config') }
    expect(shown(await patchOfDiff(diff, dir, settings))).toEqual(['replace a.js ["line 3\\n","trailing   \\n"]'])
  })

  it('is nothing in an empty one', async () => {
    expect((await patchOfDiff('\n', dir, environment)).edits).toEqual([])
  })

  it('is refused, with what git says, when it does not apply or is no diff', async () => {
    await write('a.js', lines(30).replace('line 3\n', 'three\n'))
    const diff = await asDiff()
    await write('a.js', lines(30).replace('line 4\n', 'four\n'))
    expect(await refusal(patchOfDiff(diff, dir, environment))).toMatch(/does not apply[\s\S]*a\.js[\s\S]*--base REF/)
    expect(await refusal(patchOfDiff('what is this?\n', dir, environment))).toContain('No valid patches')
  })

  it('is refused when it reaches out of the folder, or changes modes, bytes or links', async () => {
    await write('../two/index.js', 'more\n')
    await write('a.js', 'a\n')
    expect(await refusal(patchOfDiff(await asDiff(), dir, environment))).toContain('outside of')

    const escaping = '--- a/../../config\n+++ b/../../config\n@@ -0,0 +1 @@\n+x\n'
    expect(await refusal(patchOfDiff(escaping, dir, environment))).toContain('does not apply')

    await chmod(path.join(dir, 'run.sh'), 0o755)
    expect(await refusal(patchOfDiff(await asDiff(), dir, environment))).toContain('run.sh: its executable bit changed')

    await write('logo.png', Buffer.from([0, 9]))
    await git('add', '-A')
    const binary = await git('diff', '--cached', '--binary')
    await git('reset', '-q', '--hard')
    expect(await refusal(patchOfDiff(binary, dir, environment))).toContain('logo.png: it is not UTF-8 text')

    await symlink('a.js', path.join(dir, 'other.js'))
    expect(await refusal(patchOfDiff(await asDiff(), dir, environment))).toContain('symbolic links changed')
  })
})

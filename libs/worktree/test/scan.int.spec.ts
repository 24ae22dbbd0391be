import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterEach, describe, expect, it } from '@jest/globals'

import { TreeTooLarge } from '../src/limits.ts'
import { UnsupportedFileName } from '../src/list-paths.ts'
import { hashFiles, readTreeFile } from '../src/read-file.ts'
import { NotAFolder, scanTree } from '../src/scan.ts'
import { removeTempFolders, tempFolder, treeWith, writeFiles } from './trees.ts'

afterEach(removeTempFolders)

const git = (dir: string, ...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: dir, stdio: 'pipe' })
}

const pathsOf = async (dir: string, options = {}): Promise<string[]> =>
  (await scanTree(dir, options)).files.map((file) => file.path)

const sample = {
  '.gitignore': 'dist/\n*.log\n!keep.log\n',
  'index.js': '1',
  'keep.log': '1',
  'trace.log': '1',
  'dist/out.js': '1',
  'lib/.gitignore': 'secret.*\n',
  'lib/secret.js': '1',
  'lib/a.js': '1',
  'node_modules/x/index.js': '1',
  'packages/p/node_modules/y.js': '1',
}
const kept = ['.gitignore', 'index.js', 'keep.log', 'lib/.gitignore', 'lib/a.js']

describe('scanTree', () => {
  it('takes what git tracks or would track', async () => {
    const dir = treeWith(sample)
    git(dir, 'init', '-q')
    git(dir, 'add', '-f', 'trace.log')
    expect(await pathsOf(dir)).toEqual([...kept, 'trace.log'].sort())
    expect((await scanTree(dir)).listedBy).toBe('git')
  })

  it('honours .gitignore where there is no repository', async () => {
    const dir = treeWith({ ...sample, '.env': 'SECRET=1', 'coverage/lcov.info': '1' })
    expect(await pathsOf(dir)).toEqual(kept)
    expect((await scanTree(dir)).listedBy).toBe('walk')
  })

  it('takes a folder inside a repository, even one that the repository ignores', async () => {
    const dir = treeWith({ ...sample, 'dist/pkg/a.js': '1' })
    git(dir, 'init', '-q')
    expect(await pathsOf(path.join(dir, 'lib'))).toEqual(['.gitignore', 'a.js'])
    expect(await pathsOf(path.join(dir, 'dist'))).toEqual(['out.js', 'pkg/a.js'])
  })

  it('leaves out deleted files and repositories inside, and says so', async () => {
    const dir = treeWith({ 'a.js': '1', 'inner/b.js': '1' })
    git(dir, 'init', '-q')
    git(path.join(dir, 'inner'), 'init', '-q')
    writeFiles(dir, { 'gone.js': '1' })
    git(dir, 'add', 'gone.js')
    execFileSync('rm', [path.join(dir, 'gone.js')])
    const scanned = await scanTree(dir)
    expect(scanned.files.map((file) => file.path)).toEqual(['a.js'])
    expect(scanned.skipped).toEqual([
      { path: 'gone.js', reason: 'deleted' },
      { path: 'inner', reason: 'a repository of its own' },
    ])
  })

  it('runs no program that the repository’s configuration names', async () => {
    const dir = treeWith({ 'a.js': '1', 'evil.sh*': '#!/bin/sh\ntouch "$PWD/was-run"\n' })
    git(dir, 'init', '-q')
    git(dir, 'config', 'core.fsmonitor', path.join(dir, 'evil.sh'))
    expect(await pathsOf(dir)).toEqual(['a.js', 'evil.sh'])
  })

  it('selects and leaves out by glob', async () => {
    const dir = treeWith({ 'src/a.js': '1', 'src/a.test.js': '1', '.eslintrc.js': '1', 'b.ts': '1' })
    expect(await pathsOf(dir, { include: ['**/*.js'], ignore: ['**/*.test.js'] })).toEqual(['.eslintrc.js', 'src/a.js'])
  })

  it('records symbolic links without following them, and tells those that point out', async () => {
    const outside = treeWith({ 'secret.txt': 's' })
    const dir = treeWith({ 'a.js': '1', 'd/b.js': '2' })
    symlinkSync('a.js', path.join(dir, 'same.js'))
    symlinkSync('../a.js', path.join(dir, 'd/up.js'))
    symlinkSync('../../etc/passwd', path.join(dir, 'd/out'))
    symlinkSync(outside, path.join(dir, 'folder'))
    symlinkSync('nowhere', path.join(dir, 'dangling'))
    const links = [
      { path: 'd/out', target: '../../etc/passwd', outside: true },
      { path: 'd/up.js', target: '../a.js', outside: false },
      { path: 'dangling', target: 'nowhere', outside: false },
      { path: 'folder', target: outside, outside: true },
      { path: 'same.js', target: 'a.js', outside: false },
    ].sort((a, b) => (a.path < b.path ? -1 : 1))
    for (const useGit of [false, true]) {
      if (useGit) git(dir, 'init', '-q')
      const scanned = await scanTree(dir)
      expect(scanned.files.map((file) => file.path)).toEqual(['a.js', 'd/b.js'])
      expect(scanned.links).toEqual(links)
    }
  })

  it('does not look through a folder that has become a link since git saw it', async () => {
    const outside = treeWith({ 'b.js': 'secret' })
    const dir = treeWith({ 'a.js': '1', 'd/b.js': '2' })
    git(dir, 'init', '-q')
    git(dir, 'add', '.')
    execFileSync('rm', ['-r', path.join(dir, 'd')])
    symlinkSync(outside, path.join(dir, 'd'))
    expect(await pathsOf(dir)).toEqual(['a.js'])
    expect(await readTreeFile(dir, 'd/b.js')).toBe('other')
  })

  it('keeps names and bytes exactly', async () => {
    const names = ['with space.js', 'ünï.js', 'e\u0301-not-nfc.js', 'é-nfc.js', 'new\nline.js', 'quote".js', '-dash.js']
    const dir = treeWith(Object.fromEntries(names.map((name) => [name, `${name.length}\r\n`])))
    writeFileSync(path.join(dir, 'bom.js'), '\uFEFFno final newline')
    writeFileSync(path.join(dir, 'data.bin'), Buffer.from([0, 255, 1, 254]))
    for (const useGit of [false, true]) {
      if (useGit) git(dir, 'init', '-q')
      const scanned = await scanTree(dir)
      expect(scanned.files.map((file) => file.path).sort()).toEqual([...names, 'bom.js', 'data.bin'].sort())
    }
    const hashed = await hashFiles(dir, ['bom.js', 'data.bin', 'gone'])
    expect(hashed.map(({ path: name, size, binary }) => ({ name, size, binary }))).toEqual([
      { name: 'bom.js', size: 19, binary: false },
      { name: 'data.bin', size: 4, binary: true },
    ])
  })

  it('refuses names that are not UTF-8, by name', async () => {
    const dir = treeWith({ 'a.js': '1' })
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x66, 0xe4, 0x2e, 0x6a, 0x73])]), 'x')
    await expect(scanTree(dir)).rejects.toThrow(UnsupportedFileName)
    await expect(scanTree(dir)).rejects.toThrow('f\\xe4.js')
  })

  it('takes a root that is itself a link, and refuses what is no folder', async () => {
    const dir = treeWith({ 'a.js': '1' })
    const link = path.join(tempFolder(), 'link')
    symlinkSync(dir, link)
    expect(await pathsOf(link)).toEqual(['a.js'])
    await expect(scanTree(path.join(dir, 'a.js'))).rejects.toThrow(NotAFolder)
    await expect(scanTree(path.join(dir, 'nowhere'))).rejects.toThrow(NotAFolder)
  })
})

describe('the limits', () => {
  const limits = { files: 10, totalBytes: 1_000_000, fileBytes: 600_000 }

  it('name the folders with the most files', async () => {
    const dir = tempFolder()
    mkdirSync(path.join(dir, 'assets/icons'), { recursive: true })
    for (let n = 0; n < 12; n++) writeFileSync(path.join(dir, `assets/icons/${n}.svg`), '')
    writeFileSync(path.join(dir, 'a.js'), '')
    const tried = scanTree(dir, { limits })
    await expect(tried).rejects.toThrow(TreeTooLarge)
    await expect(tried).rejects.toThrow('13 files, but the limit is 10: assets/icons/ (12 files), a.js (1 files)')
  })

  it('name the files that are too big, and the folders that are together', async () => {
    const dir = treeWith({ 'a/big.bin': 'x'.repeat(700_000), 'small.js': '1' })
    await expect(scanTree(dir, { limits })).rejects.toThrow(
      'over the limit of 0.6 MB each: a/ (0.7 MB)'.replace('a/', 'a/big.bin'),
    )
    const many = treeWith({ 'd/1': 'x'.repeat(500_000), 'd/2': 'x'.repeat(500_000), 'a.js': 'x'.repeat(10_000) })
    await expect(scanTree(many, { limits })).rejects.toThrow(
      '1.0 MB, but the limit is 1.0 MB: d/ (1.0 MB), a.js (0.0 MB)',
    )
    expect(await pathsOf(many, { limits, ignore: ['d/1'] })).toEqual(['a.js', 'd/2'])
  })
})

import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { applyPatch } from '../src/apply.ts'
import { unifiedDiff } from '../src/diff/unified-diff.ts'
import type { Tree, TreeFile } from '../src/edit.ts'
import { listed, treeAndPatch, treeArbitrary, treeOf } from '../src/testing.ts'

const run = promisify(execFile)
const folders: string[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

const write = async (tree: Tree): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-diff-'))
  folders.push(folder)
  for (const [name, file] of tree) {
    const target = path.join(folder, name)
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(target, file.content)
    await chmod(target, file.executable ? 0o755 : 0o644)
  }
  return folder
}

const read = async (folder: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const full = path.join(entry.parentPath, entry.name)
    const executable = ((await stat(full)).mode & 0o100) !== 0
    tree.set(path.relative(folder, full), { content: await readFile(full), executable })
  }
  return tree
}

const applied = async (before: Tree, after: Tree, command: string, ...options: string[]): Promise<Tree> =>
  await appliedDiff(unifiedDiff(before, after), before, command, ...options)

const appliedDiff = async (diff: string, before: Tree, command: string, ...options: string[]): Promise<Tree> => {
  const folder = await write(before)
  if (diff === '') return read(folder)
  const file = `${folder}.patch`
  folders.push(file)
  await writeFile(file, diff)
  const input = command === 'patch' ? ['-i', file] : [file]
  await run(command, [...options, ...input], { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  return read(folder)
}

describe('a unified diff', () => {
  it('applied by git gives the same tree as the patch', async () => {
    await fc.assert(
      fc.asyncProperty(treeAndPatch, async ({ tree, patch }) => {
        const after = applyPatch(tree, patch)
        expect(listed(await applied(tree, after, 'git', 'apply'))).toEqual(listed(after))
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('leads from any tree to any other', async () => {
    await fc.assert(
      fc.asyncProperty(treeArbitrary, treeArbitrary, async (before, after) => {
        expect(listed(await applied(before, after, 'git', 'apply'))).toEqual(listed(after))
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  const before = treeOf({
    'crlf.js': 'a\r\nb\r\nc\r\n',
    'bom.js': '\uFEFFconst a = 1\n',
    'no newline.js': 'one\ntwo',
    'ünï cödé/x.js': 'x\n',
    'mode.sh': '#!/bin/sh\n',
    'both.sh': '#!/bin/sh\necho 1\n',
    'gone.js': 'gone\n',
    'old name.js': Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join(''),
    'same.txt': 'kept\n',
    empty: '',
  })
  const after = treeOf({
    'crlf.js': 'a\r\nB\r\nc\r\n',
    'bom.js': '\uFEFFlet a = 1\n',
    'no newline.js': 'one\nthree',
    'ünï cödé/x.js': 'y',
    'mode.sh*': '#!/bin/sh\n',
    'both.sh*': '#!/bin/sh\necho 2\n',
    'new name.js': Array.from({ length: 20 }, (_, n) => `line ${n === 7 ? 'seven' : n}\n`).join(''),
    'same.txt': 'kept\n',
    'made/new file.js': 'new\n',
    empty: 'no longer\n',
  })

  it("leads there without git's names of the contents as well", async () => {
    const diff = unifiedDiff(before, after, { blobNames: false })
    expect(diff).not.toContain('\nindex ')
    expect(unifiedDiff(before, after).replaceAll(/^index .*\n/gm, '')).toBe(diff)
    expect(listed(await appliedDiff(diff, before, 'git', 'apply'))).toEqual(listed(after))
    await fc.assert(
      fc.asyncProperty(treeArbitrary, treeArbitrary, async (one, other) => {
        const plain = unifiedDiff(one, other, { blobNames: false })
        expect(listed(await appliedDiff(plain, one, 'git', 'apply'))).toEqual(listed(other))
      }),
      { numRuns: 20 },
    )
  }, 60_000)

  it('is accepted by GNU patch too', async () => {
    expect(listed(await applied(before, after, 'patch', '-p1', '--quiet', '--binary'))).toEqual(listed(after))
  })

  it('names renames and modes as git does', () => {
    const diff = unifiedDiff(before, after)
    expect(diff).toContain('rename from old name.js\nrename to new name.js\n')
    expect(diff).toContain('old mode 100644\nnew mode 100755\n')
    expect(diff).toContain('diff --git "a/\\303\\274n\\303\\257 c\\303\\266d\\303\\251/x.js"')
    expect(diff).toContain('\\ No newline at end of file')
    expect(diff).not.toContain('same.txt')
  })

  it('is empty for equal trees', () => {
    expect(unifiedDiff(before, before)).toBe('')
  })

  it('carries binary files for git', async () => {
    const random = Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * n * 31) % 256))
    const old = treeOf({ 'a.bin': random, 'gone.bin': Buffer.from([0, 1, 2]), 'latin1.txt': Buffer.from([0xe4, 10]) })
    const now = treeOf({
      'a.bin': Buffer.concat([random, random]),
      'new.bin': Buffer.from([0]),
      'latin1.txt': Buffer.from([0xf6, 10]),
    })
    expect(listed(await applied(old, now, 'git', 'apply'))).toEqual(listed(now))
  })

  it('stays correct when two big files have little in common', async () => {
    const lines = (word: string) => Array.from({ length: 6000 }, (_, n) => `${word} ${n}`).join('\n')
    const old = treeOf({ 'big.js': `head\n${lines('old')}\ntail` })
    const now = treeOf({ 'big.js': `head\n${lines('new')}\ntail` })
    expect(listed(await applied(old, now, 'git', 'apply'))).toEqual(listed(now))
  }, 30_000)
})

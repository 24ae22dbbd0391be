import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterEach, describe, expect, it } from '@jest/globals'
import { sha256, treeHash } from '@iama/patch'

import { applyWithJournal, InvalidBundle, recover, TreeChanged } from '../src/apply-bundle.ts'
import { nodeDurableFs } from '../src/durable-fs.ts'
import { LockHeld, withLock } from '../src/process-lock.ts'
import { hashTreeOnDisk } from '../src/read-file.ts'
import { bundleBetween, filesOf, removeTempFolders, tempFolder, treeWith, writeFiles } from './trees.ts'

const before = { 'a.js': 'a\r\n', 'd/b.js': 'b', 'run.sh*': '#!' }
const after = { 'a.js': 'A\r\n', 'd/e/c.js': 'c', 'run.sh*': '#!/bin/sh' }

afterEach(removeTempFolders)

describe('applyWithJournal', () => {
  it('writes, and the inverse bundle brings every byte back, leaving no trace', async () => {
    const dir = treeWith(before)
    await applyWithJournal(dir, bundleBetween('j', before, after))
    expect(filesOf(dir)).toEqual(after)
    await applyWithJournal(dir, bundleBetween('j', after, before))
    expect(filesOf(dir)).toEqual(before)
  })

  it('keeps the permissions of files but for the executable bits', async () => {
    const dir = treeWith({ secret: '1', tool: '2', 'script*': '3' })
    chmodSync(path.join(dir, 'secret'), 0o600)
    chmodSync(path.join(dir, 'tool'), 0o640)
    chmodSync(path.join(dir, 'script'), 0o775)
    const now = { secret: 'x', 'tool*': '2', script: 'y' }
    await applyWithJournal(dir, bundleBetween('j', { secret: '1', tool: '2', 'script*': '3' }, now))
    const modes = ['secret', 'tool', 'script'].map((name) => statSync(path.join(dir, name)).mode & 0o777)
    expect(modes).toEqual([0o600, 0o750, 0o664])
    expect(filesOf(dir)).toEqual({ secret: 'x', 'tool*': '2', script: 'y' })
  })

  it('refuses a tree that has changed since, naming every file, and writes nothing', async () => {
    const dir = treeWith({ ...before, 'a.js': 'mine', 'd/e/c.js': 'mine too' })
    const tried = applyWithJournal(dir, bundleBetween('j', before, after))
    await expect(tried).rejects.toThrow(TreeChanged)
    await expect(tried).rejects.toMatchObject({ paths: ['a.js', 'd/e/c.js'] })
    expect(filesOf(dir)).toEqual({ ...before, 'a.js': 'mine', 'd/e/c.js': 'mine too' })
  })

  it('never writes through a symbolic link, neither of a folder nor of a file', async () => {
    const outside = treeWith({ 'b.js': 'b', 'a.js': 'a\r\n' })
    const dir = treeWith({ 'run.sh*': '#!' })
    symlinkSync(outside, path.join(dir, 'd'))
    symlinkSync(path.join(outside, 'a.js'), path.join(dir, 'a.js'))
    const linked = bundleBetween('j', { 'd/b.js': 'b' }, { 'd/b.js': 'evil', 'd/new.js': 'evil' })
    await expect(applyWithJournal(dir, linked)).rejects.toMatchObject({ paths: ['d/b.js', 'd/new.js'] })
    const file = bundleBetween('j', { 'a.js': 'a\r\n' }, { 'a.js': 'evil' })
    await expect(applyWithJournal(dir, file)).rejects.toMatchObject({ paths: ['a.js'] })
    expect(filesOf(outside)).toEqual({ 'b.js': 'b', 'a.js': 'a\r\n' })
  })

  it('refuses a linked state folder', async () => {
    const dir = treeWith(before)
    symlinkSync(tempFolder(), path.join(dir, '.iama'))
    await expect(applyWithJournal(dir, bundleBetween('j', before, after))).rejects.toThrow(InvalidBundle)
    await expect(recover(dir)).rejects.toThrow(InvalidBundle)
  })

  it.each(['journal', 'lock'])('refuses a linked %s, whatever a repository brings along', async (name) => {
    const dir = treeWith(before)
    const precious = { 'thesis.txt': 'years of work', '1-1-host~0': 'looks like a lock' }
    const outside = treeWith(precious)
    mkdirSync(path.join(dir, '.iama'))
    symlinkSync(outside, path.join(dir, '.iama', name))
    await expect(recover(dir)).rejects.toThrow(InvalidBundle)
    await expect(applyWithJournal(dir, bundleBetween('j', before, after))).rejects.toThrow(InvalidBundle)
    expect(filesOf(outside)).toEqual(precious)
  })

  it.each(['../x', '/etc/x', '.git/hooks/post-commit', 'a/../../x', ''])('refuses the path %j', async (name) => {
    const dir = treeWith(before)
    const evil = {
      path: name,
      before: null,
      after: sha256(Buffer.from('x')),
      content: Buffer.from('x'),
      executable: true,
    }
    await expect(applyWithJournal(dir, { jobId: 'j', files: [evil] })).rejects.toThrow(InvalidBundle)
    expect(filesOf(dir)).toEqual(before)
  })

  it('refuses content that does not have its hash', async () => {
    const dir = treeWith(before)
    const bundle = bundleBetween('j', before, after)
    const files = bundle.files.map((file) => ({ ...file, content: Buffer.from('cut') }))
    await expect(applyWithJournal(dir, { jobId: 'j', files })).rejects.toThrow(InvalidBundle)
    expect(filesOf(dir)).toEqual(before)
  })

  it('takes everything back when the disk fails at any step', async () => {
    for (let failAt = 0; ; failAt++) {
      const dir = treeWith(before)
      let operations = 0
      let failed = false
      const failing = Object.fromEntries(
        Object.entries(nodeDurableFs).map(([name, run]) => [
          name,
          async (...args: never[]) => {
            if (operations++ === failAt) {
              failed = true
              throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
            }
            await (run as (...all: never[]) => Promise<void>)(...args)
          },
        ]),
      ) as unknown as typeof nodeDurableFs
      const done = await applyWithJournal(dir, bundleBetween('j', before, after), failing).catch(
        (error: Error) => error,
      )
      if (!failed) break
      // only clearing away the journal of a job that is done may fail without undoing it
      await recover(dir)
      if (done instanceof Error) expect(done.message).toContain('no space left')
      expect([before, after]).toContainEqual(filesOf(dir))
      expect(failAt).toBeLessThan(100)
    }
  })

  it('says what the resulting tree’s hash is, for any paths of it', async () => {
    const dir = treeWith({ 'a b.js': '1', 'x/run*': '2', 'unrelated.txt': '3' })
    const tree = new Map([
      ['x/run', { content: Buffer.from('2'), executable: true }],
      ['a b.js', { content: Buffer.from('1'), executable: false }],
    ])
    expect(await hashTreeOnDisk(dir, ['a b.js', 'x/run', 'vanished.js'])).toBe(treeHash(tree))
  })
})

describe('the lock', () => {
  it('keeps two jobs on one tree from interleaving', async () => {
    const dir = treeWith(before)
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let entered = (): void => undefined
    const inside = new Promise<void>((resolve) => (entered = resolve))
    const first = applyWithJournal(dir, bundleBetween('one', before, after), {
      ...nodeDurableFs,
      async rename(from, to) {
        entered()
        await held
        await nodeDurableFs.rename(from, to)
      },
    })
    await inside
    await expect(applyWithJournal(dir, bundleBetween('two', before, { ...before, 'a.js': '2' }))).rejects.toThrow(
      LockHeld,
    )
    await expect(recover(dir)).rejects.toThrow(`process ${process.pid}`)
    release()
    await first
    expect(filesOf(dir)).toEqual(after)
  })

  it('of a dead process is void', async () => {
    const folder = path.join(tempFolder(), 'lock')
    const script = `
      import { withLock } from ${JSON.stringify(path.join(import.meta.dirname, '../src/process-lock.ts'))}
      await withLock(${JSON.stringify(folder)}, async () => { console.log('held'); await new Promise(() => setInterval(() => {}, 1000)) })`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script])
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    await expect(withLock(folder, async () => 'in')).rejects.toThrow(`process ${holder.pid}`)
    const gone = new Promise((resolve) => holder.once('exit', resolve))
    holder.kill('SIGKILL')
    await gone
    expect(await withLock(folder, async () => 'in')).toBe('in')
  })

  it('of another process that now has the same number is void, one of another host is not', async () => {
    const folder = path.join(tempFolder(), 'lock')
    mkdirSync(folder)
    const host = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim()
    writeFileSync(path.join(folder, `${process.pid}-1-${host}~0-0`), '')
    expect(await withLock(folder, async () => 'in')).toBe('in')
    mkdirSync(folder)
    writeFileSync(path.join(folder, `${process.pid}-1-elsewhere~0-0`), '')
    await expect(withLock(folder, async () => 'in')).rejects.toThrow('on elsewhere')
  })

  it('lets at most one of many contenders in', async () => {
    const folder = path.join(tempFolder(), 'lock')
    let inside = 0
    let most = 0
    const tries = Array.from({ length: 20 }, () =>
      withLock(folder, async () => {
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setTimeout(resolve, 5))
        inside--
      }).catch((error: unknown) => expect(error).toBeInstanceOf(LockHeld)),
    )
    await Promise.all(tries)
    expect(most).toBeLessThanOrEqual(1)
    expect(await withLock(folder, async () => 'in')).toBe('in')
  })

  it('frees the tree for edits of other files', async () => {
    const dir = treeWith(before)
    await applyWithJournal(dir, bundleBetween('j', { 'a.js': 'a\r\n' }, { 'a.js': 'A' }))
    writeFiles(dir, { 'new.js': 'n' })
    await applyWithJournal(dir, bundleBetween('k', { 'a.js': 'A' }, { 'a.js': 'B' }))
    expect(filesOf(dir)).toEqual({ ...before, 'a.js': 'B', 'new.js': 'n' })
  })
})

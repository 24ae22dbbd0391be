import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { create } from '@bufbuild/protobuf'
import { GetBundleResponseSchema, type GetBundleResponse } from '@iama/contracts/iama/delivery/v1/service'
import { sha256, treeHash, type Tree } from '@iama/patch'
import { TreeChanged } from '@iama/worktree'

import { createCli, type Cli } from '../src/cli.ts'
import { readSettings } from '../src/config.ts'
import { JobStore, type KnownJob } from '../src/job-store.ts'
import { Output } from '../src/output.ts'
import { takeBack, toBundle, treeOfJob, writeDelivery, type JobTree } from '../src/tree.ts'

const jobId = '0190aaaa-0000-7000-8000-000000000000'
let dir: string

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'iama-tree-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
  writeFileSync(path.join(dir, name), text)
}

const read = (name: string): string => readFileSync(path.join(dir, name), 'utf8')

const treeWith = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([name, text]) => [name, { content: Buffer.from(text), executable: false }]))

/** What the delivery service would answer for a change of some files. */
const responseFor = (before: Tree, after: Tree): GetBundleResponse =>
  create(GetBundleResponseSchema, {
    treeHash: treeHash(after),
    files: [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name)?.content.toString() !== after.get(name)?.content.toString())
      .map((name) => {
        const [old, now] = [before.get(name), after.get(name)]
        return {
          path: name,
          beforeSha256: old ? sha256(old.content) : '',
          afterSha256: now ? sha256(now.content) : '',
          content: now?.content ?? new Uint8Array(),
          executable: now?.executable ?? false,
        }
      }),
  })

const before = treeWith({ 'index.js': 'var a\r\n', 'lib/b.js': 'var b', 'test.js': 'check()' })
const after = treeWith({ 'index.js': 'const a\r\n', 'lib/c.js': 'const b', 'test.js': 'check()' })
const forward = responseFor(before, after)
const inverse = responseFor(after, before)

const submit = (): JobTree => {
  for (const [name, file] of before) write(name, Buffer.from(file.content).toString())
  const submitted = Array.from(before, ([name, file]) => ({
    path: name,
    sha256: sha256(file.content),
    executable: false,
  }))
  return { root: dir, submitted }
}

/** The part of the client that remembers jobs. */
const cliWithState = (stateDir: string): Cli => {
  const settings = { ...readSettings({}, {}), stateDir }
  const out = new Output({ stdout: process.stdout, stderr: process.stderr }, settings)
  return createCli(settings, out, undefined, new AbortController().signal)
}

const deliver = (tree: JobTree) => writeDelivery(tree, toBundle(jobId, forward), forward.treeHash)

describe('a delivery', () => {
  it('is written whole, with the hash that was verified, and taken back byte for byte', async () => {
    const tree = submit()
    expect(await deliver(tree)).toMatchObject({ treeHash: treeHash(after), changed: true })
    expect([read('index.js'), read('lib/c.js')]).toEqual(['const a\r\n', 'const b'])
    expect(await takeBack(tree, toBundle(jobId, inverse))).toMatchObject({ treeHash: treeHash(before), changed: true })
    expect([read('index.js'), read('lib/b.js'), read('test.js')]).toEqual(['var a\r\n', 'var b', 'check()'])
  })

  it('that is in place already is not written again, and neither is what was taken back', async () => {
    const tree = submit()
    await deliver(tree)
    expect(await deliver(tree)).toMatchObject({ treeHash: treeHash(after), changed: false })
    await takeBack(tree, toBundle(jobId, inverse))
    expect(await takeBack(tree, toBundle(jobId, inverse))).toMatchObject({ changed: false })
  })

  it('is undone when the server refuses it', async () => {
    const tree = submit()
    const written = await deliver(tree)
    await written.undo()
    expect([read('index.js'), read('lib/b.js')]).toEqual(['var a\r\n', 'var b'])
    expect(() => read('lib/c.js')).toThrow('ENOENT')
  })

  it('is refused when any submitted file has changed, a file that it leaves alone included', async () => {
    const tree = submit()
    write('test.js', 'check(1)')
    write('unrelated.txt', 'new')
    await expect(deliver(tree)).rejects.toMatchObject({ paths: ['test.js'] })
    rmSync(path.join(dir, 'lib/b.js'))
    await expect(deliver(tree)).rejects.toMatchObject({ paths: ['lib/b.js', 'test.js'] })
    expect(read('index.js')).toBe('var a\r\n')
  })

  it('is refused when an executable bit has changed', async () => {
    const tree = submit()
    chmodSync(path.join(dir, 'test.js'), 0o755)
    await expect(deliver(tree)).rejects.toBeInstanceOf(TreeChanged)
  })

  it('that does not lead to the verified tree is not written', async () => {
    const tree = submit()
    const other = writeDelivery(tree, toBundle(jobId, forward), 'f'.repeat(64))
    await expect(other).rejects.toMatchObject({ exitCode: 2, reason: 'TREE_CHANGED' })
    expect(read('index.js')).toBe('var a\r\n')
  })

  it('can be taken back while work goes on in other files, but not over a change of its own', async () => {
    const tree = submit()
    await deliver(tree)
    write('test.js', 'check(2)')
    await takeBack(tree, toBundle(jobId, inverse))
    expect([read('index.js'), read('test.js')]).toEqual(['var a\r\n', 'check(2)'])
    await deliver(submit())
    write('index.js', 'mine')
    await expect(takeBack(tree, toBundle(jobId, inverse))).rejects.toMatchObject({ paths: ['index.js'] })
    expect([read('index.js'), read('lib/c.js')]).toEqual(['mine', 'const b'])
  })

  it('can be written on another machine, to a folder that is the same', async () => {
    submit()
    const elsewhere = cliWithState(path.join(dir, '../no-state'))
    const tree = await treeOfJob(elsewhere, jobId, dir)
    expect(tree.submitted.map((file) => file.path)).toEqual(['index.js', 'lib/b.js', 'test.js'])
    expect(await deliver(tree)).toMatchObject({ treeHash: treeHash(after), changed: true })
    await expect(treeOfJob(elsewhere, jobId, undefined)).rejects.toMatchObject({ reason: 'UNKNOWN_FOLDER' })
  })
})

describe('the client’s memory', () => {
  it('lies outside the tree and finds a job by its id', async () => {
    const state = mkdtempSync(path.join(tmpdir(), 'iama-state-'))
    try {
      const store = new JobStore(state)
      const known: KnownJob = { version: 1, jobId, server: 'http://127.0.0.1:1', dir, files: [...submit().submitted] }
      await store.save(known)
      expect(await store.find(jobId)).toEqual(known)
      expect(await store.find('0190aaaa-0000-7000-8000-00000000ffff')).toBeUndefined()
      const file = await store.savePatch(known, 'diff')
      expect(readFileSync(file, 'utf8')).toBe('diff')
      expect(file.startsWith(state)).toBe(true)
      expect(execFileSync('ls', ['-A', dir]).toString()).toBe('index.js\nlib\ntest.js\n')
    } finally {
      rmSync(state, { recursive: true, force: true })
    }
  })
})

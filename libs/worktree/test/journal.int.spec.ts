import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { applyWithJournal, recover } from '../src/apply-bundle.ts'
import { bundleBetween, filesOf, removeTempFolders, tempFolder, treeWith, writeFiles, writtenBundle } from './trees.ts'

const child = path.join(import.meta.dirname, 'journal-child.ts')

const before = {
  'a.js': 'var a = 1\r\n',
  'lib/deep/b.js': '\u00ef\u00bb\u00bfvar b',
  'lib/old/gone.js': 'gone',
  'bin/run*': '#!/bin/sh\n',
  'keep.txt': 'kept',
}
const after = {
  'a.js': 'const a = 1\r\n',
  'lib/deep/b.js': '\u00ef\u00bb\u00bfconst b',
  'lib/new/made here.js': 'new',
  'bin/run': '#!/bin/sh\n',
  'keep.txt': 'kept',
}
const changed = ({ 'keep.txt': _kept, ...rest }: Record<string, string>) => rest
const bundle = bundleBetween('job-1', changed(before), changed(after))

/** Hundreds of processes load the same modules: they are compiled once. */
const compiled = mkdtempSync(path.join(os.tmpdir(), 'iama-compiled-'))
const env = { ...process.env, NODE_COMPILE_CACHE: compiled }

/** Runs a verb in a process that kills itself at a moment; tells whether it came to its end instead. */
const runKilled = (verb: 'apply' | 'recover', dir: string, stopAt: number, moment: 'before' | 'within'): boolean => {
  const file = path.join(tempFolder(), 'bundle.json')
  writeFileSync(file, writtenBundle(bundle))
  const done = spawnSync(process.execPath, [child, verb, dir, file, String(stopAt), moment], { encoding: 'utf8', env })
  if (done.signal === 'SIGKILL') return false
  expect([done.status, done.signal, done.stderr]).toEqual([0, null, expect.not.stringContaining('Error')])
  return true
}

/** Kills an application at every one of its steps and calls back with the wreck. */
const atEveryStep = async (
  moment: 'before' | 'within',
  inspect: (dir: string, step: number) => Promise<void>,
  stride = 1,
): Promise<number> => {
  for (let step = 0; ; step += stride) {
    const dir = treeWith(before)
    if (runKilled('apply', dir, step, moment)) {
      expect(filesOf(dir)).toEqual(after)
      return step
    }
    await inspect(dir, step)
  }
}

// only a process that comes to its end leaves what it compiled
beforeAll(() => void runKilled('apply', treeWith(before), Number.MAX_SAFE_INTEGER, 'before'))
afterEach(removeTempFolders)
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

describe('a job that is killed while it writes', () => {
  it.each(['before', 'within'] as const)(
    'is finished or undone by the next command, killed %s any of its steps',
    async (moment) => {
      const outcomes: string[] = []
      const steps = await atEveryStep(moment, async (dir) => {
        const { outcome, foreign } = await recover(dir)
        outcomes.push(outcome)
        expect(foreign).toEqual([])
        expect(filesOf(dir)).toEqual(outcome === 'finished' || sameAs(dir, after) ? after : before)
        expect(await recover(dir)).toEqual({ outcome: 'nothing', foreign: [] })
      })
      expect(steps).toBeGreaterThan(moment === 'before' ? 20 : 5)
      expect(outcomes).toContain('nothing')
      if (moment === 'before') expect(outcomes).toContain('finished')
    },
    120_000,
  )

  it('is brought to its end by the next job, too', async () => {
    await atEveryStep(
      'before',
      async (dir, step) => {
        const next = bundleBetween('job-2', { 'keep.txt': 'kept' }, { 'keep.txt': `kept ${step}` })
        await applyWithJournal(dir, next)
        const { 'keep.txt': kept, ...rest } = filesOf(dir)
        expect(kept).toBe(`kept ${step}`)
        expect([changed(before), changed(after)]).toContainEqual(rest)
      },
      3,
    )
  }, 60_000)

  it('survives a recovery that is killed as well', async () => {
    await atEveryStep(
      'before',
      async (dir) => {
        for (let step = 0; !runKilled('recover', dir, step, 'before'); step += 3)
          expect(filesOf(dir)['keep.txt']).toBe('kept')
        expect(filesOf(dir)).toEqual(sameAs(dir, after) ? after : before)
      },
      4,
    )
  }, 120_000)

  it('is undone around a file that somebody has changed meanwhile, to the end even if that is killed', async () => {
    let undone = 0
    await atEveryStep(
      'before',
      async (dir, step) => {
        writeFiles(dir, { 'a.js': 'mine' })
        const killed = !runKilled('recover', dir, step % 7, 'before')
        const record = filesOf(dir)['.iama/journal/journal.json']
        // with the foreign change gone, nothing but the journal remembers which way it goes
        if (record?.includes('"undo"')) {
          writeFiles(dir, { 'a.js': before['a.js'] })
          await recover(dir)
          expect(filesOf(dir)).toEqual(before)
          undone++
        } else {
          const { foreign } = await recover(dir)
          expect(foreign).toEqual(killed && record !== undefined ? ['a.js'] : [])
          const { 'a.js': mine, ...rest } = filesOf(dir)
          const { 'a.js': _before, ...old } = before
          const { 'a.js': _after, ...done } = after
          expect(mine).toBe('mine')
          expect([old, done]).toContainEqual(rest)
        }
      },
      2,
    )
    expect(undone).toBeGreaterThan(0)
  }, 120_000)
})

const sameAs = (dir: string, files: Record<string, string>): boolean =>
  JSON.stringify(filesOf(dir)) ===
  JSON.stringify(Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))))

import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { help } from './commands.mjs'
import { withLock } from './lock.mjs'
import { matchesLock } from './packages.mjs'
import { seconds } from './progress.mjs'

describe('matchesLock', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/native': { version: '2.0.0', optional: true },
      'node_modules/@iama/kernel': { link: true, resolved: 'libs/kernel' },
    },
  }
  const link = { 'node_modules/@iama/kernel': { link: true, resolved: 'libs/kernel' } }

  it('is content without what belongs to another platform', () => {
    expect(matchesLock(lock, { packages: { 'node_modules/a': { version: '1.0.0' }, ...link } })).toBe(true)
  })

  it.each([
    ['another version', { 'node_modules/a': { version: '1.0.1' }, ...link }],
    ['a missing package', { ...link }],
    ['a missing link', { 'node_modules/a': { version: '1.0.0' } }],
    [
      'another version of an optional package',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/native': { version: '1.9.9' }, ...link },
    ],
  ])('finds %s', (_, packages) => {
    expect(matchesLock(lock, { packages })).toBe(false)
  })
})

describe('withLock', () => {
  const inFolder = async (work: (file: string) => Promise<void>): Promise<void> => {
    const dir = mkdtempSync(path.join(tmpdir(), 'iama-lock-'))
    await work(path.join(dir, 'lock')).finally(() => rmSync(dir, { recursive: true, force: true }))
  }

  it('lets one work at a time, and tells the other for whom it waits', async () => {
    await inFolder(async (file) => {
      const order: string[] = []
      let waitedFor = 0
      const first = withLock(file, async () => {
        order.push('first in')
        await new Promise((resolve) => setTimeout(resolve, 50))
        order.push('first out')
      })
      const second = withLock(
        file,
        () => order.push('second'),
        (pid) => (waitedFor = pid),
      )
      await Promise.all([first, second])
      expect(order).toEqual(['first in', 'first out', 'second'])
      expect(waitedFor).toBe(process.pid)
    })
  })

  it('takes over from a process that is gone', async () => {
    await inFolder(async (file) => {
      // Larger than any process number of Linux.
      writeFileSync(file, '4194999')
      expect(await withLock(file, () => 'mine')).toBe('mine')
      expect(existsSync(file)).toBe(false)
    })
  })

  it('lets go when the work fails', async () => {
    await inFolder(async (file) => {
      await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      expect(existsSync(file)).toBe(false)
    })
  })
})

describe('what people read', () => {
  it('tells times as people do', () => {
    expect([412, 59_940, 136_000].map(seconds)).toEqual(['0.4 s', '59.9 s', '2 min 16 s'])
  })

  it('names every command, and says more about one', () => {
    expect(help()).toContain('npm run demo')
    expect(help('stack')).toContain('npm run stack -- up')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { diskUsage } from './disk-usage.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-disk-usage-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nested = (levels: number): void => {
  mkdirSync(path.join(folder, ...Array.from({ length: levels }, () => 'd')), { recursive: true })
}

describe('what a folder takes', () => {
  it('is the space of its files and the number of all that is in it; links are not followed', async () => {
    mkdirSync(path.join(folder, 'a/b'), { recursive: true })
    writeFileSync(path.join(folder, 'a/b/file'), Buffer.alloc(100_000, 1))
    symlinkSync('/usr', path.join(folder, 'a/link'))
    const { bytes, entries } = await diskUsage(folder)
    expect(entries).toBe(4)
    expect(bytes).toBeGreaterThanOrEqual(100_000)
    expect(bytes).toBeLessThan(200_000)
  })

  it('is counted no further than to the limit', async () => {
    for (let at = 0; at < 50; at++) writeFileSync(path.join(folder, `${at}`), '')
    expect(await diskUsage(folder, { bytes: Infinity, entries: 10 })).toEqual({ bytes: 0, entries: 11 })
  })

  it('is counted through 400 folders in each other', async () => {
    nested(400)
    expect((await diskUsage(folder)).entries).toBe(400)
  })

  it('is more than any limit where folders stand too deep to be counted', async () => {
    nested(600)
    expect(await diskUsage(folder)).toEqual({ bytes: Infinity, entries: Infinity })
  })

  it('does not fail when folders go while it is counted', async () => {
    // another process, for the counting gives way to nobody in this one
    const churning = 'trap exit TERM; while :; do mkdir -p 1/x/y 2/x/y 3/x/y; rm -r 1 2 3; done'
    const churn = spawn('sh', ['-c', churning], { cwd: folder })
    const ended = once(churn, 'exit')
    try {
      for (let at = 0; at < 300; at++) {
        expect((await diskUsage(folder)).entries).toBeLessThanOrEqual(9)
        await setImmediate()
      }
    } finally {
      // it ends between two commands: one that outlived it would still make folders
      churn.kill('SIGTERM')
      await ended
    }
  })
})

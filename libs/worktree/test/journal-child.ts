/**
 * Applies or recovers in a process of its own, which kills itself before its n-th change of the disk, or in the
 * middle of its n-th write. Arguments: `apply` or `recover`, the tree, the bundle's file, n, `before` or `within`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

import { applyWithJournal, recover } from '../src/apply-bundle.ts'
import { nodeDurableFs, type DurableFs } from '../src/durable-fs.ts'
import { readBundle } from './trees.ts'

const [verb, dir, bundleFile, stopAt, moment] = process.argv.slice(2) as [string, string, string, string, string]
let operations = 0

const die = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

const isLast = (kind: 'write' | 'other'): boolean =>
  (moment === 'before' || kind === 'write') && operations++ === Number(stopAt)

const counted: DurableFs = {
  ...nodeDurableFs,
  async mkdir(folder) {
    if (isLast('other')) die()
    await nodeDurableFs.mkdir(folder)
  },
  async write(file, content, permissions) {
    if (isLast('write')) {
      if (moment === 'within') writeFileSync(file, content.subarray(0, content.length / 2))
      die()
    }
    await nodeDurableFs.write(file, content, permissions)
  },
  async rename(from, to) {
    if (isLast('other')) die()
    await nodeDurableFs.rename(from, to)
  },
  async unlink(file) {
    if (isLast('other')) die()
    await nodeDurableFs.unlink(file)
  },
  async rmdir(folder) {
    if (isLast('other')) die()
    await nodeDurableFs.rmdir(folder)
  },
}

if (verb === 'apply') await applyWithJournal(dir, readBundle(readFileSync(bundleFile, 'utf8')), counted)
else await recover(dir, counted)

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { copyInRow, isSmall, NotCopiedInRow } from './copy-in-row.ts'

let folder: string
let from: string
let to: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-copy-'))
  from = path.join(folder, 'from')
  to = path.join(folder, 'to')
  mkdirSync(from)
  mkdirSync(to)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const copy = (): void => copyInRow(from, to, undefined)

describe('a small tree copied in a row', () => {
  it('has the same contents, links, permissions and times', () => {
    mkdirSync(path.join(from, 'lib/deep'), { recursive: true })
    writeFileSync(path.join(from, 'lib/deep/a.js'), 'one\n')
    writeFileSync(path.join(from, 'empty'), '')
    chmodSync(path.join(from, 'empty'), 0o755)
    chmodSync(path.join(from, 'lib'), 0o750)
    symlinkSync('../nowhere', path.join(from, 'link'))
    const [accessed, changed] = [new Date('2020-01-02T03:04:05.678Z'), new Date('2021-01-02T03:04:05.678Z')]
    for (const name of ['lib/deep/a.js', 'lib']) utimesSync(path.join(from, name), accessed, changed)
    copy()
    expect(readFileSync(path.join(to, 'lib/deep/a.js'), 'utf8')).toBe('one\n')
    expect(readlinkSync(path.join(to, 'link'))).toBe('../nowhere')
    for (const name of ['lib/deep/a.js', 'empty', 'lib', 'lib/deep']) {
      const [was, is] = [lstatSync(path.join(from, name)), lstatSync(path.join(to, name))]
      expect([name, is.mode, Math.round(is.mtimeMs)]).toEqual([name, was.mode, Math.round(was.mtimeMs)])
    }
  })

  it('never follows a link out of the tree', () => {
    writeFileSync(path.join(folder, 'secret'), 'secret')
    symlinkSync(path.join(folder, 'secret'), path.join(from, 'file'))
    symlinkSync(folder, path.join(from, 'folder'))
    copy()
    for (const name of ['file', 'folder']) expect(lstatSync(path.join(to, name)).isSymbolicLink()).toBe(true)
  })

  it.each([
    [
      'a file with two names',
      () => (writeFileSync(path.join(from, 'a'), ''), linkSync(path.join(from, 'a'), path.join(from, 'b'))),
    ],
    ['a pipe', () => execFileSync('mkfifo', [path.join(from, 'pipe')])],
    [
      'a hole of a terabyte',
      () => (writeFileSync(path.join(from, 'a'), ''), truncateSync(path.join(from, 'a'), 2 ** 40)),
    ],
    [
      'more than was counted',
      () => Array.from({ length: 300 }, (_, at) => writeFileSync(path.join(from, `${at}`), '')),
    ],
  ])('is refused with %s in it', (_, make) => {
    make()
    expect(copy).toThrow(NotCopiedInRow)
  })

  it('is small', () => {
    expect(isSmall({ entries: 256, bytes: 2 ** 21 })).toBe(true)
    expect(isSmall({ entries: 257, bytes: 0 })).toBe(false)
    expect(isSmall({ entries: 1, bytes: 2 ** 21 + 1 })).toBe(false)
    expect(isSmall({ entries: Infinity, bytes: Infinity })).toBe(false)
  })
})

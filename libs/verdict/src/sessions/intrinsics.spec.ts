import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const runtime = path.join(import.meta.dirname, '../../runtime/intrinsics.cjs')

/** As a test runner does that gives its tests a realm of their own, in a fresh process. */
const inAnotherRealm = (asked: string): string => {
  const program = `
    const { readFileSync } = require('fs')
    const load = require('vm').runInNewContext('(function (module, require) {' + readFileSync(${JSON.stringify(runtime)}) + '})')
    const loaded = {}
    load(loaded, require)
    const { nameOf, valueOf } = loaded.exports.createIntrinsics()
    console.log(${asked})`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : `${signal ?? status}: ${stderr.slice(0, 300)}`
}

describe('the names of built-ins', () => {
  it('are found from another realm, also of those that are made when they are first read', () => {
    expect(inAnotherRealm(`nameOf(DOMException)`)).toBe('DOMException')
  })

  it('are the same for both realms', () => {
    expect(inAnotherRealm(`[nameOf(Array.prototype.map), nameOf(valueOf('Array').prototype.map)].join()`)).toBe(
      'Array.prototype.map,Array.prototype.map',
    )
  })
})

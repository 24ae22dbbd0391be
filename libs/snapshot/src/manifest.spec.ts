import { describe, expect, it } from '@jest/globals'
import { NotASnapshot, parseManifest } from './manifest.ts'

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const file = { path: 'a.js', executable: false, linkTarget: '', address: 'a1' }
const link = { path: 'b', executable: false, linkTarget: 'a.js', address: '' }

describe('a manifest', () => {
  it('tells files and links', () => {
    expect(parseManifest(bytes({ version: 1, entries: [file, link] }))).toEqual([file, link])
  })

  it.each([
    ['no JSON', Buffer.from('{')],
    ['null', bytes(null)],
    ['another version', bytes({ version: 2, entries: [] })],
    ['no entries', bytes({ version: 1 })],
    ['an entry that is null', bytes({ version: 1, entries: [null] })],
    ['a file without an address', bytes({ version: 1, entries: [{ ...file, address: '' }] })],
    ['a link with an address', bytes({ version: 1, entries: [{ ...link, address: 'a1' }] })],
    ['a path that is a number', bytes({ version: 1, entries: [{ ...file, path: 1 }] })],
  ])('with %s is refused', (_what, content) => {
    expect(() => parseManifest(content)).toThrow(NotASnapshot)
  })
})

import { describe, expect, it } from '@jest/globals'

import { saysTheSame } from './folded-declarations.ts'

const before = `import type { Place } from './place.js';
export interface Options {
    deep: boolean;
}
export declare function read(text: string, options?: Options): Place;
export declare function write(place: Place): string;
declare const limit: 9;
export { limit as most };
`
const after = `import type { Place } from './place.js';
export type { Options } from './read.js';
export { read } from './read.js';
export declare function write(place: Place): string;
declare const limit: 9;
export { limit as most };
`
const made = `import type { Place } from './place.js';
export interface Options {
    deep: boolean;
}
export declare function skip(at: number): number;
export declare function read(text: string, options?: Options): Place;
`
const same = (now = after, added = made, was = before): boolean =>
  saysTheSame('lib/old.d.ts', was, now, new Map([['lib/read.d.ts', added]]))

describe('declarations that moved to a new file', () => {
  it('are read as if they still stood where they did', () => {
    expect(same()).toBe(true)
    expect(same(after.replaceAll('./read.js', './read.ts'))).toBe(true)
    expect(same(after.replaceAll('./read.js', './read'))).toBe(true)
  })

  it.each([
    ['one is exported no more', after.replace("export { read } from './read.js';\n", ''), made],
    ['one is exported by another name', after.replace('{ read }', '{ read as parse }'), made],
    ['one is exported more', after.replace('{ read }', '{ read, skip }'), made],
    ['one has another type', after, made.replace('options?: Options', 'options: Options')],
    ['one is missing', after, made.replace(/export declare function read.*\n/, '')],
    ['a type has another member', after, made.replace('deep: boolean', 'deep?: boolean')],
    [
      'one comes from a file that was there',
      after.replace("{ read } from './read.js'", "{ read } from './other.js'"),
      made,
    ],
    ['a name comes from elsewhere', after, made.replace('./place.js', './other.js')],
    ['what stayed has changed', after.replace('most', 'least'), made],
    ['what stayed has another type', after.replace('place: Place', 'place?: Place'), made],
    ['a name is imported by another one', after.replace('export type { Options }', 'import { Options as O }'), made],
    ['the new file has a type of that name of its own', after, `${made}interface Place {\n}\n`],
    ['the new file adds to the world', after, `${made}declare global {\n}\n`],
  ])('are not, when %s', (_, now, added) => {
    expect(same(now, added)).toBe(false)
  })

  it('do not count where the file is no new one', () => {
    expect(saysTheSame('lib/old.d.ts', before, after, new Map([['read.d.ts', made]]))).toBe(false)
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { BlobStore } from '../src/infrastructure/artifact-store.sealed.ts'

export interface BlobStoreFixture {
  readonly blobs: BlobStore
  /** Takes a blob away behind the store's back. */
  lose(key: string): Promise<void>
  close(): Promise<void>
}

const newKey = (): string => {
  const address = randomBytes(32).toString('hex')
  return `0192f000-0000-7000-8000-00000000aaaa/${address.slice(0, 2)}/${address}`
}

/** What the artifacts rely on; every adapter of the port runs it. */
export const blobStoreContract = (name: string, open: () => Promise<BlobStoreFixture>): void => {
  describe(`${name} is a blob store`, () => {
    let fixture: BlobStoreFixture
    let blobs: BlobStore
    beforeAll(async () => {
      fixture = await open()
      blobs = fixture.blobs
    }, 60_000)
    afterAll(() => fixture.close())

    it('is ready', async () => {
      await blobs.ready()
      await blobs.ready()
    })

    it('gives back what was written, byte for byte, also nothing at all and megabytes', async () => {
      for (const content of [Buffer.alloc(0), Buffer.from([0, 255, 13, 10]), randomBytes(5_000_000)]) {
        const key = newKey()
        await blobs.write(key, content)
        expect(Buffer.compare((await blobs.read(key))!, content)).toBe(0)
        expect(await blobs.size(key)).toBe(content.length)
      }
    })

    it('knows what is not there', async () => {
      const key = newKey()
      expect([await blobs.read(key), await blobs.size(key)]).toEqual([undefined, undefined])
      expect(await blobs.present([])).toEqual(new Set())
      expect(await blobs.present([key])).toEqual(new Set())
    })

    it('takes a blob again, also many times at once, and has it whole each time it is read', async () => {
      const key = newKey()
      const contents = Array.from({ length: 8 }, (_, n) => Buffer.alloc(200_000, n + 1))
      await blobs.write(key, contents[0]!)
      const reads = contents.map(async (content) => {
        const [seen] = await Promise.all([blobs.read(key), blobs.write(key, content)])
        return seen!
      })
      for (const seen of await Promise.all(reads)) {
        expect(seen.length).toBe(200_000)
        expect(new Set(seen).size).toBe(1)
      }
    })

    it('tells apart, among few and among very many, what is there and what is not', async () => {
      const there = Array.from({ length: 130 }, newKey)
      await Promise.all(there.map((key) => blobs.write(key, Buffer.from(key))))
      const absent = Array.from({ length: 3_000 }, newKey)
      const all = [...there, ...absent].sort(() => 0)
      expect(await blobs.present(all)).toEqual(new Set(there))
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(there), fc.shuffledSubarray(absent), async (some, others) => {
          expect(await blobs.present([...others.slice(0, 100), ...some])).toEqual(new Set(some))
        }),
        { numRuns: 15 },
      )
    }, 60_000)

    it('does not remember what it has lost', async () => {
      const keys = Array.from({ length: 60 }, newKey)
      await Promise.all(keys.map((key) => blobs.write(key, Buffer.from('x'))))
      await fixture.lose(keys[0]!)
      expect(await blobs.present(keys)).toEqual(new Set(keys.slice(1)))
      expect(await blobs.present([keys[0]!])).toEqual(new Set())
      expect(await blobs.read(keys[0]!)).toBeUndefined()
    })
  })
}

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ArtifactClient } from './artifact.ts'
import { packContents, readContents } from './contents.ts'

const KIB = 1024

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

/** The client's side of the contract over the server's, without what is between them. */
const over = (contents: ReadonlyMap<string, Buffer>, calls: number[] = []): ArtifactClient =>
  ({
    getMany: ({ addresses }: { addresses: string[] }) => {
      calls.push(addresses.length)
      return packContents(each(addresses.map((address) => contents.get(address)!)))
    },
  }) as unknown as ArtifactClient

describe('many contents in one stream', () => {
  it('arrive whole and in order, whatever their sizes, in messages that are bounded', async () => {
    const size = fc.oneof(fc.constantFrom(0, 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1), fc.nat(600 * KIB))
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 12 }), async (sizes) => {
        const contents = new Map(sizes.map((bytes, at) => [String(at), Buffer.alloc(bytes, at + 1)]))
        const read = await all(readContents(over(contents), 'tenant', [...contents.keys()]))
        expect(read.map((content) => content.length)).toEqual(sizes)
        expect(read.every((content, at) => content.equals(contents.get(String(at))!))).toBe(true)
        for (const { parts } of await all(packContents(each([...contents.values()])))) {
          expect(parts.reduce((sum, { chunk }) => sum + chunk.length, 0)).toBeLessThanOrEqual(256 * KIB)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('are asked for a thousand at a time', async () => {
    const contents = new Map(Array.from({ length: 2_001 }, (_, at) => [String(at), Buffer.from(`content ${at}`)]))
    const calls: number[] = []
    const read = await all(readContents(over(contents, calls), 'tenant', [...contents.keys()]))
    expect(read.map(String)).toEqual([...contents.values()].map(String))
    expect(calls).toEqual([1_000, 1_000, 1])
  })

  it('are not asked for when there are none', async () => {
    const calls: number[] = []
    expect(await all(readContents(over(new Map(), calls), 'tenant', []))).toEqual([])
    expect(calls).toEqual([])
  })
})

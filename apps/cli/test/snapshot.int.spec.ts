import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hashFiles, type HashedFile } from '@iama/worktree'

import { blobCalls } from '../src/snapshot.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'iama-snapshot-'))
})

afterAll(async () => await rm(root, { recursive: true }))

const written = async (files: Readonly<Record<string, Buffer>>): Promise<HashedFile[]> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), content)
  }
  return await hashFiles(root, Object.keys(files))
}

interface Part {
  readonly sha256?: string
  readonly offset?: bigint
  readonly content?: Uint8Array
}

const all = async (calls: AsyncIterable<Part[]>): Promise<Part[][]> => {
  const seen: Part[][] = []
  for await (const call of calls) seen.push(call)
  return seen
}

describe('contents on their way', () => {
  it('go a thousand to a call when they are small, each once', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 2_500 }, (_, n) => [`notes/${n % 7}/${n}`, Buffer.from(`${n}`)]),
    )
    const hashed = await written(files)
    const calls = await all(blobCalls(root, hashed))
    expect(calls.map((blobs) => blobs.length)).toEqual([1_000, 1_000, 500])
    expect(calls.flat().map(({ sha256 }) => sha256)).toEqual(hashed.map(({ sha256 }) => sha256))
  })

  it('go in parts when they are large, and together hold every byte', async () => {
    const content = Buffer.alloc(5 * 1024 * 1024, 'large')
    const calls = await all(blobCalls(root, await written({ large: content })))
    expect(calls.every((blobs) => blobs.reduce((sum, blob) => sum + blob.content!.length, 0) < 2 * 1024 * 1024)).toBe(
      true,
    )
    const parts = calls.flat()
    expect(parts.map(({ offset }) => Number(offset))).toEqual([0, 2_031_616, 4_063_232])
    expect(Buffer.compare(Buffer.concat(parts.map((part) => part.content!)), content)).toBe(0)
  })

  it('are refused when a file has changed since it was hashed', async () => {
    const hashed = await written({ changing: Buffer.from('before') })
    await written({ changing: Buffer.from('after') })
    await expect(all(blobCalls(root, hashed))).rejects.toThrow('changing changed while it was being read')
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { cachedKeys, type DataKey, type KeyProvider, type KeyScope } from './data-keys.ts'
import { envelope } from './envelope.ts'
import { CHUNK_BYTES } from './sealed-stream.ts'

/** Each scope and version has its own key, as at the real provider. */
const provider = (newest = () => 1): KeyProvider & { asked: number } => ({
  asked: 0,
  async dataKey(scope: KeyScope, version = newest()): Promise<DataKey> {
    this.asked += 1
    const key = createHash('sha256').update(`${scope.tenantId}/${scope.subjectId}/${version}`).digest()
    return { key, version }
  },
})

const scope = { tenantId: 't-1' }
const collect = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('a sealed value', () => {
  const sealer = envelope(provider())

  it('opens to what it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.string(), async (plain, purpose) => {
        const sealed = await sealer.seal(scope, purpose, plain)
        expect(Buffer.from(await sealer.open(scope, purpose, sealed))).toEqual(Buffer.from(plain))
      }),
    )
  })

  it('is different each time, and does not show what it holds', async () => {
    const plain = Buffer.from('someone@example.org')
    const [one, two] = [await sealer.seal(scope, 'p', plain), await sealer.seal(scope, 'p', plain)]
    expect(Buffer.from(one)).not.toEqual(Buffer.from(two))
    expect(Buffer.from(one).includes('example')).toBe(false)
  })

  it('opens only for its tenant, person and purpose', async () => {
    const sealed = await sealer.seal({ tenantId: 't-1', subjectId: 's-1' }, 'user.email', Buffer.from('x'))
    const reject = { code: 'CIPHERTEXT_REJECTED' }
    await expect(sealer.open({ tenantId: 't-2', subjectId: 's-1' }, 'user.email', sealed)).rejects.toMatchObject(reject)
    await expect(sealer.open({ tenantId: 't-1', subjectId: 's-2' }, 'user.email', sealed)).rejects.toMatchObject(reject)
    await expect(sealer.open({ tenantId: 't-1' }, 'user.email', sealed)).rejects.toMatchObject(reject)
    await expect(sealer.open({ tenantId: 't-1', subjectId: 's-1' }, 'user.name', sealed)).rejects.toMatchObject(reject)
  })

  it('opens for its purpose alone also where the key is the same', async () => {
    const key = { key: new Uint8Array(32).fill(7), version: 1 }
    const same = envelope({ dataKey: async () => key })
    const sealed = await same.seal({ tenantId: 'a', subjectId: 'bc' }, 'd', Buffer.from('x'))
    for (const [tenantId, subjectId, purpose] of [
      ['ab', 'c', 'd'],
      ['a', 'b', 'cd'],
      ['abc', '', 'd'],
    ] as const)
      await expect(same.open({ tenantId, subjectId }, purpose, sealed)).rejects.toMatchObject({
        code: 'CIPHERTEXT_REJECTED',
      })
  })

  it('does not open when any one bit was changed, or when it was cut', async () => {
    const sealed = await sealer.seal(scope, 'p', Buffer.from('twenty bytes of text'))
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed)
      changed[index]! ^= 1
      await expect(sealer.open(scope, 'p', changed)).rejects.toMatchObject({ code: 'CIPHERTEXT_REJECTED' })
      await expect(sealer.open(scope, 'p', sealed.subarray(0, index))).rejects.toMatchObject({
        code: 'CIPHERTEXT_REJECTED',
      })
    }
  })

  it('opens after the key was rotated', async () => {
    let newest = 1
    const rotating = envelope(provider(() => newest))
    const old = await rotating.seal(scope, 'p', Buffer.from('old'))
    newest = 2
    const fresh = await rotating.seal(scope, 'p', Buffer.from('new'))
    expect(Buffer.from(await rotating.open(scope, 'p', old)).toString()).toBe('old')
    expect(Buffer.from(await rotating.open(scope, 'p', fresh)).toString()).toBe('new')
  })
})

describe('a sealed stream', () => {
  const sealer = envelope(provider())
  const seal = (plain: Uint8Array, size = 10_000) => collect(sealer.sealStream(scope, 'p', inPieces(plain, size)))
  const open = (sealed: Uint8Array, size = 9_999) => collect(sealer.openStream(scope, 'p', inPieces(sealed, size)))
  const rejected = { code: 'CIPHERTEXT_REJECTED' }
  const patterned = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 31) % 251)

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5])(
    'of %i bytes opens to what it was, in whatever pieces it travels',
    async (length) => {
      const plain = patterned(length)
      for (const [write, read] of [
        [1_000, 1_000_000],
        [1_000_000, 777],
      ] as const)
        expect((await open(await seal(plain, write), read)).equals(Buffer.from(plain))).toBe(true)
    },
  )

  it('does not open when it was cut, at a chunk’s end or anywhere', async () => {
    const sealed = await seal(patterned(2 * CHUNK_BYTES + 100))
    const firstChunkEnds = 39 + 4 + CHUNK_BYTES + 16
    for (const length of [0, 20, 39, 41, 100, firstChunkEnds, firstChunkEnds + 2, sealed.length - 1])
      await expect(open(sealed.subarray(0, length))).rejects.toMatchObject(rejected)
  })

  it('does not open when chunks were swapped, repeated, dropped or followed by more', async () => {
    const sealed = await seal(patterned(3 * CHUNK_BYTES + 100))
    const size = 4 + CHUNK_BYTES + 16
    const header = sealed.subarray(0, 39)
    const chunk = (index: number) => sealed.subarray(39 + index * size, 39 + (index + 1) * size)
    const rebuilt = (...order: number[]) => Buffer.concat([header, ...order.map(chunk)])
    expect((await open(rebuilt(0, 1, 2, 3))).length).toBe(3 * CHUNK_BYTES + 100)
    for (const order of [[1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 2, 3], [0, 1, 3], [3], [0, 1, 2, 3, 3]])
      await expect(open(rebuilt(...order))).rejects.toMatchObject(rejected)
  })

  it('does not open when the mark of the last chunk was moved', async () => {
    const sealed = await seal(patterned(2 * CHUNK_BYTES + 100))
    const moved = Buffer.from(sealed.subarray(0, 39 + 4 + CHUNK_BYTES + 16))
    moved[39]! |= 0x80
    await expect(open(moved)).rejects.toMatchObject(rejected)
  })

  it('does not open when any one bit was changed', async () => {
    const sealed = await seal(patterned(300))
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed)
      changed[index]! ^= 1
      await expect(open(changed)).rejects.toMatchObject(rejected)
    }
  })

  it('is no sealed value, nor the other way round', async () => {
    await expect(sealer.open(scope, 'p', await seal(patterned(10)))).rejects.toMatchObject(rejected)
    await expect(open(await sealer.seal(scope, 'p', patterned(10)))).rejects.toMatchObject(rejected)
  })

  it('closes its source when the reader leaves', async () => {
    let closed = false
    async function* source() {
      try {
        yield* sealer.sealStream(scope, 'p', inPieces(patterned(5 * CHUNK_BYTES), 1_000))
      } finally {
        closed = true
      }
    }
    for await (const _ of sealer.openStream(scope, 'p', source())) break
    expect(closed).toBe(true)
  })
})

describe('cached keys', () => {
  it('are asked for once in five minutes for each scope and version', async () => {
    let now = 0
    const source = provider()
    const keys = cachedKeys(source, { now: () => new Date(now) })
    await Promise.all([keys.dataKey(scope), keys.dataKey(scope), keys.dataKey({ tenantId: 't-2' })])
    expect(source.asked).toBe(2)
    now = 299_999
    await keys.dataKey(scope)
    expect(source.asked).toBe(2)
    now = 300_000
    await keys.dataKey(scope)
    expect(source.asked).toBe(3)
    await keys.dataKey({ tenantId: 't-1', subjectId: 's' })
    await keys.dataKey(scope, 1)
    expect(source.asked).toBe(5)
  })

  it('do not keep a failure', async () => {
    let away = true
    const keys = cachedKeys({
      dataKey: async () => {
        if (away) throw new Error('away')
        return { key: new Uint8Array(32), version: 1 }
      },
    })
    await expect(keys.dataKey(scope)).rejects.toThrow('away')
    away = false
    expect((await keys.dataKey(scope)).version).toBe(1)
  })
})

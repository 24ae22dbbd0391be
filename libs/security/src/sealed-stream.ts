import { NONCE, open, rejected, seal, TAG } from './gcm.ts'

/** Plain bytes in one chunk of a stream: 64 KiB. */
export const CHUNK_BYTES = 64 * 1024

const chunkNonce = (index: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(NONCE)
  nonce.writeUInt32BE(index, 7)
  nonce.writeUInt8(last ? 1 : 0, NONCE - 1)
  return nonce
}

/** Splits what comes in any pieces into chunks of one size; the last may be shorter and is marked. */
export async function* chunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let pending: Buffer[] = []
  let size = 0
  for await (const piece of source) {
    pending.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
    size += piece.length
    // a full chunk is held back until more comes: only then is it known not to be the last
    if (size <= CHUNK_BYTES) continue
    const joined = Buffer.concat(pending)
    let offset = 0
    for (; joined.length - offset > CHUNK_BYTES; offset += CHUNK_BYTES)
      yield { bytes: joined.subarray(offset, offset + CHUNK_BYTES), last: false }
    pending = [Buffer.from(joined.subarray(offset))]
    size = joined.length - offset
  }
  yield { bytes: Buffer.concat(pending), last: true }
}

/** Takes exact numbers of bytes from pieces of any size. */
export class Reader {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Fewer bytes than asked for only at the end. */
  async take(count: number): Promise<Buffer> {
    const pieces = [this.#buffer]
    let size = this.#buffer.length
    while (size < count) {
      const next = await this.#source.next()
      if (next.done) break
      pieces.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength))
      size += next.value.length
    }
    const joined = Buffer.concat(pieces)
    this.#buffer = joined.subarray(Math.min(count, joined.length))
    return joined.subarray(0, count)
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

export const sealChunk = (key: Buffer, aad: Buffer, index: number, last: boolean, bytes: Buffer): Buffer => {
  const sealed = seal(key, chunkNonce(index, last), aad, bytes)
  const length = Buffer.alloc(4)
  // the top bit marks the last chunk; it is only a hint to the reader: the nonce is what proves it
  length.writeUInt32BE((sealed.length | (last ? 0x8000_0000 : 0)) >>> 0)
  return Buffer.concat([length, sealed])
}

/** Opens chunk after chunk; throws CiphertextRejected at the first that is not in its place. */
export async function* openChunks(reader: Reader, key: Buffer, aad: Buffer): AsyncGenerator<Uint8Array> {
  for (let index = 0; ; index += 1) {
    const head = await reader.take(4)
    if (head.length < 4) throw rejected('the sealed stream ends before its last chunk')
    const word = head.readUInt32BE()
    const last = word >= 0x8000_0000
    const length = word & 0x7fff_ffff
    if (length < TAG || length > CHUNK_BYTES + TAG) throw rejected('a chunk has an impossible length')
    const sealed = await reader.take(length)
    if (sealed.length < length) throw rejected('the sealed stream ends inside a chunk')
    const plain = open(key, chunkNonce(index, last), aad, sealed)
    if (plain.length > 0) yield plain
    if (!last) continue
    if ((await reader.take(1)).length > 0) throw rejected('bytes follow the last chunk')
    return
  }
}

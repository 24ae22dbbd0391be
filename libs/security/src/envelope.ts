import { randomBytes } from 'node:crypto'
import { deriveKey, type DataKey, type KeyProvider, type KeyScope } from './data-keys.ts'
import { authenticated, NONCE, open, prefix, PREFIX, readPrefix, rejected, SALT, seal, STREAM, VALUE } from './gcm.ts'
import { chunked, openChunks, Reader, sealChunk } from './sealed-stream.ts'

/** Envelope encryption for columns and artifacts. `purpose` names what it is, for example `user.email`. */
export interface Envelope {
  seal(scope: KeyScope, purpose: string, plain: Uint8Array): Promise<Uint8Array>
  /** Throws CiphertextRejected when it was changed or sealed for another scope or purpose. */
  open(scope: KeyScope, purpose: string, sealed: Uint8Array): Promise<Uint8Array>
  /** Seals while reading, 64 KiB at a time. */
  sealStream(scope: KeyScope, purpose: string, plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** Opens while reading. What it gave before it throws is authentic, but may be cut short: use it after the end. */
  openStream(scope: KeyScope, purpose: string, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
}

export const envelope = (keys: KeyProvider): Envelope => {
  const valueKey = (dataKey: DataKey) => deriveKey(dataKey, 'seal/value')
  const streamKey = (dataKey: DataKey, salt: Uint8Array) => deriveKey(dataKey, 'seal/stream', salt)
  return {
    seal: async (scope, purpose, plain) => {
      const dataKey = await keys.dataKey(scope)
      const header = prefix(VALUE, dataKey.version)
      const nonce = randomBytes(NONCE)
      return Buffer.concat([
        header,
        nonce,
        seal(valueKey(dataKey), nonce, authenticated(header, scope, purpose), plain),
      ])
    },
    open: async (scope, purpose, sealed) => {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const dataKey = await keys.dataKey(scope, readPrefix(bytes, VALUE))
      const aad = authenticated(bytes.subarray(0, PREFIX), scope, purpose)
      const nonce = bytes.subarray(PREFIX, PREFIX + NONCE)
      if (nonce.length < NONCE) throw rejected('the sealed value is too short')
      return open(valueKey(dataKey), nonce, aad, bytes.subarray(PREFIX + NONCE))
    },
    async *sealStream(scope, purpose, plain) {
      const dataKey = await keys.dataKey(scope)
      const salt = randomBytes(SALT)
      const header = Buffer.concat([prefix(STREAM, dataKey.version), salt])
      const key = streamKey(dataKey, salt)
      const aad = authenticated(header, scope, purpose)
      yield header
      let index = 0
      for await (const { bytes, last } of chunked(plain)) yield sealChunk(key, aad, index++, last, bytes)
    },
    async *openStream(scope, purpose, sealed) {
      const reader = new Reader(sealed)
      try {
        const header = Buffer.from(await reader.take(PREFIX + SALT))
        if (header.length < PREFIX + SALT) throw rejected('the sealed stream is too short')
        const dataKey = await keys.dataKey(scope, readPrefix(header, STREAM))
        const key = streamKey(dataKey, header.subarray(PREFIX))
        yield* openChunks(reader, key, authenticated(header, scope, purpose))
      } finally {
        await reader.close()
      }
    },
  }
}

import { isUtf8 } from 'node:buffer'

const SNIFFED_BYTES = 8000

/** A view of the same bytes with Buffer's methods; copies nothing. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Git's rule: a NUL among the first 8,000 bytes makes a file binary. */
export const isBinary = (bytes: Uint8Array): boolean => asBuffer(bytes).subarray(0, SNIFFED_BYTES).includes(0)

/** The bytes as text, byte order mark kept, or undefined when they are not UTF-8: such bytes fit in no JSON. */
export const decodeText = (bytes: Uint8Array): string | undefined =>
  isUtf8(bytes) ? asBuffer(bytes).toString() : undefined

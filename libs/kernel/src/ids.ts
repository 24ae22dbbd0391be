/** Fresh identifiers as an input: UUIDs of version 7, so that they sort by creation time. */
export interface Ids {
  next(): string
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Whether a text is a UUID in its usual written form. */
export const isUuid = (text: string): boolean => uuidPattern.test(text)

/** RFC 9562, section 5.7: 48 bits of milliseconds, then random bits. */
export const uuidV7 = (milliseconds: number, random: Uint8Array): string => {
  const bytes = Uint8Array.from(random.subarray(0, 16))
  new DataView(bytes.buffer).setUint16(0, Math.floor(milliseconds / 2 ** 32))
  new DataView(bytes.buffer).setUint32(2, milliseconds >>> 0)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const POOL_BYTES = 4_096
const ID_BYTES = 16

/** Random bytes are fetched many at a time: asking the system costs more than all the rest of an id. */
const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

const randomBytes = (): Uint8Array => {
  if (used === POOL_BYTES) {
    globalThis.crypto.getRandomValues(pool)
    used = 0
  }
  used += ID_BYTES
  return pool.subarray(used - ID_BYTES, used)
}

export const systemIds: Ids = {
  next: () => uuidV7(Date.now(), randomBytes()),
}

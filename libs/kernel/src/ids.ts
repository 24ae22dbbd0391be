/** Fresh identifiers as an input: UUIDs of version 7, so that they sort by creation time. */
export interface Ids {
  next(): string
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Whether a text is a UUID in its usual written form. */
export const isUuid = (text: string): boolean => uuidPattern.test(text)

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** RFC 9562, section 5.7: 48 bits of milliseconds, then random bits. */
export const uuidV7 = (milliseconds: number, random: Uint8Array): string => {
  const high = Math.floor(milliseconds / 2 ** 32)
  const hex = (byte: number): string => HEX[byte & 0xff]!
  let text = hex(high >>> 8) + hex(high) + hex(milliseconds >>> 24) + hex(milliseconds >>> 16)
  text += '-' + hex(milliseconds >>> 8) + hex(milliseconds)
  text += '-' + hex((random[6]! & 0x0f) | 0x70) + hex(random[7]!)
  text += '-' + hex((random[8]! & 0x3f) | 0x80) + hex(random[9]!) + '-'
  for (let at = 10; at < 16; at++) text += hex(random[at]!)
  return text
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

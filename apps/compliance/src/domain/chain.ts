/** What happened, as it is kept for ever. */
export interface AuditEntry {
  /** UUID of the tenant whose chain it belongs to. */
  readonly tenantId: string
  /** UUID of the event. */
  readonly eventId: string
  /** The event's type, for example `job.transitioned`. */
  readonly type: string
  /** The service that told it. */
  readonly source: string
  /** What it is about: `<aggregate>/<id>`. */
  readonly subject: string
  /** When it happened, in microseconds since 1970: all that the database keeps. */
  readonly occurredAtMicros: bigint
  /** The event's data as it was received. */
  readonly payload: Uint8Array
}

/** One link of a tenant's chain. Hashes are SHA-256, 32 bytes. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without holes. */
  readonly position: number
  readonly payloadSha256: Uint8Array
  /** The hash of the link before; zeros for the first. */
  readonly previousHash: Uint8Array
  /** Over every other field. */
  readonly hash: Uint8Array
}

/** The end of a chain: it alone knows how many links there must be. */
export interface ChainHead {
  readonly records: number
  /** The hash of the last link; zeros while there is none. */
  readonly hash: Uint8Array
}

/** The first link that does not fit, and why. */
export interface Flaw {
  readonly position: number
  /** A sentence. */
  readonly reason: string
}

export type Sha256 = (content: Uint8Array) => Uint8Array

export const EMPTY_CHAIN: ChainHead = { records: 0, hash: new Uint8Array(32) }

/** The entry as the next link behind `head`. */
export const link = (entry: AuditEntry, head: ChainHead, sha256: Sha256): AuditRecord => {
  const unsealed = {
    ...entry,
    position: head.records + 1,
    payloadSha256: sha256(entry.payload),
    previousHash: head.hash,
  }
  return { ...unsealed, hash: sha256(encode(unsealed)) }
}

/** The chain's end once the link is in it. */
export const headAt = ({ position, hash }: AuditRecord): ChainHead => ({ records: position, hash })

/** Whether a link continues the chain that ends at `head`; undefined when it does. */
export const flawOfLink = (record: AuditRecord, head: ChainHead, sha256: Sha256): Flaw | undefined => {
  const position = head.records + 1
  if (record.position !== position) return { position, reason: `record ${position} is missing` }
  if (!same(record.payloadSha256, sha256(record.payload))) {
    return { position, reason: `the payload of record ${position} is not the one that was recorded` }
  }
  if (!same(record.previousHash, head.hash)) {
    return { position, reason: `record ${position} does not name the hash of the record before it` }
  }
  if (!same(record.hash, sha256(encode(record)))) {
    return { position, reason: `the hash of record ${position} does not fit its fields: one of them was changed` }
  }
  return undefined
}

/** Whether the chain as it was read, up to `read`, is all that the head counts; undefined when it is. */
export const flawOfHead = (read: ChainHead, head: ChainHead): Flaw | undefined => {
  if (read.records < head.records) {
    const position = read.records + 1
    return { position, reason: `record ${position} is missing: the chain was ${head.records} records long` }
  }
  if (read.records > head.records) {
    const position = head.records + 1
    return { position, reason: `record ${position} is one more than the chain's head counts` }
  }
  if (!same(read.hash, head.hash)) {
    return { position: read.records, reason: `the chain's head does not name the hash of record ${read.records}` }
  }
  return undefined
}

/** Names the version of the encoding: another one would give other hashes. */
const ENCODING = 'iama.audit.v1'

/** Every field with its length before it, so that no byte can move from one field to its neighbour unseen. */
const encode = (record: Omit<AuditRecord, 'hash'>): Uint8Array => {
  const fields = [
    utf8(ENCODING),
    utf8(record.tenantId),
    integer(BigInt(record.position)),
    utf8(record.eventId),
    utf8(record.type),
    utf8(record.source),
    utf8(record.subject),
    integer(record.occurredAtMicros),
    record.payloadSha256,
    record.previousHash,
  ]
  const encoded = new Uint8Array(fields.reduce((size, field) => size + 4 + field.length, 0))
  const view = new DataView(encoded.buffer)
  let at = 0
  for (const field of fields) {
    view.setUint32(at, field.length)
    encoded.set(field, at + 4)
    at += 4 + field.length
  }
  return encoded
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const integer = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, value)
  return bytes
}

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

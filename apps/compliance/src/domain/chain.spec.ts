import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { EMPTY_CHAIN, flawOfHead, flawOfLink, headAt, link, type AuditEntry, type AuditRecord } from './chain.ts'
import type { ChainHead, Flaw } from './chain.ts'

const sha256 = (content: Uint8Array): Uint8Array => createHash('sha256').update(content).digest()

const entries = fc.array(
  fc.record<AuditEntry>({
    tenantId: fc.constant('018f0000-0000-7000-8000-00000000000a'),
    eventId: fc.uuid(),
    type: fc.constantFrom('job.created', 'job.transitioned'),
    source: fc.constantFrom('jobs', 'billing'),
    subject: fc.string({ unit: 'binary', maxLength: 20 }),
    occurredAtMicros: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    payload: fc.uint8Array({ maxLength: 40 }),
  }),
  { minLength: 1, maxLength: 8 },
)

const chained = (history: readonly AuditEntry[]): { records: AuditRecord[]; head: ChainHead } => {
  const records: AuditRecord[] = []
  let head = EMPTY_CHAIN
  for (const entry of history) {
    const record = link(entry, head, sha256)
    records.push(record)
    head = headAt(record)
  }
  return { records, head }
}

/** Reads a chain from its begin, as the service does page by page. */
const flawOf = (records: readonly AuditRecord[], head: ChainHead): Flaw | undefined => {
  let read = EMPTY_CHAIN
  for (const record of records) {
    const flaw = flawOfLink(record, read, sha256)
    if (flaw) return flaw
    read = headAt(record)
  }
  return flawOfHead(read, head)
}

/** The same chain, a place in it, and what was done there. */
const chainAndPlace = entries.chain((history) =>
  fc.record({ history: fc.constant(history), place: fc.nat({ max: history.length - 1 }) }),
)

const flip = (content: Uint8Array, bit: number): Uint8Array =>
  content.map((byte, index) => (index === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte))

/** Every way to change one bit of one column of a record, or to make a column a byte longer. */
const changes = (record: AuditRecord): AuditRecord[] => {
  const changed: AuditRecord[] = []
  for (const field of ['tenantId', 'eventId', 'type', 'source', 'subject'] as const) {
    changed.push({ ...record, [field]: `${record[field]}x` })
    const codes = [...record[field]]
    codes.forEach((code, at) => {
      const other = String.fromCodePoint(code.codePointAt(0)! ^ 1)
      changed.push({ ...record, [field]: [...codes.slice(0, at), other, ...codes.slice(at + 1)].join('') })
    })
  }
  for (const field of ['payload', 'payloadSha256', 'previousHash', 'hash'] as const) {
    changed.push({ ...record, [field]: Uint8Array.of(...record[field], 0) })
    for (let bit = 0; bit < record[field].length * 8; bit += 3) {
      changed.push({ ...record, [field]: flip(record[field], bit) })
    }
  }
  for (let bit = 0n; bit < 63n; bit++) {
    changed.push({ ...record, occurredAtMicros: record.occurredAtMicros ^ (1n << bit) })
  }
  changed.push({ ...record, position: record.position + 1 })
  return changed
}

describe('the chain', () => {
  it('fits as it was linked, from position 1 without holes', () => {
    fc.assert(
      fc.property(entries, (history) => {
        const { records, head } = chained(history)
        expect(records.map(({ position }) => position)).toEqual(history.map((_, index) => index + 1))
        expect(flawOf(records, head)).toBeUndefined()
      }),
    )
  })

  it('does not fit at the very record of which one bit of any column was changed', () => {
    fc.assert(
      fc.property(chainAndPlace, ({ history, place }) => {
        const { records, head } = chained(history)
        for (const changed of changes(records[place]!)) {
          expect(flawOf(records.with(place, changed), head)?.position).toBe(place + 1)
        }
      }),
      { numRuns: 10 }, // each tries some 500 changes
    )
  })

  it('does not fit where a record is missing, the last one too', () => {
    fc.assert(
      fc.property(chainAndPlace, ({ history, place }) => {
        const { records, head } = chained(history)
        const flaw = flawOf(records.toSpliced(place, 1), head)
        expect(flaw).toMatchObject({ position: place + 1, reason: expect.stringContaining('is missing') })
      }),
    )
  })

  it('does not fit where two records have changed places, with their positions or without', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.nat(), fc.boolean(), ({ history, place }, step, renumbered) => {
        const { records, head } = chained(history)
        const other = (place + 1 + (step % Math.max(1, records.length - 1))) % records.length
        fc.pre(other !== place)
        const [one, two] = [records[place]!, records[other]!]
        const swapped = records.with(place, two).with(other, one)
        const numbered = renumbered ? swapped.map((record, at) => ({ ...record, position: at + 1 })) : swapped
        expect(flawOf(numbered, head)?.position).toBe(Math.min(place, other) + 1)
      }),
    )
  })

  it('does not fit a head that counts fewer records or names another hash', () => {
    const { records, head } = chained([entry('a'), entry('b')])
    expect(flawOf(records, { ...head, records: 1 })).toMatchObject({ position: 2 })
    expect(flawOf(records, { ...head, hash: flip(head.hash, 7) })).toMatchObject({ position: 2 })
    expect(flawOf([], head)).toMatchObject({ position: 1 })
    expect(flawOf([], EMPTY_CHAIN)).toBeUndefined()
  })

  it('tells apart what reads the same when written in a row', () => {
    const one = link({ ...entry('a'), type: 'job.created', source: 'x' }, EMPTY_CHAIN, sha256)
    const two = link({ ...entry('a'), type: 'job.create', source: 'dx' }, EMPTY_CHAIN, sha256)
    expect(one.hash).not.toEqual(two.hash)
  })
})

const entry = (subject: string): AuditEntry => ({
  tenantId: '018f0000-0000-7000-8000-00000000000a',
  eventId: '018f0000-0000-7000-8000-00000000000e',
  type: 'job.created',
  source: 'jobs',
  subject,
  occurredAtMicros: 1n,
  payload: Uint8Array.of(1, 2, 3),
})

import { describe, expect, it } from '@jest/globals'
import { Metadata } from '@grpc/grpc-js'
import fc from 'fast-check'
import { rpcErrorFrom, statusOf } from './error-details.ts'
import { Code, codeForKind, kindForCode, RpcError } from './rpc-error.ts'

const sent = (error: RpcError) => {
  const { code, details, metadata } = statusOf(error)
  return rpcErrorFrom(Object.assign(new Error(details), { code, details, metadata }))
}

const foreign = (code: Code, details: string, metadata = new Metadata()) =>
  rpcErrorFrom(Object.assign(new Error(`${code} ${details}`), { code, details, metadata }))

describe('an error on the wire', () => {
  it('comes back as it was, whatever it says', () => {
    const text = fc.string({ maxLength: 20, unit: 'grapheme' })
    const violation = fc.record({ field: text, reason: text, fix: text })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.stringMatching(/^[A-Z][A-Z_]{1,40}$/),
        text,
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,20}$/), text, { maxKeys: 5 }),
        fc.array(violation, { maxLength: 5 }),
        (status, reason, message, metadata, violations) => {
          const error = new RpcError({ status, reason, message, metadata, violations })
          const back = sent(error)
          expect(back).toMatchObject({ status, code: reason, kind: error.kind, violations: [...violations] })
          expect(back.metadata).toEqual({ ...metadata })
          if (message !== '') expect(back.message).toBe(message)
        },
      ),
    )
  })

  it('keeps its trailers small', () => {
    const long = 'ü'.repeat(10_000)
    const { details, metadata } = statusOf(
      new RpcError({
        status: Code.INVALID_ARGUMENT,
        message: long,
        metadata: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, long])),
        violations: Array.from({ length: 500 }, () => ({ field: long, reason: long, fix: long })),
      }),
    )
    expect(encodeURI(details).length).toBeLessThan(3_100)
    expect((metadata.get('grpc-status-details-bin')[0] as Buffer).length).toBeLessThan(6_000)
    expect(sent(new RpcError({ status: Code.ABORTED, message: long })).message).toMatch(/^ü{498}…$/)
  })

  it('is understood without details, and with details that are none', () => {
    expect(foreign(Code.NOT_FOUND, 'no such row')).toMatchObject({ code: 'NOT_FOUND', kind: 'not-found' })
    const metadata = new Metadata()
    metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff]))
    expect(foreign(Code.ABORTED, 'x', metadata)).toMatchObject({ code: 'ABORTED', message: 'x' })
  })

  it.each([
    'Received RST_STREAM with code 2 triggered by internal client error: read ECONNRESET',
    'Connection dropped',
  ])('is UNAVAILABLE when the connection broke: %s', (details) =>
    expect(foreign(Code.INTERNAL, details)).toMatchObject({ status: Code.UNAVAILABLE, transient: true }),
  )

  it('is no broken connection when the server says INTERNAL itself', () => {
    const error = new RpcError({ status: Code.INTERNAL, message: 'ECONNRESET in the database' })
    expect(sent(error).status).toBe(Code.INTERNAL)
  })
})

describe('kinds and codes', () => {
  it('map onto each other', () => {
    const kinds = [
      'invalid',
      'not-found',
      'conflict',
      'refused',
      'unauthenticated',
      'forbidden',
      'exhausted',
      'unavailable',
    ] as const
    for (const kind of kinds) expect(kindForCode(codeForKind(kind))).toBe(kind)
    expect(new Set(kinds.map(codeForKind)).size).toBe(kinds.length)
  })
})

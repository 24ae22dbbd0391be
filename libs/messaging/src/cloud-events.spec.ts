import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeMessage, encodeHeaders, MalformedEvent } from './cloud-events.ts'
import { subjectOf, type DomainMessage } from './event.ts'

const words = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)

const messages: fc.Arbitrary<DomainMessage> = fc.record({
  id: fc.uuid({ version: 7 }),
  tenantId: fc.uuid({ version: 4 }),
  source: words,
  type: fc.tuple(words, words).map((pair) => pair.join('.')),
  aggregateId: fc.uuid({ version: 7 }),
  sequence: fc.nat(),
  time: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  data: fc.uint8Array({ maxLength: 50 }),
})

const wireOf = (message: DomainMessage) => ({
  subject: subjectOf(message),
  headers: encodeHeaders(message),
  data: message.data,
})

describe('CloudEvents headers', () => {
  it('carry a message there and back', () => {
    fc.assert(fc.property(messages, (message) => expect(decodeMessage(wireOf(message))).toEqual(message)))
  })

  it('refuse a message without one of them, and name it', () => {
    const required = ['ce-id', 'ce-tenantid', 'ce-source', 'ce-type', 'ce-subject', 'ce-sequence', 'ce-time']
    fc.assert(
      fc.property(messages, fc.constantFrom(...required), (message, name) => {
        const wire = wireOf(message)
        wire.headers.delete(name)
        expect(() => decodeMessage(wire)).toThrow(new MalformedEvent(`the header ${name} is missing`))
      }),
    )
  })

  it('refuse a message under the subject of another tenant, service or type', () => {
    fc.assert(
      fc.property(messages, messages, (message, other) => {
        fc.pre(subjectOf(message) !== subjectOf(other))
        expect(() => decodeMessage({ ...wireOf(message), subject: subjectOf(other) })).toThrow(MalformedEvent)
      }),
    )
  })
})

import { isUuid } from '@iama/kernel'
import { headers, type MsgHdrs } from '@nats-io/nats-core'
import { subjectOf, type DomainMessage } from './event.ts'

/** A message on the wire that is not one of ours; it can only become a dead letter. */
export class MalformedEvent extends Error {}

export const encodeHeaders = (message: DomainMessage): MsgHdrs => {
  const encoded = headers()
  encoded.set('ce-specversion', '1.0')
  encoded.set('ce-id', message.id)
  encoded.set('ce-source', message.source)
  encoded.set('ce-type', message.type)
  encoded.set('ce-time', message.time.toISOString())
  encoded.set('ce-subject', message.aggregateId)
  encoded.set('ce-tenantid', message.tenantId)
  encoded.set('ce-sequence', String(message.sequence))
  if (message.traceparent !== '') encoded.set('ce-traceparent', message.traceparent)
  encoded.set('content-type', 'application/protobuf')
  return encoded
}

/** @throws MalformedEvent when a header is missing, or the subject tells another tenant than the header */
export const decodeMessage = (wire: {
  subject: string
  headers?: MsgHdrs | undefined
  data: Uint8Array
}): DomainMessage => {
  const header = (name: string): string => {
    const value = wire.headers?.get(name)
    if (value === undefined || value === '') throw new MalformedEvent(`the header ${name} is missing`)
    return value
  }
  const message: DomainMessage = {
    id: header('ce-id'),
    tenantId: header('ce-tenantid'),
    source: header('ce-source'),
    type: header('ce-type'),
    aggregateId: header('ce-subject'),
    sequence: Number(header('ce-sequence')),
    time: new Date(header('ce-time')),
    traceparent: wire.headers?.get('ce-traceparent') ?? '',
    data: wire.data,
  }
  if (!isUuid(message.id)) throw new MalformedEvent('ce-id is not a UUID')
  if (!isUuid(message.tenantId)) throw new MalformedEvent('ce-tenantid is not a UUID')
  if (!Number.isSafeInteger(message.sequence) || message.sequence < 0)
    throw new MalformedEvent('ce-sequence is not a number')
  if (Number.isNaN(message.time.getTime())) throw new MalformedEvent('ce-time is not a time')
  if (subjectOf(message) !== wire.subject) throw new MalformedEvent('the subject belongs to another tenant or type')
  return message
}
